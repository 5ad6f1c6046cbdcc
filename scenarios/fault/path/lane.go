package path

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

const (
	laneBytes  = 256 * 1024 // that may be on their way in one direction
	chunkBytes = 16 * 1024  // that travel together
)

// lane is one direction of a connection: its deadline, and under conditions the
// bytes that are on their way. The path's lock guards it.
type lane struct {
	setDeadline func(time.Time) error // of the connection below
	deadline    time.Time             // the modem's; zero: none
	moved       bool                  // that of the connection below is another

	pumping  bool // a goroutine moves bytes between the connection below and queue
	finished bool // nothing comes behind the queue's last
	queue    []chunk
	size     int        // bytes in queue
	free     time.Time  // when the line has taken what was put on it
	last     time.Time  // when the queue's last arrives: nothing overtakes
	random   *rand.Rand // for the jitter, of this direction alone
}

// chunk is bytes that arrive together, or the end of the direction.
type chunk struct {
	due   time.Time
	bytes []byte
	end   error // io.EOF of a FIN; then there are no bytes
}

// idle reports whether nothing is on its way.
func (l *lane) idle() bool { return !l.pumping && len(l.queue) == 0 }

// move sets a deadline of our own on the connection below.
func (l *lane) move(t time.Time) {
	l.moved = true
	_ = l.setDeadline(t) // it fails on a connection that is closed, and wakes by that
}

// restore puts the modem's deadline back.
func (l *lane) restore() {
	if l.moved {
		l.moved = false
		_ = l.setDeadline(l.deadline) // as above
	}
}

// expired reports whether the modem's deadline has passed.
func (l *lane) expired() bool {
	return !l.deadline.IsZero() && time.Until(l.deadline) <= 0
}

// push puts p, which it copies, on its way.
func (l *lane) push(with *conditions, p []byte) {
	l.queue = append(l.queue, chunk{due: l.arrival(with, len(p)), bytes: slices.Clone(p)})
	l.size += len(p)
}

// end puts the end of the direction behind all that is on its way.
func (l *lane) end(with *conditions, err error) {
	if !l.finished {
		l.queue = append(l.queue, chunk{due: l.arrival(with, 0), end: err})
		l.finished = true
	}
}

// arrival is when n bytes that set out now are there.
func (l *lane) arrival(with *conditions, n int) time.Time {
	due := time.Now()
	if with != nil {
		if l.free.Before(due) {
			l.free = due
		}
		l.free = l.free.Add(time.Duration(float64(n) * with.perByte))
		due = l.free.Add(with.latency)
		if with.jitter > 0 {
			due = due.Add(time.Duration((2*l.random.Float64() - 1) * float64(with.jitter)))
		}
	}
	if due.Before(l.last) {
		due = l.last
	}
	l.last = due
	return due
}

// ready reports whether the queue's first has arrived, or else when it will;
// zero: that is not known.
func (l *lane) ready(with *conditions) (bool, time.Time) {
	switch {
	case len(l.queue) == 0, with.blackhole():
		return false, time.Time{}
	case with == nil, time.Until(l.queue[0].due) <= 0:
		return true, time.Time{}
	}
	return false, l.queue[0].due
}

// consume takes n bytes off the queue's first, which has more or as many.
func (l *lane) consume(n int) {
	l.size -= n
	l.queue[0].bytes = l.queue[0].bytes[n:]
	if len(l.queue[0].bytes) == 0 {
		l.queue = l.queue[1:]
	}
}

// take moves what has arrived to p; an end stays. The queue's first must be
// ready. Of a whole datagram nothing is left.
func (l *lane) take(p []byte, whole bool) (int, error) {
	first := l.queue[0]
	if first.end != nil {
		return 0, first.end
	}
	n := copy(p, first.bytes)
	if whole {
		l.consume(len(first.bytes))
	} else {
		l.consume(n)
	}
	return n, nil
}

// startPump has pump, which ends by itself, work for a lane.
func (c *conn) startPump(l *lane, pump func()) {
	if !l.pumping {
		l.pumping = true
		go pump()
	}
}

// pumpEnds is the last that a pump does.
func (c *conn) pumpEnds(l *lane) {
	l.pumping = false
	if !c.closed {
		c.settle()
	}
	c.notify()
	c.path.mu.Unlock()
}

// pumpIn reads from the server while there are conditions.
func (c *conn) pumpIn() {
	buf := make([]byte, chunkBytes)
	l := &c.in
	c.path.mu.Lock()
	defer c.pumpEnds(l)
	for c.conditions != nil && !l.finished && c.ended("read") == nil {
		switch {
		case c.gone != nil && c.gone.dry:
			l.end(c.conditions, io.EOF)
			return
		case l.size >= laneBytes:
			c.wait(time.Time{})
			continue
		}
		l.move(time.Time{}) // the modem's deadline is not for the pump
		part := buf[:c.unit()]
		c.path.mu.Unlock()
		n, err := c.Conn.Read(part)
		c.path.mu.Lock()
		if n > 0 {
			l.push(c.conditions, part[:n])
		}
		if err != nil && !isTimeout(err) {
			l.end(c.conditions, err)
		}
		c.notify()
	}
}

// pumpOut writes to the server while there are conditions, and after them what
// is left.
func (c *conn) pumpOut() {
	l := &c.out
	c.path.mu.Lock()
	defer c.pumpEnds(l)
	for !c.broken && (!c.closed || c.flush) {
		ready, due := l.ready(c.conditions)
		switch {
		case len(l.queue) == 0 && c.closed:
			_ = c.Conn.Close() // its Close has been answered
			return
		case len(l.queue) == 0 && c.conditions == nil:
			return
		case !ready && !c.closed:
			c.wait(due)
			continue
		}
		if err := c.sendFirst(); err != nil {
			if c.closed {
				_ = c.Conn.Close() // as above
			} else if c.writeErr == nil {
				c.writeErr, c.writeLeft = err, 0
			}
			l.queue, l.size = nil, 0
			return
		}
		c.notify()
	}
}

// sendFirst writes the first of what is on its way out.
func (c *conn) sendFirst() error {
	l := &c.out
	first := l.queue[0]
	if !c.closed {
		l.move(time.Time{}) // the modem's deadline is not for the pump
	}
	c.path.mu.Unlock()
	var n int
	var err error
	if first.end != nil {
		err = c.Conn.(halfCloser).CloseWrite()
	} else {
		n, err = c.Conn.Write(first.bytes)
	}
	c.path.mu.Lock()
	if isTimeout(err) && !c.closed {
		err = nil // woken
	} else if first.end != nil {
		l.queue = l.queue[1:]
		return err
	}
	l.consume(n)
	return err
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
