package emulator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
)

// DropDTR is the DTR signal of a port falling for a moment, as a host's hang-up
// lets it; "" is the first port. AT&D says what becomes of a connection that has
// the port (seed 1.4, ruling 26), and of a data call that the host has left with
// +++. The error is that of a port there is none of.
func (l Levers) DropDTR(port string) error {
	p, err := l.m.portCalled(port)
	if err != nil {
		return err
	}
	l.m.note(p, "DTR dropped")
	p.line.DTRDrop()
	l.m.dtrDropped(p)
	return nil
}

// SetDTR switches the DTR signal of a port, "" for the first, for good: a host
// that has the device open has it on, and one that opens it switches it on. Off,
// it drops as DropDTR has it, and AT+QSCLK=1 lets the port sleep. The error is
// that of a port there is none of.
func (l Levers) SetDTR(port string, on bool) error {
	p, err := l.m.portCalled(port)
	switch {
	case err != nil:
		return err
	case on:
		p.dtrOff = false
		return nil
	}
	p.dtrOff = true
	return l.DropDTR(p.name)
}

// portCalled is the port of that name, or the first one for "".
func (m *Modem) portCalled(name string) (*port, error) {
	var names []string
	for _, p := range m.ports {
		if name == "" || p.name == name {
			return p, nil
		}
		names = append(names, p.name)
	}
	if len(names) == 0 {
		return nil, errors.New("the modem has no port yet")
	}
	return nil, fmt.Errorf("there is no port %q: there is %s", name, strings.Join(names, ", "))
}

var _ = commands("Power", &Command{
	Name: "+QSCLK", Summary: "sleep: a port is deaf while its DTR is off, which on a PTY only qsim ctl dtr off can do", Source: "family",
	Params: []atengine.Param{atengine.Int("n", 0, 1)},
	Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+QSCLK: %d", bit(m.power.sleep)) },
	Write: func(m *Modem, c *Call) Response {
		m.power.sleep = c.Int(0) == 1
		return Response{}
	},
})
