package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Offline is a network that reaches nothing: no name exists (565) and every
// address is unreachable (566). It stands below the lab when a run must not
// touch the machine's network.
type Offline struct{}

var _ Network = Offline{} // and no Host: nobody reaches the modem, either

// Resolve answers an IP literal with itself and anything else with ErrNotFound.
func (Offline) Resolve(ctx context.Context, q Query) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if addr, ok := Literal(q.Host); ok {
		return []netip.Addr{addr}, nil
	}
	return nil, fmt.Errorf("lookup %s while offline: %w", q.Host, ErrNotFound)
}

// Dial fails with ErrUnreachable.
func (Offline) Dial(ctx context.Context, t Target) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("dial %v while offline: %w", t.Addr, ErrUnreachable)
}

// Literal reports the address that host spells out, if it is an IP literal
// rather than a name. An IPv4 address in IPv6 clothes comes back as IPv4.
func Literal(host string) (addr netip.Addr, ok bool) {
	addr, err := netip.ParseAddr(host)
	return addr.Unmap(), err == nil
}
