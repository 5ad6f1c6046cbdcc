// Package network is the modem's way out: name resolution and connections
// behind one small interface, so that the machine's network, the lab, a
// redirection and a fault are layers of the same shape.
package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Query asks for the addresses of a host that a connection to Port needs.
type Query struct {
	Host    string       // a name or an IP literal, as the host program gave it
	Port    uint16       // the port that will be dialled; 0 when none will be
	Servers []netip.Addr // DNS servers to ask; none: the system's (ruling 33)
}

// Target is one address of a host, to be connected to.
type Target struct {
	Host string // what was resolved
	Addr netip.AddrPort
	UDP  bool // datagrams; else TCP
	// KeepAlive is what TCP is to do about a silent peer; without Enable it is as
	// the machine has it.
	KeepAlive net.KeepAliveConfig
}

// Protocol is tcp or udp, as package net names them.
func (t Target) Protocol() string {
	if t.UDP {
		return "udp"
	}
	return "tcp"
}

// Network reaches the world outside the modem. Implementations are safe for
// concurrent use. Both methods end when ctx does.
//
// Resolve answers with at least one address or an error; an IP literal
// resolves to itself. A name that does not exist is ErrNotFound.
type Network interface {
	Resolve(ctx context.Context, q Query) ([]netip.Addr, error)
	Dial(ctx context.Context, t Target) (net.Conn, error)
}

// Host is a Network in which the modem can be reached as well. Both methods end
// when ctx does.
//
// Listen takes connections to a port of the modem. ListenPacket takes datagrams:
// what it returns reads and writes whole ones, each with its peer in front, as
// AppendPeer has it.
type Host interface {
	Network
	Listen(ctx context.Context, port uint16) (net.Listener, error)
	ListenPacket(ctx context.Context, port uint16) (net.Conn, error)
}

// Listen is Host.Listen of n, or ErrUnreachable when the modem cannot be reached
// in it.
func Listen(ctx context.Context, n Network, port uint16) (net.Listener, error) {
	if h, ok := n.(Host); ok {
		return h.Listen(ctx, port)
	}
	return nil, fmt.Errorf("listen on port %d: %w", port, ErrUnreachable)
}

// ListenPacket is Host.ListenPacket of n, or ErrUnreachable as with Listen.
func ListenPacket(ctx context.Context, n Network, port uint16) (net.Conn, error) {
	if h, ok := n.(Host); ok {
		return h.ListenPacket(ctx, port)
	}
	return nil, fmt.Errorf("listen on UDP port %d: %w", port, ErrUnreachable)
}

// What can go wrong, told apart because the module tells it apart.
var (
	// ErrNotFound: the name does not exist (result code 565).
	ErrNotFound = errors.New("no such host")
	// ErrUnreachable: nothing can be reached there, by rule or by routing (566).
	ErrUnreachable = errors.New("network is unreachable")
	// ErrBusy: the resolver takes no question now (564).
	ErrBusy = errors.New("resolver is busy")
)
