package emulator

import (
	"fmt"
	"net/netip"

	"github.com/quectel-sim/qsim/atengine"
)

// contextState is the state of a context of the TCP/IP stack.
type contextState uint8

const (
	contextIdle   contextState = iota
	contextActive              // has an address
	contextBroken              // the network took it: QIDEACT, then QIACT
)

var contextWords = words[contextState]{
	{contextIdle, "idle"}, {contextActive, "active"}, {contextBroken, "broken"},
}

// pdpContext is one context of the TCP/IP stack.
type pdpContext struct {
	kind           int // kindIPv4, kindIPv6, kindBoth
	apn, user, key string
	auth           int
	state          contextState
	drifted        bool          // active, but nothing passes (drift.go)
	stray          int           // the bearer that drifting put in the place of this context's; 0: none
	bearer         int           // kind as it was when the context was activated
	dns            [2]netip.Addr // set by AT+QIDNSCFG; invalid: the system's
}

// activeContexts is how many contexts of the stack are up.
func (p *packetDomain) activeContexts() int {
	n := 0
	for i := range p.contexts {
		n += bit(p.contexts[i].state == contextActive)
	}
	return n
}

// usable tells what stands against using a context of the stack.
func (p *packetDomain) usable(id int) Code {
	switch p.contexts[id].state {
	case contextActive:
		return Success
	case contextBroken:
		return PDPBroken
	}
	return OpenPDPFailed
}

// networkAPN reports whether number id is to use the APN of the network's
// choice: neither AT+QICSGP nor AT+CGDCONT names one (inferred: the stack takes
// the other's where it has none).
func (p *packetDomain) networkAPN(id int) bool {
	return p.contexts[id].apn == "" && p.bearers[id].apn() == ""
}

var contextID = atengine.Int("contextID", 1, maxContexts)

var _ = commands("TCP/IP",
	&Command{
		Name: "+QICSGP", Summary: "configure a PDP context, from its next activation on", Source: "seed 3.1.1, ruling 15, family", Class: classStack,
		Params: []atengine.Param{
			contextID,
			atengine.Int("context_type", 1, 3),
			atengine.Str("APN", 0, 100),
			atengine.Str("username", 0, 127).Opt(),
			atengine.Str("password", 0, 127).Opt(),
			atengine.Int("authentication", 0, 3).Or(0),
		},
		Plain:     true,
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			p := &m.pdp.contexts[c.Int(0)]
			return atengine.Infof(`+QICSGP: %d,"%s","%s","%s",%d`, p.kind, p.apn, p.user, p.key, p.auth)
		},
		Write: func(m *Modem, c *Call) Response {
			p := &m.pdp.contexts[c.Int(0)]
			p.kind, p.apn = c.Int(1), c.Text(2)
			p.user, p.key, p.auth = c.Text(3), c.Text(4), c.Int(5)
			return Response{}
		},
	},
	&Command{
		Name: "+QIACT", Summary: "activate a PDP context", Source: "seed 3.1.2, rulings 16 and 35, family", Class: classStack, Max: 150e9,
		Params: []atengine.Param{contextID},
		Read: func(m *Modem, _ *Call) Response {
			var lines []string
			for id := range m.pdp.contexts {
				p := &m.pdp.contexts[id]
				if p.state != contextActive {
					continue
				}
				line := fmt.Sprintf(`+QIACT: %d,1,%d`, id, p.bearer)
				for _, a := range m.pdp.addresses(id, p.bearer) {
					line += fmt.Sprintf(`,"%s"`, a)
				}
				lines = append(lines, line)
			}
			return atengine.Info(lines...)
		},
		Write: func(m *Modem, c *Call) Response {
			if code := m.activate(c.Int(0)); code != Success {
				return atengine.Fail(code)
			}
			return Response{}
		},
	},
	&Command{
		Name: "+QIACTEX", Summary: "activate a PDP context, result by unsolicited code: view mode 0 only", Source: "sibling's manual", Class: classStack, Max: 150e9,
		Params: []atengine.Param{contextID, atengine.Int("viewmode", 0, 0).Or(0)},
		Write: func(m *Modem, c *Call) Response {
			p, id := m.portOf(c), c.Int(0)
			m.soon(func() { p.activated(id, m.activate(id)) })
			return Response{}
		},
	},
	&Command{
		Name: "+QIDEACT", Summary: "deactivate a PDP context; its clients are closed silently", Source: "seed 3.1.3, family", Class: classStack, Max: 40e9,
		Params: []atengine.Param{contextID},
		Write: func(m *Modem, c *Call) Response {
			m.deactivate(c.Int(0))
			return Response{}
		},
	},
)

var _ = forces("+QIACTEX", func(m *Modem, c *Call, code Code, f forced) Response {
	p, id := m.portOf(c), c.Int(0)
	m.soon(func() {
		p.activated(id, code)
		m.result.last = f.stored
	})
	return Response{}
})

// activated tells the host of a port how AT+QIACTEX went.
func (a *port) activated(id int, code Code) {
	a.outcome(code, fmt.Sprintf("+QIACTEX: %d,%d", id, int(code)))
}

// activate brings a context of the stack up.
func (m *Modem) activate(id int) Code {
	p := &m.pdp.contexts[id]
	switch {
	case p.state == contextActive && m.quirks[quirkQIACTAgain] == "ok":
		return Success
	case p.state == contextActive:
		return OperationNotAllow
	case p.state == contextBroken:
		return PDPBroken
	case m.pdp.activeContexts() >= maxActiveContexts:
		return OperationNotAllow
	case m.pdp.needsAPN && m.pdp.networkAPN(id):
		return APNNotConfigured
	case !m.served():
		return OpenPDPFailed
	}
	if code := m.pdp.refusal.take(); code != Success {
		return code
	}
	p.state, p.bearer = contextActive, p.kind
	m.link(id)
	m.event(Event{Kind: PDPActivated, Client: id, Text: m.pdp.addresses(id, p.bearer)[0].String()})
	return Success
}

// deactivate takes a context of the stack down, whatever state it is in.
func (m *Modem) deactivate(id int) {
	p := &m.pdp.contexts[id]
	m.ends.dropContext(id)
	m.errands.dropContext(id, OpenPDPFailed)
	if p.state == contextActive {
		m.event(Event{Kind: PDPReleased, Client: id})
	}
	p.state = contextIdle
	m.straighten(id)
	m.unlink(id)
}
