package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Network is next with the lab in it: the lab's names resolve to the lab's
// addresses and connections to these lead to its servers. A lab name on a port
// where nothing listens is refused with ECONNREFUSED, datagrams at once as well.
// All else is next's.
func (l *Lab) Network(next network.Network) network.Network {
	return &labNetwork{lab: l, next: next}
}

type labNetwork struct {
	lab  *Lab
	next network.Network
}

// Resolve knows the lab's names whatever DNS servers the query asks for.
func (n *labNetwork) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if addr, ok := hostAddress(q.Host); ok {
		return []netip.Addr{addr}, nil
	}
	return n.next.Resolve(ctx, q)
}

func (n *labNetwork) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	address := netip.AddrPortFrom(t.Addr.Addr().Unmap(), t.Addr.Port())
	if addr, ok := hostAddress(t.Host); ok {
		address = netip.AddrPortFrom(addr, t.Addr.Port())
	}
	ours := address.Addr() == addresses[labHost] || address.Addr() == addresses[ntpHost]
	server := n.lab.byAddress(address)
	switch {
	case t.UDP && ours:
		return n.lab.dialUDP(address)
	case t.UDP, server == nil && !ours:
		return n.next.Dial(ctx, t)
	case server == nil, n.lab.isClosed():
		return nil, refused(address)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", server.listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("connect to %v of the lab: %w", address, err)
	}
	return conn, nil
}

// dialUDP is a way to a server over UDP. Where there is none datagrams are lost,
// which UDP does not tell.
func (l *Lab) dialUDP(address netip.AddrPort) (net.Conn, error) {
	server := l.udpAt(address)
	if server == nil {
		server = l.udpAt(netip.AddrPortFrom(addresses[labHost], udpMutePort))
	}
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(server.loopback()))
	if err != nil {
		return nil, fmt.Errorf("connect to %v of the lab: %w", address, err)
	}
	return network.Datagrams(conn), nil
}

// hostAddress is the address of a lab host, named in any case, with or without
// the dot at its end.
func hostAddress(host string) (netip.Addr, bool) {
	addr, ok := addresses[strings.ToLower(strings.TrimSuffix(host, "."))]
	return addr, ok
}

// refused is the error of a connection to where nothing listens.
func refused(address netip.AddrPort) error {
	there := net.TCPAddrFromAddrPort(address)
	return &net.OpError{Op: "dial", Net: "tcp", Addr: there, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
