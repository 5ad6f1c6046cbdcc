package network

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// queued is what a TCP socket has written and the peer not acknowledged
// (tcp(7), SIOCOUTQ).
func queued(raw syscall.RawConn) (n int) {
	// A socket that is closed has no descriptor, and nothing queued.
	_ = raw.Control(func(fd uintptr) {
		if q, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ); err == nil {
			n = q
		}
	})
	return n
}
