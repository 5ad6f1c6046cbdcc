package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// ussd is the module's side of unstructured supplementary services.
type ussd struct {
	shown int    // AT+CUSD: 1 shows what the network answers
	asked *timer // a request is on its way; nil: none
}

// ussdTime is how long the network takes, on the modem's clock (inferred).
const ussdTime = 1500 * time.Millisecond

// losePower forgets the setting and what was asked.
func (u *ussd) losePower() {
	stopTimer(&u.asked)
	u.shown = 0
}

var _ = commands("SMS", &Command{
	Name: "+CUSD", Summary: "unstructured supplementary service: the network has none, and says so", Source: "27.007 7.15",
	Test: "+CUSD: (0-2)", Max: 120 * time.Second,
	Params: []atengine.Param{
		atengine.Int("n", 0, 2), atengine.Str("str", 1, 4*182).Opt(), atengine.Int("dcs", 0, 255).Opt(),
	},
	Read:  func(m *Modem, _ *Call) Response { return atengine.Infof("+CUSD: %d", m.ussd.shown) },
	Write: (*Modem).askNetwork,
})

// askNetwork is AT+CUSD=: 2 ends what was asked, anything else is kept, and a
// string asks the network. It answers each request with 4, operation not
// supported. Errors: those of the SIM, CMENoService.
func (m *Modem) askNetwork(c *Call) Response {
	if c.Int(0) == 2 {
		stopTimer(&m.ussd.asked)
		return Response{}
	}
	if c.Has(1) {
		if cme := m.simError(); cme != 0 {
			return atengine.Fail(cme)
		}
		if !m.radio.stat.in() {
			return atengine.Fail(CMENoService)
		}
		stopTimer(&m.ussd.asked)
		m.ussd.asked = m.after(ussdTime, func() {
			m.ussd.asked = nil
			if m.ussd.shown == 1 {
				m.urc("+CUSD: 4")
			}
		})
	}
	m.ussd.shown = c.Int(0)
	return Response{}
}
