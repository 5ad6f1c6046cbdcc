package emulator_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// wires is a network in memory, in which the modem can be reached, too. There is
// no TLS but at port 443. What a server does not read, the modem cannot write.
type wires struct {
	pipes
	serve func(net.Conn) // a server; nil: it echoes
	wrap  func(net.Conn) net.Conn
	dials []network.Target

	mu      sync.Mutex
	offered map[uint16]chan net.Conn
	failing error // of an accept
}

func (w *wires) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	conn, err := w.pipes.Dial(ctx, t)
	if err != nil || t.Addr.Port() == 443 {
		return conn, err
	}
	_ = conn.Close() // that of the TLS server
	w.mu.Lock()
	w.dials = append(w.dials, t)
	w.mu.Unlock()
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if w.serve == nil {
			_, _ = io.Copy(server, server)
			return
		}
		w.serve(server)
	}()
	if w.wrap != nil {
		return w.wrap(client), nil
	}
	return client, nil
}

func (w *wires) Listen(_ context.Context, port uint16) (net.Listener, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.offered[port] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	if w.offered == nil {
		w.offered = map[uint16]chan net.Conn{}
	}
	l := &wireListener{wires: w, port: port, conns: make(chan net.Conn), done: make(chan struct{})}
	w.offered[port] = l.conns
	return l, nil
}

func (w *wires) ListenPacket(context.Context, uint16) (net.Conn, error) {
	conn, far := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, far) }()
	return conn, nil
}

// ring connects to a port at which the modem listens, and returns the caller's
// end.
func (w *wires) ring(port uint16) net.Conn {
	w.mu.Lock()
	to := w.offered[port]
	w.mu.Unlock()
	near, far := net.Pipe()
	to <- far
	return near
}

type wireListener struct {
	wires *wires
	port  uint16
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *wireListener) Accept() (net.Conn, error) {
	if l.wires.failing != nil {
		select {
		case <-time.After(time.Second):
			return nil, l.wires.failing
		case <-l.done:
			return nil, net.ErrClosed
		}
	}
	select {
	case c := <-l.conns:
		return wireEnd{c}, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *wireListener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.wires.mu.Lock()
		defer l.wires.mu.Unlock()
		delete(l.wires.offered, l.port)
	})
	return nil
}

func (l *wireListener) Addr() net.Addr { return wireAddr(l.port) }

func wireAddr(port uint16) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 7}), port))
}

// wireEnd is an end of a pipe that tells where the other one is.
type wireEnd struct{ net.Conn }

func (wireEnd) RemoteAddr() net.Addr { return wireAddr(4711) }
