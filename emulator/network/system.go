package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// System is the network of the machine qsim runs on. The zero value is ready.
type System struct {
	// DNSPort is the port at which the servers of a Query are asked; 0 means
	// 53. It exists so that a test needs no root.
	DNSPort uint16
	// DNSTimeout is how long each server of a Query may take before the next
	// one is asked; 0 means 5 s, as resolv.conf(5) has it. Without servers in
	// the Query the machine's own settings rule.
	DNSTimeout time.Duration
	// Bind is the address at which the modem listens. Not valid, it is
	// 127.0.0.1: only programs of this machine reach a modem that listens, and its
	// UDP service reaches only them.
	Bind netip.Addr
}

var _ Host = System{}

const (
	defaultDNSPort    = 53
	defaultDNSTimeout = 5 * time.Second
)

// Resolve looks q.Host up, IPv4 addresses first: the modem's PDP context is an
// IPv4 one unless it says otherwise (seed 3.1.2).
//
// Servers in the query are asked in their order (ruling 33). The next one is
// asked only when one does not answer or fails; that a name does not exist is
// an answer. The machine's hosts file comes before any server, its search
// domains are not applied. Without servers the machine's resolver is asked.
//
// A name that does not exist is ErrNotFound. Anything else that went wrong
// is a *net.DNSError, whose IsTimeout tells silence from failure.
func (s System) Resolve(ctx context.Context, q Query) ([]netip.Addr, error) {
	if addr, ok := Literal(q.Host); ok {
		return []netip.Addr{addr}, ctx.Err()
	}
	if len(q.Servers) == 0 {
		return lookup(ctx, q.Host, netip.AddrPort{})
	}

	// The trailing dot keeps the machine's search domains out.
	name := strings.TrimSuffix(q.Host, ".") + "."
	var failures []error
	for _, server := range q.Servers {
		addrs, err := s.ask(ctx, server, name)
		if err == nil || errors.Is(err, ErrNotFound) || ctx.Err() != nil {
			return addrs, err
		}
		failures = append(failures, err)
	}
	return nil, joined(failures)
}

// ask puts one question to one server.
func (s System) ask(ctx context.Context, server netip.Addr, name string) ([]netip.Addr, error) {
	timeout := s.DNSTimeout
	if timeout == 0 {
		timeout = defaultDNSTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	port := s.DNSPort
	if port == 0 {
		port = defaultDNSPort
	}
	return lookup(ctx, name, netip.AddrPortFrom(server, port))
}

// lookup asks server, or those of the machine where server is not valid, and
// brings the answer into the shape of Network.Resolve.
func lookup(ctx context.Context, name string, server netip.AddrPort) ([]netip.Addr, error) {
	// When its context ends, net.Resolver returns but keeps waiting for the
	// answer in the background; closing its connection ends that, too.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dial := func(inner context.Context, network, address string) (net.Conn, error) {
		if server.IsValid() {
			address = server.String()
		}
		conn, err := new(net.Dialer).DialContext(inner, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() {
				_ = conn.Close() // the resolver may have closed it before
			})
		}
		return conn, err
	}
	resolver := &net.Resolver{PreferGo: server.IsValid(), Dial: dial}

	addrs, err := resolver.LookupNetIP(ctx, "ip", name)
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return nil, fmt.Errorf("lookup %s: %w", name, ErrNotFound)
		}
		if server.IsValid() {
			dns.Server = server.String() // it names one of the machine's
		}
	}
	if err != nil {
		return nil, err
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int {
		return a.BitLen() - b.BitLen()
	})
	return addrs, nil
}

// Dial connects to t.Addr. Where there is no route the error is
// ErrUnreachable; a refusal or a timeout is told as the machine tells it.
func (s System) Dial(ctx context.Context, t Target) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: t.KeepAlive}
	conn, err := d.DialContext(ctx, t.Protocol(), t.Addr.String())
	if udp, ok := conn.(*net.UDPConn); ok && err == nil {
		return Datagrams(udp), nil
	}
	if err == nil {
		return conn, nil
	}
	if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) {
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil, fmt.Errorf("connect to %s: %w", hostPort(t.Host, t.Addr.Port()), err)
}

// Listen takes connections to a port of the machine, at Bind.
func (s System) Listen(ctx context.Context, port uint16) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", s.local(port).String())
}

// ListenPacket takes datagrams to a port of the machine, at Bind.
func (s System) ListenPacket(ctx context.Context, port uint16) (net.Conn, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", s.local(port).String())
	if err != nil {
		return nil, err
	}
	return Datagrams(conn.(*net.UDPConn)), nil
}

func (s System) local(port uint16) netip.AddrPort {
	addr := s.Bind
	if !addr.IsValid() {
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(addr, port)
}

// hostPort is host:port for messages and rules, IPv6 literals in brackets.
func hostPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// joined is what went wrong at each of several places, on one line.
func joined(failures []error) error {
	var all error
	for _, err := range failures {
		if all == nil {
			all = err
			continue
		}
		all = fmt.Errorf("%w; %w", all, err)
	}
	return all
}
