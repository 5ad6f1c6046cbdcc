package path

// Closing is how a connection ends from the other side.
type Closing uint8

// The ways to end it. After each but CloseReset the first Write still succeeds,
// and goes nowhere: the far end answers it with a reset, and the next is EPIPE.
const (
	// ClosePeer: the far end has closed, in good order (FIN). What has arrived
	// by then is still read, then comes io.EOF.
	ClosePeer Closing = iota + 1
	// CloseReset: ECONNRESET for reads and writes from now on. What was not read
	// yet is lost, and the server gets an RST as well.
	CloseReset
	// CloseUnread: as ClosePeer, but not before the next data from the server.
	// What one Read takes is delivered, with the rest of a TLS record that
	// begins in it, then comes io.EOF: the modem has data that its host has not
	// read.
	CloseUnread
)

// Close ends the open connection as how tells, and reports whether there is one.
func (p *Path) Close(how Closing) bool {
	return p.onConn(func(c *conn) {
		switch {
		case c.broken || c.gone != nil:
		case how == ClosePeer:
			c.leave()
		case how == CloseReset:
			c.reset()
		case how == CloseUnread && c.unread == nil:
			c.unread = &records{}
		}
	})
}

// farewell is the state of a connection whose far end has closed.
type farewell struct {
	left int  // bytes of what had arrived that can still be read, at most
	dry  bool // the connection below is not read any more
	told bool // something was written and answered with a reset
}

// arrivedMost bounds what is taken for having arrived before the far end closed:
// a server that sends on and on would otherwise be read for ever.
const arrivedMost = 256 * 1024

// leave is the far end's FIN.
func (c *conn) leave() {
	c.gone = &farewell{left: arrivedMost}
	// The kernel then ends what it has with an EOF. Nothing of it is told to the
	// server, which goes on until the modem has closed. A connection in memory
	// has no such thing, and nothing that waits in it either.
	half, ok := c.Conn.(interface{ CloseRead() error })
	c.gone.dry = !ok || half.CloseRead() != nil
}

// reset breaks the connection, here and for the server.
func (c *conn) reset() {
	if c.broken {
		return
	}
	c.broken = true
	c.conditions.stop()
	if l, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		_ = l.SetLinger(0) // RST in place of FIN; it fails if that has come already
	}
	_ = c.Conn.Close() // as above
	c.settle()
	c.notify()
}

// records follows a stream of TLS records.
type records struct {
	header [recordHeader]byte
	have   int // bytes of header
	rest   int // bytes of the record behind it
}

// allowance is how many of n bytes may be read at once: all, or those up to the
// end of a record that has begun.
func (r *records) allowance(n int) int {
	switch {
	case r.rest > 0:
		return min(n, r.rest)
	case r.have > 0:
		return min(n, recordHeader-r.have)
	}
	return n
}

// complete takes what was read and reports whether it ends with a record, or is
// none at all.
func (r *records) complete(p []byte) bool {
	for len(p) > 0 {
		if r.rest > 0 {
			n := min(r.rest, len(p))
			r.rest -= n
			p = p[n:]
			continue
		}
		n := copy(r.header[r.have:], p)
		r.have += n
		p = p[n:]
		h := r.header[:r.have]
		if h[0] < recordFirst || h[0] > recordLast || len(h) > 1 && h[1] != 3 {
			return true
		}
		if r.have == recordHeader {
			r.rest = int(h[3])<<8 | int(h[4])
			r.have = 0
		}
	}
	return r.rest == 0 && r.have == 0
}
