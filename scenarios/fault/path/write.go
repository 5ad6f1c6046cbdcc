package path

import (
	"os"
	"syscall"
)

// write is what is left of a Write, of which n bytes are out, on a connection
// that is not plain.
func (c *conn) write(p []byte, n int) (int, error) {
	c.path.mu.Lock()
	defer c.path.mu.Unlock()
	for n < len(p) {
		if err := c.writeFailure(); err != nil {
			return n, err
		}
		if c.gone != nil && !c.conditions.blackhole() {
			c.gone.told = true
			return len(p), nil
		}
		part := p[n:]
		if c.writeErr != nil {
			if c.whole && c.writeLeft < len(part) {
				c.writeLeft = 0 // it does not go out in part
				continue
			}
			part = part[:min(len(part), c.writeLeft)]
		}
		c.flight.hello(part)
		var k int
		var err error
		if c.conditions == nil && c.out.idle() {
			c.out.restore()
			c.path.mu.Unlock()
			k, err = c.Conn.Write(part)
			c.path.mu.Lock()
		} else {
			k = c.sendOff(part)
		}
		n += k
		c.writeLeft -= k
		if err != nil && !isTimeout(err) {
			if ended := c.ended("write"); ended != nil {
				err = ended
			}
			return n, err
		}
	}
	return n, nil
}

// writeFailure is what a Write fails with, or nil.
func (c *conn) writeFailure() error {
	if err := c.ended("write"); err != nil {
		return err
	}
	switch {
	case c.writeErr != nil && c.writeLeft <= 0:
		return c.opError("write", c.writeErr)
	case c.out.finished, c.gone != nil && c.gone.told:
		return c.opError("write", syscall.EPIPE)
	case c.out.expired():
		return c.opError("write", os.ErrDeadlineExceeded)
	}
	return nil
}

// sendOff puts some of p on its way and returns how much. If the lane is full it
// waits for a change, and puts nothing.
func (c *conn) sendOff(p []byte) int {
	n := min(len(p), laneBytes-c.out.size, c.unit())
	if n <= 0 || c.whole && n < len(p) {
		c.wait(c.out.deadline)
		return 0
	}
	c.out.push(c.conditions, p[:n])
	c.startPump(&c.out, c.pumpOut)
	c.notify()
	return n
}
