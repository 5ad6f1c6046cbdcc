package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// pppTime is how long a host has, on the modem's clock, from CONNECT until PPP
// is up: after that the module hangs up (family). qsim answers no PPP, so every
// data call ends then, unless the host ends it before.
const pppTime = 90 * time.Second

// dataRate is what CONNECT tells with the quirk connect-text: rate, in bit/s
// (sibling's manual).
const dataRate = "150000000"

// dataCall is a port that carries PPP. It is answered with silence: qsim does not
// speak PPP.
type dataCall struct {
	port   *port
	cid    int
	raised bool // the call has brought the bearer up
	began  bool // the host has got CONNECT
	limit  *timer
	watch  lcpWatch
}

// dial begins a data call over a bearer. What stands against it is NO CARRIER.
func (m *Modem) dial(p *port, id int) Response {
	if c := m.pdp.call; c != nil {
		if c.port != p {
			return atengine.End(atengine.NoCarrier) // one at a time (inferred)
		}
		c.end("dialled anew")
	}
	c := &dataCall{port: p, cid: id, raised: !m.pdp.bearers[id].active}
	if err := m.raise(id); err != nil {
		m.log.Debug("data call refused", "cid", id, "error", err)
		return atengine.End(atengine.NoCarrier)
	}
	m.pdp.call = c
	c.limit = m.after(pppTime, func() { c.carrierLost("no PPP") })
	return c.connect()
}

// connect gives the port to the call.
func (c *dataCall) connect() Response {
	t := &atengine.Transparent{Send: c.take, Left: c.left, Began: func() { c.port.m.later(c.begun) }}
	if c.port.m.quirks[quirkConnectText] == "rate" {
		t.Rate = dataRate
	}
	return atengine.Begin(t)
}

// begun is the host having got CONNECT, which may be late: the call may be over.
func (c *dataCall) begun() {
	c.began = true
	if !c.live() && c.port.m.callOn(c.port) == nil {
		c.port.line.EndTransparent(atengine.NoCarrier)
	}
}

// live reports whether the call is still there.
func (c *dataCall) live() bool { return c.port.m.pdp.call == c }

// take takes what the host sends, and drops it.
func (c *dataCall) take(p []byte) int {
	if c.watch.terminates(p) {
		c.port.m.later(func() { c.carrierLost("LCP Terminate-Request") })
	}
	return len(p)
}

// left is the host taking its port back: with +++ or AT&D1 the call is kept, and
// ATO returns to it; with AT&D2 it is over.
func (c *dataCall) left(_ atengine.Ending, keep bool) {
	if !keep {
		c.end("DTR dropped")
	}
}

// dtrDropped hangs up a call that its host has left with +++, if AT&D2 is set
// (family). The line ends one that carries data.
func (m *Modem) dtrDropped(p *port) {
	if c := m.callOn(p); c != nil && p.line.DTR == 2 && !p.line.Transparent() {
		c.carrierLost("DTR dropped")
	}
}

// carrierLost ends the call from the module's side, or the network's.
func (c *dataCall) carrierLost(reason string) {
	if !c.live() {
		return
	}
	c.end(reason)
	switch {
	case c.port.line.Transparent():
		c.port.line.EndTransparent(atengine.NoCarrier)
	case c.began: // the host has taken its port back
		c.port.m.urcBy(c.port, atengine.NoCarrier.String())
	}
}

// end ends the call, and takes down the bearer that it had brought up.
func (c *dataCall) end(reason string) {
	m := c.port.m
	if !c.live() {
		return
	}
	m.pdp.call = nil
	c.limit.Stop()
	m.note(c.port, "the data call is over: "+reason)
	if c.raised {
		m.pdp.bearers[c.cid].active = false
		m.unlink(c.cid)
	}
}

// callOn is the data call of a port, or nil.
func (m *Modem) callOn(p *port) *dataCall {
	if c := m.pdp.call; c != nil && c.port == p {
		return c
	}
	return nil
}

// lcpWatch looks for an LCP Terminate-Request (RFC 1661 5.5) in the frames of a
// host (RFC 1662 4).
type lcpWatch struct {
	head    [5]byte // of the frame: address, control, protocol, code
	n       int
	escaped bool
}

var terminateRequest = [5]byte{0xff, 0x03, 0xc0, 0x21, 5}

// terminates reports whether such a request begins in p.
func (w *lcpWatch) terminates(p []byte) bool {
	found := false
	for _, b := range p {
		switch {
		case b == 0x7e:
			w.n, w.escaped = 0, false
			continue
		case b == 0x7d:
			w.escaped = true
			continue
		case w.n == len(w.head):
			continue
		case w.escaped:
			b ^= 0x20
			w.escaped = false
		}
		w.head[w.n] = b
		w.n++
		found = found || w.n == len(w.head) && w.head == terminateRequest
	}
	return found
}
