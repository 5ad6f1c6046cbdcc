package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// Echo is the answer to an echo request.
type Echo struct {
	TTL int // hops that the answer had left; 0: not known
}

// Pinger is a Network with a way of its own to ask whether a host is there. Ping
// sends one request with size bytes of data to t.Addr, whose port is 0, and
// waits for the answer until ctx ends.
type Pinger interface {
	Ping(ctx context.Context, t Target, size int) (Echo, error)
}

// Ping asks on n whether a host is there: in n's own way, or else with a TCP
// probe through its Dial.
func Ping(ctx context.Context, n Network, t Target, size int) (Echo, error) {
	if p, ok := n.(Pinger); ok {
		return p.Ping(ctx, t, size)
	}
	return probe(ctx, n, t)
}

// probePorts are those that a probe tries: what a host on the Internet most
// likely listens at, or refuses at.
var probePorts = [...]uint16{443, 80}

// probe is an echo by TCP: a host that takes a connection is there, and so is
// one that refuses it. Firewalls that drop both make it seem absent.
func probe(ctx context.Context, n Network, t Target) (Echo, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, len(probePorts))
	for _, port := range probePorts {
		to := Target{Host: t.Host, Addr: netip.AddrPortFrom(t.Addr.Addr(), port)}
		go func() {
			conn, err := n.Dial(ctx, to)
			if err == nil {
				_ = conn.Close() // nothing was sent on it
			}
			answers <- err
		}()
	}
	var failures []error
	for range probePorts {
		err := <-answers
		if err == nil || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) {
			return Echo{}, nil
		}
		failures = append(failures, err)
	}
	return Echo{}, joined(failures)
}

// Ping fails with ErrUnreachable.
func (Offline) Ping(ctx context.Context, t Target, _ int) (Echo, error) {
	if err := ctx.Err(); err != nil {
		return Echo{}, err
	}
	return Echo{}, fmt.Errorf("ping %v while offline: %w", t.Addr.Addr(), ErrUnreachable)
}

// Ping asks the host that a rule for every port leads to, or t itself. A rule
// that names a port is about connections alone.
func (r *redirect) Ping(ctx context.Context, t Target, size int) (Echo, error) {
	to, ok := r.match(t.Host, 0)
	if !ok {
		return Ping(ctx, r.next, t, size)
	}
	addr := t.Addr.Addr()
	if _, literal := Literal(t.Host); literal && to.ToHost != t.Host {
		// Resolve kept the literal, so ToHost has not been looked up yet.
		addrs, err := r.next.Resolve(ctx, Query{Host: to.ToHost})
		if err != nil {
			return Echo{}, fmt.Errorf("redirected to %s: %w", to.ToHost, err)
		}
		addr = addrs[0]
	}
	return Ping(ctx, r.next, Target{Host: to.ToHost, Addr: netip.AddrPortFrom(addr, 0)}, size)
}

// Ping sends an ICMP echo request where the machine lets everybody do so (on
// Linux sysctl net.ipv4.ping_group_range), and else probes with TCP: then the
// hops of the answer are not known.
func (s System) Ping(ctx context.Context, t Target, size int) (Echo, error) {
	echo, err := icmpEcho(ctx, t.Addr.Addr(), size)
	if errors.Is(err, errNoICMP) {
		return probe(ctx, s, t)
	}
	return echo, err
}
