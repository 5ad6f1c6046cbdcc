package path

import (
	"io"
	"os"
)

// read is a Read on a connection that is not plain, or was not any more when the
// connection below had answered it with n and err.
func (c *conn) read(p []byte, n int, err error) (int, error) {
	c.path.mu.Lock()
	defer c.path.mu.Unlock()
	if len(p) == 0 {
		return 0, c.ended("read")
	}
	for {
		// What came goes through the lane, whatever is in its way.
		if n > 0 {
			c.in.push(c.conditions, p[:n])
		}
		if err != nil && !isTimeout(err) {
			c.in.end(c.conditions, err)
		}
		n, err = 0, nil

		until := c.takeHold()
		switch failure := c.readFailure(); {
		case failure != nil:
			return 0, failure
		case c.in.expired():
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case !until.IsZero():
			c.wait(earliest(until, c.in.deadline))
			continue
		case len(c.flight.instead) > 0:
			n := copy(p, c.flight.instead)
			c.flight.instead = c.flight.instead[n:]
			c.flight.answered = true
			return n, nil
		case c.flight.mute:
			c.wait(c.in.deadline)
			continue
		}
		room := c.allowance(len(p))
		if room == 0 {
			return 0, io.EOF
		}
		ready, due := c.in.ready(c.conditions)
		switch {
		case ready:
			return c.deliver(p[:room])
		case c.conditions == nil && c.in.idle() && c.gone != nil && c.gone.dry:
			return 0, io.EOF
		case c.conditions == nil && c.in.idle():
			c.in.restore()
			c.path.mu.Unlock()
			n, err = c.Conn.Read(p[:room])
			c.path.mu.Lock()
			continue
		case c.conditions != nil && !c.in.finished:
			c.startPump(&c.in, c.pumpIn)
		}
		c.wait(earliest(due, c.in.deadline))
	}
}

// readFailure is what a Read fails with, or nil.
func (c *conn) readFailure() error {
	if c.resetAtRead && !c.closed {
		c.reset()
	}
	if err := c.ended("read"); err != nil {
		return err
	}
	if c.readErr != nil {
		return c.opError("read", c.readErr)
	}
	return nil
}

// allowance is how many bytes of n may be read before something else happens;
// 0: the far end has closed.
func (c *conn) allowance(n int) int {
	if c.flight.limited {
		n = min(n, c.flight.left)
	}
	if c.gone != nil {
		n = min(n, c.gone.left)
	}
	if c.unread != nil {
		n = min(n, c.unread.allowance(n))
	}
	return n
}

// deliver gives p what has arrived.
func (c *conn) deliver(p []byte) (int, error) {
	n, err := c.in.take(p, c.whole)
	if n > 0 {
		c.flight.left -= n
		if c.flight.fault == nil {
			c.flight.answered = true
		}
		if c.gone != nil {
			c.gone.left -= n
		}
		if c.unread != nil && c.unread.complete(p[:n]) {
			c.unread, c.gone = nil, &farewell{}
		}
	}
	c.settle()
	c.notify() // there is room in the lane
	return n, err
}
