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
// where nothing listens is refused with ECONNREFUSED. All else is next's.
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
	server := n.lab.byAddress(address, t.UDP)
	if server == nil && t.UDP && address.Addr() == addresses[labHost] {
		server = n.lab.byName(UDPMute) // nobody there, which UDP does not tell
	}
	switch {
	case server != nil && t.UDP:
		conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(server.loopback()))
		if err != nil {
			return nil, fmt.Errorf("connect to %v of the lab: %w", server, err)
		}
		return network.Datagrams(conn), nil
	case server != nil && !n.lab.isClosed():
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", server.listener.Addr().String())
		if err != nil {
			return nil, fmt.Errorf("connect to %v of the lab: %w", server, err)
		}
		return conn, nil
	case server != nil || address.Addr() == addresses[labHost]:
		return nil, &net.OpError{
			Op:   "dial",
			Net:  "tcp",
			Addr: net.TCPAddrFromAddrPort(address),
			Err:  os.NewSyscallError("connect", syscall.ECONNREFUSED),
		}
	default:
		return n.next.Dial(ctx, t)
	}
}

// hostAddress is the address of a lab host, named in any case, with or without
// the dot at its end.
func hostAddress(host string) (netip.Addr, bool) {
	addr, ok := addresses[strings.ToLower(strings.TrimSuffix(host, "."))]
	return addr, ok
}
