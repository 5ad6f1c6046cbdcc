package emulator

import (
	"slices"

	"github.com/quectel-sim/qsim/atengine"
)

// What becomes of an event of the packet domain (27.007 10.1.19).
const (
	eventsKept    = 0 // they wait in the module
	eventsDropped = 1 // while a port carries data; else they are told
	eventsQueued  = 2 // until the port is free again
)

// domainEvents is AT+CGEREP, and what waits for it.
type domainEvents struct {
	mode  int
	flush bool // <bfr>: what waits is told when the mode changes, not forgotten
	kept  []string
}

var _ = atFactory(func(m *Modem) { m.pdp.events = domainEvents{} })

// maxEvents is how many events wait; the oldest go (27.007 10.1.19; the number
// is inferred).
const maxEvents = 16

// domainEvent tells of an event of the packet domain as AT+CGEREP has it.
func (m *Modem) domainEvent(text string) {
	e := &m.pdp.events
	switch {
	case e.mode == eventsKept:
		if len(e.kept) == maxEvents {
			e.kept = slices.Delete(e.kept, 0, 1)
		}
		e.kept = append(e.kept, text)
	case e.mode == eventsDropped && m.urcPortBusy():
	default:
		m.urc("+CGEV: " + text)
	}
}

// urcPortBusy reports whether the port that gets URCs carries data.
func (m *Modem) urcPortBusy() bool {
	p := m.urcPort()
	return p != nil && p.line.Transparent()
}

var _ = commands("Packet domain", &Command{
	Name: "+CGEREP", Summary: "packet domain events: those of LTE, so never NW DEACT and ME DEACT", Source: "27.007 10.1.19, family",
	Params: []atengine.Param{atengine.Int("mode", 0, 2), atengine.Int("bfr", 0, 1).Or(0)},
	Plain:  true,
	Read: func(m *Modem, _ *Call) Response {
		e := &m.pdp.events
		return atengine.Infof("+CGEREP: %d,%d", e.mode, bit(e.flush))
	},
	Write: func(m *Modem, c *Call) Response {
		e := &m.pdp.events
		e.mode, e.flush = c.Int(0), c.Int(1) == 1
		if e.mode == eventsKept {
			return Response{}
		}
		kept := e.kept
		e.kept = nil
		if e.flush {
			for _, text := range kept {
				m.domainEvent(text)
			}
		}
		return Response{}
	},
})
