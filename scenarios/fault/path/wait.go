package path

import "time"

// wait returns after the next change, or at a time if that is not zero. The lock
// is released meanwhile.
func (c *conn) wait(until time.Time) {
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	changed := c.changed
	var due <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		due = timer.C
	}
	c.path.mu.Unlock()
	defer c.path.mu.Lock()
	select {
	case <-changed:
	case <-due:
	}
}

// notify tells those who wait of a change.
func (c *conn) notify() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// earliest is the earlier of two times, of which zero is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
