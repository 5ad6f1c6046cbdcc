package emulator

import (
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
)

// simSlot is what the module was told to do about the slot of its SIM. It is
// stored at once (family).
type simSlot struct {
	detect bool // AT+QSIMDET: it notices what is put in and taken out
	level  int  // AT+QSIMDET: the detection pin's level with a SIM in the slot
	report bool // AT+QSIMSTAT: it tells of that with a URC
}

// load takes over what was stored.
func (l *simSlot) load(s *storedSlot) {
	*l = simSlot{}
	if s != nil {
		*l = simSlot{detect: s.Detect, level: s.Level, report: s.Report}
	}
}

// storedSlot is simSlot as it lies beside the files.
type storedSlot struct {
	Detect bool `json:"QSIMDET"`
	Level  int  `json:"level"`
	Report bool `json:"QSIMSTAT"`
}

// setSlot changes and stores what the module does about its slot.
func (m *Modem) setSlot(to simSlot) Response {
	err := m.store(func(s *stored) {
		s.Slot = &storedSlot{Detect: to.detect, Level: to.level, Report: to.report}
	})
	if err != nil {
		return atengine.Fail(err)
	}
	m.slot = to
	return Response{}
}

// Whether there is a SIM, as AT+QSIMSTAT tells it (family).
const (
	slotEmpty   = 0
	slotTaken   = 1
	slotUnknown = 2 // the module has not looked yet
)

// slotState is what the module knows of its slot.
func (m *Modem) slotState() int {
	switch {
	case !m.sim.known:
		return slotUnknown
	case m.sim.present():
		return slotTaken
	}
	return slotEmpty
}

// reportSlot tells that a SIM was put in or taken out, if the module can notice
// and is to tell. It comes before what follows from that (family).
func (m *Modem) reportSlot() {
	if m.slot.detect && m.slot.report {
		m.urc(fmt.Sprintf("+QSIMSTAT: 1,%d", m.slotState()))
	}
}

// findSIM is a SIM noticed in the slot that was empty.
func (m *Modem) findSIM() {
	m.sim.unseen = false
	m.reportSlot()
	m.readSIM()
}

var _ = commands("SIM",
	&Command{
		Name: "+QSIMDET", Summary: "SIM detection: there is no pin, so its level is stored and told",
		Source: "family",
		Params: []atengine.Param{atengine.Int("detection", 0, 1), atengine.Int("level", 0, 1)},
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+QSIMDET: %d,%d", bit(m.slot.detect), m.slot.level)
		},
		Write: func(m *Modem, c *Call) Response {
			to := m.slot
			to.detect, to.level = c.Int(0) == 1, c.Int(1)
			r := m.setSlot(to)
			if r.Err == nil && to.detect && m.sim.unseen {
				m.findSIM()
			}
			return r
		},
	},
	&Command{
		Name: "+QSIMSTAT", Summary: "whether there is a SIM, and reports of it", Source: "family",
		Params: []atengine.Param{atengine.Int("enable", 0, 1)},
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+QSIMSTAT: %d,%d", bit(m.slot.report), m.slotState())
		},
		Write: func(m *Modem, c *Call) Response {
			to := m.slot
			to.report = c.Int(0) == 1
			return m.setSlot(to)
		},
	},
	&Command{
		Name: "+QINISTAT", Summary: "how far the SIM has been read (1 itself, 2 messages, 4 phone book)", Source: "family",
		Test: "+QINISTAT: (0-7)",
		Exec: func(m *Modem, _ *Call) Response { return atengine.Infof("+QINISTAT: %d", m.sim.read) },
	},
)
