package lab

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/quectel-sim/qsim/emulator/network"
)

// labTTL is what an answer of a lab host has left: it is one hop away and
// started with 64.
const labTTL = 63

// Ping is an echo request to a host of the lab, which answers at once while the
// lab is open. All else is the next network's.
func (n *labNetwork) Ping(ctx context.Context, t network.Target, size int) (network.Echo, error) {
	addr, ok := hostAddress(t.Host)
	if !ok {
		addr = t.Addr.Addr().Unmap()
		ok = isHost(addr)
	}
	switch {
	case !ok:
		return network.Ping(ctx, n.next, t, size)
	case n.lab.isClosed():
		return network.Echo{}, fmt.Errorf("ping %v: the lab is closed: %w", addr, network.ErrUnreachable)
	}
	return network.Echo{TTL: labTTL}, ctx.Err()
}

// isHost reports whether addr is that of a lab host.
func isHost(addr netip.Addr) bool {
	for _, a := range addresses {
		if a == addr {
			return true
		}
	}
	return false
}
