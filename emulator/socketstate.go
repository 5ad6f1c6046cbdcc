package emulator

import (
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("TCP/IP", &Command{
	Name: "+QISTATE", Summary: "state of the sockets", Class: classStack, Test: "OK",
	Source: "family, ruling 17",
	Params: []atengine.Param{atengine.Int("query_type", 0, 1), atengine.Int("id", 0, maxContexts)},
	Exec:   socketStates,
	Read:   socketStates,
	Write: func(m *Modem, c *Call) Response {
		id := c.Int(1)
		if c.Int(0) == 1 {
			if id >= maxEndpoints {
				return c.Refuse(1, "is no connectID")
			}
			return m.socketLines(func(e *endpoint) bool { return e.id == id })
		}
		if id == 0 {
			return c.Refuse(1, "is no contextID")
		}
		return m.socketLines(func(e *endpoint) bool { return e.pdp == id })
	},
})

func socketStates(m *Modem, _ *Call) Response {
	return m.socketLines(func(*endpoint) bool { return true })
}

// socketLines are the lines of those sockets that are meant.
func (m *Modem) socketLines(meant func(*endpoint) bool) Response {
	var lines []string
	for e := range m.ends.all {
		if s, ok := socketOf(e); ok && meant(e) {
			lines = append(lines, s.stateLine(e))
		}
	}
	return atengine.Info(lines...)
}

// stateLine is the socket's line of AT+QISTATE.
func (s socket) stateLine(e *endpoint) string {
	return fmt.Sprintf(`+QISTATE: %d,"%s",%s,%d,%d,%d,%d,"%s"`,
		e.id, serviceWords.of(s.service), e.addresses(), e.state, e.pdp, s.server, e.mode, e.portName())
}
