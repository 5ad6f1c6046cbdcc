package path

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Connection is what becomes of an attempt to connect.
type Connection uint8

// What can become of it. The numbers are result codes of an open.
const (
	Connects         Connection = iota // what would anyway
	Refused                            // ECONNREFUSED (566)
	TimesOut                           // nobody answers until the open's time is up (566)
	ConnectsAndReset                   // it connects; the first read is ECONNRESET (566)
	Unreachable                        // network.ErrUnreachable (566)
	NoSocket                           // EMFILE: there are no more sockets (554)
	Unsupported                        // EAFNOSUPPORT: no socket of this kind (555)
	NoBind                             // EADDRNOTAVAIL: no local address or port (556)
	Elsewhere                          // another server is at the other end: ConnectFault.To
	NoListen                           // of a socket that listens: EADDRINUSE of listen(2) (557)
)

// ConnectFault is what happens to the attempts of one open to connect, one for
// each address of the host. To one that listens no server is concerned: what
// happens to it is Wait, NoSocket, Unsupported, NoBind and NoListen.
type ConnectFault struct {
	How  Connection
	Wait time.Duration // before each attempt, on the modem's clock
	// To is who answers with Elsewhere. The modem does not get to know.
	To netip.AddrPort
}

// Connect arms f for the open under way, if it has not begun to connect, or for
// the next one.
func (p *Path) Connect(f ConnectFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before(func(o *open) bool { return o.dialled }).connect = &f
}

// Dial is one attempt of the open to connect.
func (o *open) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	p := o.path
	p.mu.Lock()
	// After a failed attempt the open was taken for over; here is another.
	o.dialled, o.over = true, false
	f := o.plan.connect
	if o.addr.IsValid() {
		// Below, a name may lead where it always does: the lab's, a redirected one.
		t.Host = o.addr.String()
	}
	p.mu.Unlock()

	inner, err := o.reach(ctx, t, f)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		o.over = true
		return nil, err
	}
	c := o.connected(inner, t.UDP)
	c.resetAtRead = f != nil && f.How == ConnectsAndReset
	if o.plan.handshake != nil {
		c.flight.fault = o.plan.handshake
	}
	if _, ok := inner.(halfCloser); ok {
		return halfConn{c}, nil
	}
	return c, nil
}

// connected takes the open's connection. The caller holds the lock.
func (o *open) connected(inner net.Conn, datagrams bool) *conn {
	c := newConn(o.path, inner, datagrams)
	if o.plan.conditions != nil {
		c.impose(o.plan.conditions)
	}
	o.conn = c
	return c
}

// reach connects through the network below, as far as f, which may be nil, lets
// it.
func (o *open) reach(ctx context.Context, t network.Target, f *ConnectFault) (net.Conn, error) {
	if f == nil {
		return o.below.Dial(ctx, t)
	}
	if err := o.path.wait(ctx, f.Wait); err != nil {
		return nil, dialError(t, err)
	}
	if err := f.How.machine(); err != nil {
		return nil, dialError(t, err)
	}
	switch f.How {
	case Refused:
		return nil, dialError(t, os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case TimesOut:
		<-ctx.Done()
		return nil, dialError(t, context.Cause(ctx))
	case Unreachable:
		return nil, fmt.Errorf("connect to %v: %w", t.Addr, network.ErrUnreachable)
	case Elsewhere:
		t.Host, t.Addr = f.To.Addr().String(), f.To
	}
	return o.below.Dial(ctx, t)
}

// machine is what the machine answers to one who wants a socket, or nil.
func (how Connection) machine() error {
	switch how {
	case NoSocket:
		return os.NewSyscallError("socket", syscall.EMFILE)
	case Unsupported:
		return os.NewSyscallError("socket", syscall.EAFNOSUPPORT)
	case NoBind:
		return os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)
	}
	return nil
}

// dialError is a failure to connect in the shape that package net gives it.
func dialError(t network.Target, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(t.Addr), Err: err}
}
