package port

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// tcpHold is how long a second connection is kept waiting for the first to
	// end. A host that closes and connects again at once must not be refused
	// because its close has not been read yet.
	tcpHold = time.Second

	// tcpRetry is the pause after an accept that failed for want of resources.
	tcpRetry = 50 * time.Millisecond

	// tcpBuffer is asked of the kernel for each direction, in bytes. A serial
	// port does not hold megabytes that a host has yet to read.
	tcpBuffer = 32 << 10
)

// TCP is a port that a host reaches over TCP, one host at a time. A connection
// is an open of the device, its end (also of the host's sending half) a close.
// While a host is connected another one is closed after a second without a byte,
// unless the first goes within it. See the package documentation for the
// methods.
type TCP struct {
	listener *net.TCPListener
	path     string
	hold     time.Duration
	arrivals chan *net.TCPConn // from accept to Next
	done     chan struct{}     // closed by Close
	accepted chan struct{}     // closed when accept has ended

	mu     sync.Mutex
	host   *tcpHost // nil: none
	closed bool
}

// tcpHost is the connected host.
type tcpHost struct {
	conn   *net.TCPConn
	writer *rawWriter
}

// ListenTCP listens on addr (HOST:PORT; port 0 picks a free one). There is no
// access control: whoever reaches the address has the modem.
func ListenTCP(addr string) (*TCP, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("port: %w", err)
	}
	listener, ok := l.(*net.TCPListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("port: %s is not a TCP address", addr), l.Close())
	}
	t := &TCP{
		listener: listener,
		path:     "tcp://" + listener.Addr().String(),
		hold:     tcpHold,
		arrivals: make(chan *net.TCPConn),
		done:     make(chan struct{}),
		accepted: make(chan struct{}),
	}
	go t.accept()
	return t, nil
}

// Path is the address as a URL, such as tcp://127.0.0.1:4321.
func (t *TCP) Path() string { return t.path }

// accept takes connections until the port closes. Only the one at the head of
// the queue is looked after; the kernel keeps the others.
func (t *TCP) accept() {
	defer close(t.accepted)
	for {
		conn, err := t.listener.AcceptTCP()
		if err == nil {
			t.offer(conn)
			continue
		}
		select {
		case <-t.done:
			return
		case <-time.After(tcpRetry):
		}
	}
}

// offer hands a connection to Next, or closes it when the port is in use.
func (t *TCP) offer(conn *net.TCPConn) {
	var giveUp <-chan time.Time
	if t.current() != nil {
		giveUp = time.After(t.hold)
	}
	select {
	case t.arrivals <- conn:
		return
	case <-giveUp:
	case <-t.done:
	}
	_ = conn.Close() // refused: nobody is left to tell
}

func (t *TCP) current() *tcpHost {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.host
}

// Next reports what the host did next.
func (t *TCP) Next(buf []byte) (n int, ev Event, err error) {
	if len(buf) == 0 {
		return 0, Data, errEmptyBuffer
	}
	host := t.current()
	if host == nil {
		return 0, HostOpen, t.awaitHost()
	}
	if n, _ = host.conn.Read(buf); n > 0 {
		return n, Data, nil
	}
	// Whatever ended it, the connection is of no more use, and the port is.
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, Data, net.ErrClosed
	}
	t.host = nil
	_ = host.conn.Close() // also ends a WaitWritable for this host
	return 0, HostClose, nil
}

// awaitHost blocks until a host has connected.
func (t *TCP) awaitHost() error {
	for {
		var conn *net.TCPConn
		select {
		case conn = <-t.arrivals:
		case <-t.done:
			return net.ErrClosed
		}
		raw, err := conn.SyscallConn()
		err = errors.Join(err, conn.SetNoDelay(true),
			conn.SetReadBuffer(tcpBuffer), conn.SetWriteBuffer(tcpBuffer))
		if err != nil {
			_ = conn.Close() // it ended before it began
			continue
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.closed {
			_ = conn.Close() // as Close would have done
			return net.ErrClosed
		}
		t.host = &tcpHost{conn: conn, writer: newRawWriter(raw)}
		return nil
	}
}

// TryWrite sends what the connection takes now.
func (t *TCP) TryWrite(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, net.ErrClosed
	}
	if t.host == nil {
		return 0, ErrNoHost
	}
	return t.host.writer.try(p)
}

// WaitWritable blocks until TryWrite may send more.
func (t *TCP) WaitWritable() error {
	t.mu.Lock()
	host, closed := t.host, t.closed
	t.mu.Unlock()
	if closed {
		return net.ErrClosed
	}
	if host == nil {
		return ErrNoHost
	}
	err := host.writer.wait()
	if !errors.Is(err, net.ErrClosed) {
		return err
	}
	// Next closed the connection because the host had gone, or Close did.
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return net.ErrClosed
	}
	return ErrNoHost
}

// Close stops listening and ends the connection.
func (t *TCP) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	host := t.host
	t.mu.Unlock()
	close(t.done)
	err := t.listener.Close()
	<-t.accepted
	if host != nil {
		err = errors.Join(err, host.conn.Close())
	}
	return err
}
