// Package testwire is the wire between a TLS client and a server in tests: in
// memory and without time (Pair), and with a hand in it that changes what the
// server sends, record by record (Mutator).
package testwire

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// Line is one end of a connection in memory. It breaks off when both ends wait
// for the other, which is what bytes left out come to, so that no test of a
// broken handshake waits for a timeout. It has no deadlines.
type Line struct {
	state *lineState
	in    *bytes.Buffer
	out   *bytes.Buffer
}

type lineState struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting int
	closed  bool
}

// Pair is a connection, both ends.
func Pair() (a, b *Line) {
	s := new(lineState)
	s.changed.L = &s.mu
	to, from := new(bytes.Buffer), new(bytes.Buffer)
	return &Line{state: s, in: from, out: to}, &Line{state: s, in: to, out: from}
}

// Read waits for bytes. What was written before the connection ended can be
// read; then it is io.EOF.
func (l *Line) Read(p []byte) (int, error) {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	for l.in.Len() == 0 && !s.closed {
		if s.waiting == 2 && l.out.Len() == 0 {
			s.closed = true
			s.changed.Broadcast()
			break
		}
		s.changed.Wait()
	}
	s.waiting--
	return l.in.Read(p) // io.EOF if there is nothing
}

// Write never waits.
func (l *Line) Write(p []byte) (int, error) {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.changed.Broadcast()
	return l.out.Write(p)
}

// Close ends both directions.
func (l *Line) Close() error {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.changed.Broadcast()
	return nil
}

// address is that of both ends.
var address = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}

// LocalAddr is the same as RemoteAddr.
func (*Line) LocalAddr() net.Addr { return address }

// RemoteAddr is never nil: clients ask it for words.
func (*Line) RemoteAddr() net.Addr { return address }

// SetDeadline does nothing.
func (*Line) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (*Line) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (*Line) SetWriteDeadline(time.Time) error { return nil }
