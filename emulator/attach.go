package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("Network", &Command{
	Name: "+CGATT", Summary: "attach to the packet service, detach from it", Source: "27.007 10.1.9, family", Max: 140 * time.Second,
	Params: []atengine.Param{atengine.Int("state", 0, 1)},
	Read: func(m *Modem, _ *Call) Response {
		return atengine.Infof("+CGATT: %d", bit(m.radio.stat.in()))
	},
	Write: (*Modem).attach,
})

// attach takes the module into the packet service or out of it. LTE has nothing
// else: a module that is detached is not registered, has no PDP contexts, and
// stays so until it is told otherwise or its radio comes on anew (24.301 5.5.2;
// that AT+CREG says so, too, is inferred).
func (m *Modem) attach(c *Call) Response {
	r := &m.radio
	if c.Int(0) == 0 {
		r.detached = true
		m.register()
		return Response{}
	}
	if err := m.mayLook(); err != nil {
		return atengine.Fail(err)
	}
	switch {
	case r.stat.in():
		return Response{}
	case r.selection.mode == leaveOperator:
		return atengine.Fail(CMENoService)
	}
	r.detached = false
	answer, done := c.Wait()
	m.look(func(stat Registration) { done.Finish(registered(stat)) })
	return answer
}
