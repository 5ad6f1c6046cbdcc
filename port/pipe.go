package port

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeSize is how many bytes wait in each direction of a pipe, as in a PTY.
const pipeSize = 4096

// PipePort is the modem's end of an in-memory port. It blocks on nothing but
// condition variables, so it works inside a testing/synctest bubble. See the
// package documentation for the methods.
type PipePort struct {
	mu       sync.Mutex
	incoming sync.Cond // for Next: bytes, a host's open or close, Close
	room     sync.Cond // for WaitWritable: room, a host's close, Close
	hosts    []*PipeHost
	here     bool // hosts[0] has been reported by Next
	closed   bool
}

// PipeHost is the host's end of an in-memory port: the open device. Read blocks
// until the modem has written or closed its port (io.EOF), Write until all bytes
// have found room. Both may be given deadlines, whose error is
// os.ErrDeadlineExceeded.
type PipeHost struct {
	port     *PipePort
	toModem  ring
	toHost   ring
	readable sync.Cond
	writable sync.Cond
	read     pipeDeadline
	write    pipeDeadline
	closed   bool
}

// errHostOpen is Open's answer while the device is in use.
var errHostOpen = errors.New("port: the pipe's host has not closed")

// Pipe makes an in-memory port that a host has open.
func Pipe() (*PipePort, *PipeHost) {
	p := &PipePort{}
	p.incoming.L, p.room.L = &p.mu, &p.mu
	return p, p.addHost()
}

// Open opens the device anew after its last host has closed. It need not wait
// for Next to have reported that close. It fails while a host has it open, and
// after Close.
func (p *PipePort) Open() (*PipeHost, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, net.ErrClosed
	}
	if n := len(p.hosts); n > 0 && !p.hosts[n-1].closed {
		return nil, errHostOpen
	}
	return p.addHost(), nil
}

func (p *PipePort) addHost() *PipeHost {
	h := &PipeHost{port: p}
	h.readable.L, h.writable.L = &p.mu, &p.mu
	h.read.expired, h.write.expired = &h.readable, &h.writable
	p.hosts = append(p.hosts, h)
	p.incoming.Signal()
	return h
}

// Path names the port; there is no device to open.
func (p *PipePort) Path() string { return "pipe" }

// Next reports what the host did next.
func (p *PipePort) Next(buf []byte) (n int, ev Event, err error) {
	if len(buf) == 0 {
		return 0, Data, errEmptyBuffer
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		if len(p.hosts) == 0 {
			p.incoming.Wait()
			continue
		}
		host := p.hosts[0]
		switch {
		case !p.here:
			p.here = true
			return 0, HostOpen, nil
		case host.toModem.len > 0:
			host.writable.Broadcast()
			return host.toModem.get(buf), Data, nil
		case host.closed:
			p.here = false
			p.hosts[0] = nil
			p.hosts = p.hosts[1:]
			p.room.Broadcast()
			return 0, HostClose, nil
		}
		p.incoming.Wait()
	}
	return 0, Data, net.ErrClosed
}

// present is the host that output goes to, or why there is none. p.mu is held.
func (p *PipePort) present() (*PipeHost, error) {
	if p.closed {
		return nil, net.ErrClosed
	}
	if !p.here || p.hosts[0].closed {
		return nil, ErrNoHost
	}
	return p.hosts[0], nil
}

// TryWrite hands the host what finds room.
func (p *PipePort) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	host, err := p.present()
	if err != nil {
		return 0, err
	}
	n := host.toHost.put(b)
	if n > 0 {
		host.readable.Broadcast()
	}
	return n, nil
}

// WaitWritable blocks until TryWrite may hand over more.
func (p *PipePort) WaitWritable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		host, err := p.present()
		if err != nil {
			return err
		}
		if host.toHost.len < pipeSize {
			return nil
		}
		p.room.Wait()
	}
}

// Close removes the device. A host reads what was written before, then io.EOF.
func (p *PipePort) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.incoming.Broadcast()
	p.room.Broadcast()
	for _, h := range p.hosts {
		h.readable.Broadcast()
		h.writable.Broadcast()
	}
	return nil
}

// Read reads what the modem has written.
func (h *PipeHost) Read(b []byte) (int, error) {
	h.port.mu.Lock()
	defer h.port.mu.Unlock()
	for {
		switch {
		case h.closed:
			return 0, io.ErrClosedPipe
		case h.read.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case h.toHost.len > 0:
			h.port.room.Broadcast()
			return h.toHost.get(b), nil
		case h.port.closed:
			return 0, io.EOF
		}
		h.readable.Wait()
	}
}

// Write sends to the modem.
func (h *PipeHost) Write(b []byte) (n int, err error) {
	h.port.mu.Lock()
	defer h.port.mu.Unlock()
	for {
		switch {
		case h.closed, h.port.closed:
			return n, io.ErrClosedPipe
		case h.write.passed:
			return n, os.ErrDeadlineExceeded
		}
		if m := h.toModem.put(b[n:]); m > 0 {
			n += m
			h.port.incoming.Signal()
		}
		if n == len(b) {
			return n, nil
		}
		h.writable.Wait()
	}
}

// Close closes the device. What the modem wrote and the host did not read is
// dropped.
func (h *PipeHost) Close() error {
	h.port.mu.Lock()
	defer h.port.mu.Unlock()
	h.closed = true
	h.toHost = ring{}
	h.read.set(h.port, time.Time{})
	h.write.set(h.port, time.Time{})
	h.readable.Broadcast()
	h.writable.Broadcast()
	h.port.incoming.Signal()
	h.port.room.Broadcast()
	return nil
}

// SetReadDeadline ends every Read from t on; the zero time is no deadline.
func (h *PipeHost) SetReadDeadline(t time.Time) error { return h.setDeadline(&h.read, t) }

// SetWriteDeadline ends every Write from t on; the zero time is no deadline.
func (h *PipeHost) SetWriteDeadline(t time.Time) error { return h.setDeadline(&h.write, t) }

func (h *PipeHost) setDeadline(d *pipeDeadline, t time.Time) error {
	h.port.mu.Lock()
	defer h.port.mu.Unlock()
	if h.closed {
		return io.ErrClosedPipe
	}
	d.set(h.port, t)
	return nil
}

// pipeDeadline is one direction's deadline. The port's mutex guards it.
type pipeDeadline struct {
	passed  bool
	timer   *time.Timer
	expired *sync.Cond // to tell who is waiting
}

func (d *pipeDeadline) set(p *PipePort, t time.Time) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.passed = false
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.passed = true
		d.expired.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.timer == timer { // else stopped too late
			d.passed = true
			d.expired.Broadcast()
		}
	})
	d.timer = timer
}

// ring is a bounded queue of bytes. Its buffer is made with the first byte.
type ring struct {
	buf        []byte
	start, len int
}

// put appends what finds room and says how much that was.
func (r *ring) put(b []byte) int {
	if r.buf == nil && len(b) > 0 {
		r.buf = make([]byte, pipeSize)
	}
	n := 0
	for n < len(b) && r.len < pipeSize {
		end := (r.start + r.len) % pipeSize
		m := copy(r.buf[end:min(pipeSize, end+pipeSize-r.len)], b[n:])
		r.len += m
		n += m
	}
	return n
}

// get moves bytes to b and says how many.
func (r *ring) get(b []byte) int {
	n := 0
	for n < len(b) && r.len > 0 {
		m := copy(b[n:], r.buf[r.start:min(pipeSize, r.start+r.len)])
		r.start = (r.start + m) % pipeSize
		r.len -= m
		n += m
	}
	return n
}
