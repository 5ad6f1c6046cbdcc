package path

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// conn is a connection that can be bent. While it is plain, Read and Write only
// forward to the connection below; whatever is armed ends that and wakes them,
// and they go on in read.go and write.go.
//
// Waking is by a deadline in the past on the connection below, so that works
// with any net.Conn. The deadlines that the modem set are kept in lanes, and put
// back before the connection below is read or written again.
type conn struct {
	net.Conn // the connection below
	path     *Path
	whole    bool // datagrams: none is cut, and none is joined with another
	plain    atomic.Bool
	writing  sync.Mutex // held by a Write, so that writes do not mingle

	// The rest is guarded by path.mu.
	changed chan struct{} // closed at the next change; nil: nobody waits
	closed  bool          // by the modem
	flush   bool          // closed, but what is on its way out has still to go
	broken  bool          // ECONNRESET from now on
	in, out lane

	flight      flight
	resetAtRead bool
	gone        *farewell // the far end has closed
	unread      *records  // it will, at the next data; nil: it will not
	readErr     error     // what a Read fails with
	writeErr    error     // what a Write fails with, once writeLeft bytes are out
	writeLeft   int
	conditions  *conditions
}

// halfCloser is a connection whose sending side alone can be closed.
type halfCloser interface{ CloseWrite() error }

// halfConn is a conn above one of these.
type halfConn struct{ *conn }

func newConn(p *Path, inner net.Conn, datagrams bool) *conn {
	return &conn{
		Conn: inner, path: p, whole: datagrams,
		in:  lane{setDeadline: inner.SetReadDeadline},
		out: lane{setDeadline: inner.SetWriteDeadline},
	}
}

// Read reads from the connection, as far as faults let it.
func (c *conn) Read(p []byte) (int, error) {
	if !c.plain.Load() {
		return c.read(p, 0, nil)
	}
	n, err := c.Conn.Read(p)
	if err == nil && c.plain.Load() {
		return n, nil
	}
	return c.read(p, n, err)
}

// Write writes to the connection, as far as faults let it.
func (c *conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if !c.plain.Load() {
		return c.write(p, 0)
	}
	n, err := c.Conn.Write(p)
	if err == nil || !c.interrupted(err) {
		return n, err
	}
	return c.write(p, n)
}

// Unacked is how many bytes that were written are on their way (network.Unacked).
func (c *conn) Unacked() int {
	c.path.mu.Lock()
	n, ended := c.out.size, c.ended("write") != nil
	c.path.mu.Unlock()
	if ended {
		return n
	}
	return n + network.Unacked(c.Conn)
}

// interrupted reports whether an error of the connection below may be our doing.
func (c *conn) interrupted(err error) bool {
	return !c.plain.Load() || errors.Is(err, os.ErrDeadlineExceeded)
}

// Close ends the connection and all that waits on it. What is still on its way
// to the server goes out at once, unless nothing passes anyway.
func (c *conn) Close() error {
	c.path.mu.Lock()
	defer c.path.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	c.flush = c.out.pumping && !c.broken && len(c.out.queue) > 0 && !c.conditions.blackhole()
	c.conditions.stop()
	c.settle()
	c.notify()
	switch {
	case c.broken:
		return nil // that has closed it
	case !c.flush:
		return c.Conn.Close()
	}
	// The pump closes it. The server may not read, so it has a limit.
	c.in.move(past)
	return c.out.setDeadline(time.Now().Add(flushTime))
}

// flushTime bounds what a Close leaves behind, on the wall clock.
const flushTime = time.Second

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the time after which a Read fails.
func (c *conn) SetReadDeadline(t time.Time) error { return c.deadline(&c.in, t) }

// SetWriteDeadline sets the time after which a Write fails.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.deadline(&c.out, t) }

func (c *conn) deadline(l *lane, t time.Time) error {
	c.path.mu.Lock()
	defer c.path.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	l.deadline = t
	c.notify()
	if c.broken || l.pumping || l.moved {
		return nil
	}
	return l.setDeadline(t)
}

// CloseWrite closes the sending side, behind what is on its way.
func (c halfConn) CloseWrite() error {
	c.path.mu.Lock()
	defer c.path.mu.Unlock()
	switch {
	case c.closed:
		return c.opError("close", net.ErrClosed)
	case c.broken:
		return c.opError("close", syscall.ECONNRESET)
	case c.gone != nil:
		return nil // nobody is there to see it
	case c.conditions == nil && !c.out.pumping:
		return c.Conn.(halfCloser).CloseWrite()
	}
	c.out.end(c.conditions, io.EOF)
	c.startPump(&c.out, c.pumpOut)
	c.notify()
	return nil
}

// ended is the error of an operation on a connection that is no more, or nil.
func (c *conn) ended(op string) error {
	switch {
	case c.closed:
		return c.opError(op, net.ErrClosed)
	case c.broken:
		return c.opError(op, syscall.ECONNRESET)
	}
	return nil
}

// opError is an error in the shape that package net gives it; one that has it
// already stays.
func (c *conn) opError(op string, err error) error {
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return err
	}
	_, named := errors.AsType[*os.SyscallError](err)
	if errno, ok := errors.AsType[syscall.Errno](err); ok && !named {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// past is a deadline that wakes whoever is in the connection below.
var past = time.Unix(1, 0)

// disturb has those who wait, here or in the connection below, look again, after
// something was armed.
func (c *conn) disturb() {
	if !c.settle() {
		c.in.move(past)
		c.out.move(past)
	}
	c.notify()
}

// settle makes the connection plain if there is nothing in its way, and reports
// whether it is.
func (c *conn) settle() bool {
	plain := !c.closed && !c.broken && c.flight.idle() && !c.resetAtRead &&
		c.gone == nil && c.unread == nil && c.readErr == nil && c.writeErr == nil &&
		c.conditions == nil && c.in.idle() && c.out.idle()
	if plain {
		c.in.restore()
		c.out.restore()
	}
	c.plain.Store(plain)
	return plain
}
