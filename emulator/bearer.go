package emulator

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// bearerTime is how long after the registration the default bearer is up, on the
// modem's clock (inferred; an EG800K shows AT+CGACT? with 1,0 for a while).
const bearerTime = 2 * time.Second

// attached is the module having got packet service: the default bearer follows.
func (m *Modem) attached() {
	m.pdp.attach.cut()
	m.pdp.attach.after(m, bearerTime, m.raiseDefault)
}

// raiseDefault brings the default bearer up, if there is service: the first that
// is defined, or 1, because on LTE there is always one.
func (m *Modem) raiseDefault() {
	if !m.served() {
		return
	}
	id := 1
	for i, b := range m.pdp.bearers {
		if b.def != nil {
			id = i
			break
		}
	}
	m.pdp.bearers[id].active = true
	m.link(id)
}

// raise brings a bearer up: nil when it is, or why not. What the network refuses
// is +CME ERROR: 100 (measured on an EG800K).
func (m *Modem) raise(id int) error {
	p := &m.pdp
	up := 0
	for _, b := range p.bearers {
		up += bit(b.active)
	}
	switch b := &p.bearers[id]; {
	case b.active:
		return nil
	case b.def == nil:
		return CMEParameters
	case !m.served():
		return CMENoService
	case up >= maxActiveContexts, p.needsAPN && b.def.APN == "", p.refusal.take() != Success:
		return CMEUnknown
	}
	p.bearers[id].active = true
	m.link(id)
	return nil
}

// cids are the numbers of a command that takes as many as there are.
func cids() []atengine.Param {
	var list []atengine.Param
	for i := range maxContexts {
		p := cid.Opt()
		if i > 0 {
			p.Name = fmt.Sprintf("cid%d", i+1)
		}
		list = append(list, p)
	}
	return list
}

// named are the bearers that a command names with parameter first and those
// behind it, or all that have a line when it names none.
func (m *Modem) named(c *Call, first int) []int {
	var list []int
	for i := first; i < c.Len(); i++ {
		if c.Has(i) {
			list = append(list, c.Int(i))
		}
	}
	if list != nil {
		return list
	}
	for id := range m.pdp.bearers {
		if m.pdp.bearers[id].shown() {
			list = append(list, id)
		}
	}
	return list
}

var _ = commands("Packet domain",
	&Command{
		Name: "+CGACT", Summary: "activate or deactivate PDP contexts", Source: "27.007 10.1.10, family", Max: 150e9,
		Params: append([]atengine.Param{atengine.Int("state", 0, 1)}, cids()...),
		Test:   "+CGACT: (0,1)",
		Read: func(m *Modem, _ *Call) Response {
			var lines []string
			for id, b := range m.pdp.bearers {
				if b.shown() {
					lines = append(lines, fmt.Sprintf("+CGACT: %d,%d", id, bit(b.active)))
				}
			}
			return atengine.Info(lines...)
		},
		Write: func(m *Modem, c *Call) Response {
			change := m.lower
			if c.Int(0) == 1 {
				change = m.raiseAnew
			}
			for _, id := range m.named(c, 1) {
				if err := change(id); err != nil {
					return atengine.Fail(err)
				}
			}
			return Response{}
		},
	},
	&Command{
		Name: "+CGPADDR", Summary: "addresses of PDP contexts", Source: "27.007 10.1.14, family",
		Params: cids(),
		Test:   fmt.Sprintf("+CGPADDR: (1-%d)", maxContexts),
		Exec:   (*Modem).tellAddresses,
		Read:   (*Modem).tellAddresses, // hosts send it, too (field)
		Write:  (*Modem).tellAddresses,
	},
)

// errUp: an older module refuses to activate what is active.
var errUp = errors.New("the bearer is up already")

// raiseAnew is raise for a host that may find the bearer up (quirk cgact-active).
func (m *Modem) raiseAnew(id int) error {
	if m.pdp.bearers[id].active && m.quirks[quirkCGACTAgain] == "error" {
		return errUp
	}
	return m.raise(id)
}

// lower is AT+CGACT=0: the connection goes, and with it what the stack has there.
func (m *Modem) lower(id int) error {
	switch b := &m.pdp.bearers[id]; {
	case b.active:
		m.takeAway(id, "ME", "AT+CGACT=0")
	case b.def == nil:
		return CMEParameters
	}
	return nil
}

// tellAddresses answers AT+CGPADDR. It tells of the connection, whichever layer
// has brought it up; without one there is no address (family).
func (m *Modem) tellAddresses(c *Call) Response {
	quote := `"`
	if m.quirks[quirkCGPADDR] == "bare" {
		quote = ""
	}
	var lines []string
	for _, id := range m.named(c, 0) {
		var line strings.Builder
		fmt.Fprintf(&line, "+CGPADDR: %d", id)
		kind := m.pdp.bearers[id].kind()
		if s := &m.pdp.contexts[id]; !m.pdp.bearers[id].active && s.state == contextActive {
			kind = s.bearer
		}
		for _, a := range m.pdp.addresses(id, kind) {
			line.WriteString("," + quote + dotted(a) + quote)
		}
		lines = append(lines, line.String())
	}
	return atengine.Info(lines...)
}
