package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// SIMChanged is another SIM, none, or one unlocked or blocked; Text is its state.
const SIMChanged EventKind = "sim"

// SIMState is what stands between the module and its SIM.
type SIMState uint8

// The states of a SIM. SIMBlocked is one whose PUK was wrong ten times.
const (
	SIMReady SIMState = iota
	SIMAbsent
	SIMPIN
	SIMPUK
	SIMBlocked
)

var simWords = words[SIMState]{
	{SIMReady, "ready"}, {SIMAbsent, "absent"}, {SIMPIN, "pin"}, {SIMPUK, "puk"}, {SIMBlocked, "blocked"},
}

func (s SIMState) String() string { return simWords.of(s) }

// MarshalText is String.
func (s SIMState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *SIMState) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSIMState(string(text))
	return err
}

// ParseSIMState reads ready, absent, pin, puk or blocked.
func ParseSIMState(word string) (SIMState, error) { return simWords.parse("SIM state", word) }

// Secrets of a SIM, and how often each may be wrong (27.007 8.3, 31.101).
const (
	defaultPIN = "1234"
	defaultPUK = "12345678"
	pinTries   = 3
	pukTries   = 10
)

// sim is the SIM and what the module knows of it.
type sim struct {
	state    SIMState
	pin, puk string
	locks    bool // it asks for its PIN whenever it gets power
	pinLeft  int
	pukLeft  int
	known    bool // the module has looked
	course   course
}

// newSIM is a SIM that asks for nothing. An empty pin is the default one. The
// error is that of a PIN that is not 4 to 8 digits.
func newSIM(pin string) (sim, error) {
	if pin == "" {
		pin = defaultPIN
	}
	if !isPIN(pin) {
		return sim{}, fmt.Errorf("the PIN %q is not 4 to 8 digits", pin)
	}
	return sim{pin: pin, puk: defaultPUK, pinLeft: pinTries, pukLeft: pukTries}, nil
}

func isPIN(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 8
}

// losePower is the SIM without supply: one that was unlocked asks again.
func (s *sim) losePower() {
	s.course.cut()
	s.known = false
	if s.state == SIMReady && s.locks {
		s.state = SIMPIN
	}
}

// simErrors are what a command that needs the SIM answers in its states.
var simErrors = map[SIMState]CME{
	SIMAbsent: CMENoSIM, SIMPIN: CMEPINRequired, SIMPUK: CMEPUKRequired, SIMBlocked: CMESIMFailure,
}

// simError is what stands in the way of a command that needs the SIM; 0: nothing.
func (m *Modem) simError() CME {
	switch {
	case !simPowered(m.power.function):
		return CMESIMFailure
	case !m.sim.known:
		return CMESIMBusy
	}
	return simErrors[m.sim.state]
}

// SetSIM exchanges the SIM, or takes it out, as by hand while the module runs:
// the host is told with +CPIN URCs, and without a SIM that is ready the module
// loses the network. With SIMPIN the new one asks for its PIN at each boot,
// with SIMReady for none.
func (l Levers) SetSIM(state SIMState) {
	m, s := l.m, &l.m.sim
	s.locks = state == SIMPIN || state == SIMPUK
	if s.state == state {
		return
	}
	s.state = state
	s.pinLeft, s.pukLeft = pinTries, pukTries
	switch state {
	case SIMPUK:
		s.pinLeft = 0
	case SIMBlocked:
		s.pinLeft, s.pukLeft = 0, 0
	}
	m.event(Event{Kind: SIMChanged, Text: state.String()})
	if !s.known {
		return // the module will see when it looks
	}
	s.course.cut()
	if state == SIMAbsent {
		m.urc("+CPIN: NOT READY")
		m.register()
		return
	}
	m.readSIM()
}

// simTexts are what the module tells of its SIM by itself.
var simTexts = map[SIMState]string{
	SIMReady: "READY", SIMAbsent: "NOT INSERTED", SIMPIN: "SIM PIN", SIMPUK: "SIM PUK", SIMBlocked: "NOT READY",
}

// readSIM tells what SIM there is, and reads one that is ready: the last word of
// a boot, of an unlocking, of an insertion.
func (m *Modem) readSIM() {
	s := &m.sim
	if !simPowered(m.power.function) {
		return // it has no supply
	}
	s.known = true
	s.course.cut()
	m.urc("+CPIN: " + simTexts[s.state])
	m.register()
	if s.state != SIMReady {
		return
	}
	first, second := func() { m.urc("+QIND: SMS DONE") }, m.bookDone
	if m.quirks[quirkDoneOrder] == "pb-sms" {
		first, second = second, first
	}
	var at time.Duration
	for _, step := range []struct {
		after time.Duration
		tell  func()
	}{{toUSIM, func() { m.urc("+QUSIM: 1") }}, {toMessages, first}, {toBook, second}} {
		at += step.after
		s.course.after(m, at, step.tell)
	}
}

var pinParam = atengine.Str("pin", 1, 8).Bare()

var _ = commands("SIM", &Command{
	Name: "+CPIN", Summary: "SIM state, and its PIN or PUK", Source: "27.007 8.3, family", Max: 5 * time.Second,
	Test:   "OK",
	Params: []atengine.Param{pinParam, atengine.Str("newpin", 1, 8).Bare().Opt()},
	Read: func(m *Modem, _ *Call) Response {
		switch cme := m.simError(); cme {
		case 0, CMEPINRequired, CMEPUKRequired:
			return atengine.Info("+CPIN: " + simTexts[m.sim.state])
		default:
			return atengine.Fail(cme)
		}
	},
	Write: (*Modem).enterPIN,
})

// enterPIN unlocks the SIM: with the PIN, or after three wrong ones with the PUK
// and a new PIN. Ten wrong PUKs are the SIM's end.
func (m *Modem) enterPIN(c *Call) Response {
	s := &m.sim
	old := s.state
	cme := m.simError()
	switch cme {
	case 0:
		cme = CMENotAllowed // nothing is asked for
	case CMEPINRequired:
		cme = s.tryPIN(c)
	case CMEPUKRequired:
		cme = s.tryPUK(c)
	}
	if s.state != old {
		m.event(Event{Kind: SIMChanged, Text: s.state.String()})
	}
	if cme != 0 {
		return atengine.Fail(cme)
	}
	m.readSIM()
	return Response{}
}

// tryPIN and tryPUK are 0 when the SIM is unlocked.
func (s *sim) tryPIN(c *Call) CME {
	switch {
	case c.Has(1):
		return CMENotAllowed // a new PIN goes with the PUK
	case c.Text(0) == s.pin:
		s.state, s.pinLeft = SIMReady, pinTries
		return 0
	}
	if s.pinLeft--; s.pinLeft == 0 {
		s.state = SIMPUK
	}
	return CMEWrongPassword
}

func (s *sim) tryPUK(c *Call) CME {
	switch {
	case !c.Has(1):
		return CMEPUKRequired
	case c.Text(0) != s.puk:
		if s.pukLeft--; s.pukLeft == 0 {
			s.state = SIMBlocked
		}
		return CMEWrongPassword
	case !isPIN(c.Text(1)):
		return CMEWrongPassword
	}
	s.state, s.pin = SIMReady, c.Text(1)
	s.pinLeft, s.pukLeft = pinTries, pukTries
	return 0
}
