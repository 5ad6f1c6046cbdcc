package network

import "net"

// Unacked is how many bytes written to a connection its peer has not
// acknowledged, as far as that is known: a layer above a connection of the
// machine tells it by a method of this name, the machine on Linux. Elsewhere, and
// for datagrams, it is 0.
func Unacked(conn net.Conn) int {
	switch c := conn.(type) {
	case interface{ Unacked() int }:
		return c.Unacked()
	case *net.TCPConn:
		raw, err := c.SyscallConn()
		if err != nil {
			return 0 // it is closed
		}
		return queued(raw)
	}
	return 0
}
