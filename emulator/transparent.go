package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// packetizer collects what the host sends in transparent mode: a packet leaves
// when it is full, or some time after its last byte (AT+QICFG="transpktsize" and
// "transwaittm").
type packetizer struct {
	buf   []byte
	last  time.Time
	timer *timer
}

func (o *packetizer) stop() {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	o.buf = nil
}

// goTransparent gives the owner's port to the endpoint.
func (e *endpoint) goTransparent() Response {
	e.mode = transparentMode
	e.rx.announced = false
	return atengine.Begin(&atengine.Transparent{Send: e.sendRaw, Left: e.left, Began: func() { e.m.later(e.began) }})
}

// began is the host having got CONNECT. Much may have come since the endpoint
// was there for it: data, the connection's end, or the endpoint's.
func (e *endpoint) began() {
	if !e.live() && e.owner.line.Transparent() && e.mode == transparentMode {
		e.mode = bufferMode
		e.owner.line.EndTransparent(atengine.NoCarrier)
		return
	}
	e.deliver()
}

// sendRaw takes bytes of transparent mode, as many as there is room for.
func (e *endpoint) sendRaw(p []byte) int {
	if e.tx.dead {
		return len(p) // the end is on its way to the host
	}
	o := &e.out
	n := 0
	cfg := e.settings()
	for n < len(p) {
		take := min(cfg.packetSize-len(o.buf), cfg.sendBuffer-e.tx.size-len(o.buf), len(p)-n)
		if take <= 0 {
			break
		}
		o.buf = append(o.buf, p[n:n+take]...)
		n += take
		if len(o.buf) == cfg.packetSize {
			e.flushPacket()
		}
	}
	wait := cfg.packetTime()
	switch {
	case len(o.buf) == 0:
	case wait == 0:
		e.flushPacket()
	default:
		o.last = e.m.clock.Now()
		if o.timer == nil {
			e.armPacket(wait)
		}
	}
	return n
}

// armPacket sends a packet that stays short once it has waited for d.
func (e *endpoint) armPacket(d time.Duration) {
	o := &e.out
	o.timer = e.m.after(d, func() {
		o.timer = nil
		if len(o.buf) == 0 {
			return
		}
		cfg := e.settings()
		if left := cfg.packetTime() - e.m.clock.Now().Sub(o.last); left > 0 {
			e.armPacket(left)
			return
		}
		e.flushPacket()
	})
}

func (e *endpoint) flushPacket() {
	e.send(e.out.buf)
	e.out.buf = e.out.buf[:0]
}

// left is the host taking its port back: with +++ or AT&D1 the connection is
// kept, in buffer mode, and ATO returns to it (ruling 29). With AT&D2 it is
// closed and stays in state 4 (ruling 26).
func (e *endpoint) left(_ atengine.Ending, keep bool) {
	e.flushPacket()
	e.mode = bufferMode
	if keep {
		e.owner.resume = e
		e.m.later(e.deliver)
		return
	}
	e.rx.told = true
	e.hangUp()
	e.peerClosed("DTR dropped")
}

// endTransparent returns the port to its host with NO CARRIER.
func (e *endpoint) endTransparent() {
	if e.mode == transparentMode && e.owner.line.Transparent() {
		e.flushPacket()
		e.mode = bufferMode
		e.owner.line.EndTransparent(atengine.NoCarrier)
	}
}

var _ = commands("SSL",
	&Command{
		Name: "O", Summary: "return to transparent mode", Source: "seed 1.4, ruling 29", Last: true,
		Params: []atengine.Param{atengine.Int("n", 0, 0).Or(0)},
		Exec: func(m *Modem, c *Call) Response {
			p := m.portOf(c)
			if call := m.callOn(p); call != nil {
				return call.connect()
			}
			s := p.resume
			if s == nil || !s.live() || s.state != stateConnected || s.owner != p {
				return atengine.End(atengine.NoCarrier)
			}
			if m.ends.transparentElsewhere(p) {
				return atengine.Fail(PortBusy)
			}
			m.later(s.deliver)
			return s.goTransparent()
		},
	},
	&Command{
		Name: "+QISWTMD", Summary: "switch the access mode of an SSL client or a socket", Source: "seed 1.4, ruling 30, family", Class: classStack,
		Params: []atengine.Param{clientID, atengine.Int("access_mode", 0, 2)},
		Write: func(m *Modem, c *Call) Response {
			s, err := carries(m.ends.at(c.Int(0)))
			if err != nil {
				return atengine.Fail(err)
			}
			mode := accessMode(c.Int(1))
			if mode == transparentMode && m.ends.transparentElsewhere(m.portOf(c)) {
				return atengine.Fail(PortBusy)
			}
			if mode == transparentMode && s.link.carries == addressed {
				return atengine.Fail(OperationNotAllow) // whose datagram, and where to?
			}
			s.endTransparent() // of another port
			if mode != s.mode {
				s.rx.announced = false
			}
			s.owner = m.portOf(c)
			m.later(s.deliver) // what is unread comes out in the new mode
			if mode == transparentMode {
				m.result.last = Success // the phase has no result that would tell
				return s.goTransparent()
			}
			s.mode = mode
			return Response{}
		},
	},
	&Command{
		Name: "+QISDE", Summary: "echo of data after a prompt", Source: "ruling 9, family", Class: classStack,
		Params: []atengine.Param{atengine.Int("echo", 0, 1)},
		Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+QISDE: %d", bit(m.ends.echo)) },
		Write: func(m *Modem, c *Call) Response {
			m.ends.echo = c.Int(0) == 1
			return Response{}
		},
	},
)
