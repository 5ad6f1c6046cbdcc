package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// Secrets of a SIM, and how often each may be wrong (27.007 8.3, 31.101).
const (
	defaultPIN  = "1234"
	defaultPUK  = "12345678"
	defaultPIN2 = "5678"
	defaultPUK2 = "87654321"
	pinTries    = 3
	pukTries    = 10
)

// secret is a PIN of the SIM, with what unblocks it when it was wrong too often.
type secret struct {
	code, unblock  string
	left, unblocks int // tries of each
}

func newSecret(code, unblock string) secret {
	return secret{code: code, unblock: unblock, left: pinTries, unblocks: pukTries}
}

// try reports whether code is right. A wrong one costs a try, a right one gives
// all of them back. Without a try that is left nothing is right.
func (s *secret) try(code string) bool {
	switch {
	case s.left == 0:
		return false
	case code == s.code:
		s.left = pinTries
		return true
	}
	s.left--
	return false
}

// release unblocks the secret with its PUK and gives it a new code.
func (s *secret) release(puk, code string) bool {
	switch {
	case s.unblocks == 0:
		return false
	case puk != s.unblock:
		s.unblocks--
		return false
	}
	*s = newSecret(code, s.unblock)
	return true
}

func isPIN(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 8
}

// The facilities that have a secret (27.007 7.4).
const (
	facilitySIM  = "SC" // the SIM's PIN
	facilityPIN2 = "P2"
)

// codeTime is the longest that a command with a PIN takes (family).
const codeTime = 5 * time.Second

var pinParam = atengine.Str("pin", 1, 8).Bare()

var _ = commands("SIM",
	&Command{
		Name: "+CPIN", Summary: "SIM state, and its PIN or PUK", Source: "27.007 8.3, family", Max: codeTime,
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
	},
	&Command{
		Name: "+CLCK", Summary: `facility lock: "SC", whether the SIM asks for its PIN; others are refused`,
		Source: "27.007 7.4, family", Max: codeTime,
		Test: `+CLCK: ("SC")`,
		Params: []atengine.Param{
			atengine.Str("fac", 2, 2), atengine.Int("mode", 0, 2),
			atengine.Str("passwd", 1, 8).Bare().Opt(), atengine.Int("class", 1, 255).Opt(),
		},
		Write: (*Modem).lockFacility,
	},
	&Command{
		Name: "+CPWD", Summary: `change a password: "SC", the PIN, and "P2", PIN2; others are refused`,
		Source: "27.007 7.5", Max: codeTime,
		Test: `+CPWD: ("SC",8),("P2",8)`,
		Params: []atengine.Param{
			atengine.Str("fac", 2, 2), atengine.Str("oldpwd", 1, 8).Bare(), atengine.Str("newpwd", 1, 8).Bare(),
		},
		Write: (*Modem).changePassword,
	},
	&Command{
		Name: "+QPINC", Summary: "tries that the PINs and their PUKs have left", Source: "family",
		Test:   `+QPINC: ("SC","P2")`,
		Params: []atengine.Param{atengine.Str("facility", 2, 2)},
		Read:   func(m *Modem, _ *Call) Response { return m.tellTries(facilitySIM, facilityPIN2) },
		Write: func(m *Modem, c *Call) Response {
			if m.sim.secretOf(c.Text(0)) == nil {
				return c.Refuse(0, "is neither SC nor P2")
			}
			return m.tellTries(c.Text(0))
		},
	},
)

// secretOf is the secret of a facility; nil: it has none.
func (s *sim) secretOf(facility string) *secret {
	switch facility {
	case facilitySIM:
		return &s.pin
	case facilityPIN2:
		return &s.pin2
	}
	return nil
}

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
		cme = s.unlock(c)
	case CMEPUKRequired:
		cme = s.unblock(c)
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

// unlock and unblock are 0 when the SIM is unlocked.
func (s *sim) unlock(c *Call) CME {
	switch {
	case c.Has(1):
		return CMENotAllowed // a new PIN goes with the PUK
	case s.pin.try(c.Text(0)):
		s.state = SIMReady
		return 0
	}
	if s.pin.left == 0 {
		s.state = SIMPUK
	}
	return CMEWrongPassword
}

func (s *sim) unblock(c *Call) CME {
	switch {
	case !c.Has(1):
		return CMEPUKRequired
	case c.Text(0) == s.pin.unblock && !isPIN(c.Text(1)):
		return CMEWrongPassword
	case s.pin.release(c.Text(0), c.Text(1)):
		s.state = SIMReady
		return 0
	}
	if s.pin.unblocks == 0 {
		s.state = SIMBlocked
	}
	return CMEWrongPassword
}

// verify is 0 when code is the PIN of a SIM that is unlocked. The third wrong one
// blocks the SIM, as at AT+CPIN.
func (m *Modem) verify(code string) CME {
	s := &m.sim
	if s.pin.try(code) {
		return 0
	}
	if s.pin.left == 0 {
		s.state = SIMPUK
		m.event(Event{Kind: SIMChanged, Text: s.state.String()})
		m.readSIM()
	}
	return CMEWrongPassword
}

// lockFacility asks (mode 2) or decides (0, 1) whether the SIM asks for its PIN.
// That it does already what is wanted is not allowed: a SIM cannot enable what is
// enabled (31.101 11.1.11, inferred for the module).
func (m *Modem) lockFacility(c *Call) Response {
	s := &m.sim
	if c.Text(0) != facilitySIM {
		return atengine.Fail(CMENotSupported)
	}
	if cme := m.simError(); cme != 0 {
		return atengine.Fail(cme)
	}
	if c.Int(1) == 2 {
		return atengine.Infof("+CLCK: %d", bit(s.locks))
	}
	lock := c.Int(1) == 1
	switch {
	case !c.Has(2):
		return c.Refuse(2, "is missing")
	case lock == s.locks:
		return atengine.Fail(CMENotAllowed)
	}
	if cme := m.verify(c.Text(2)); cme != 0 {
		return atengine.Fail(cme)
	}
	s.locks = lock
	return Response{}
}

// changePassword exchanges the PIN of a SIM that asks for it (31.101 11.1.10), or
// PIN2.
func (m *Modem) changePassword(c *Call) Response {
	s := &m.sim
	which := s.secretOf(c.Text(0))
	if which == nil {
		return atengine.Fail(CMENotSupported)
	}
	cme := m.simError()
	switch {
	case cme != 0:
	case which == &s.pin && !s.locks:
		cme = CMENotAllowed
	case which == &s.pin2 && s.pin2.left == 0:
		cme = CMEPUK2Required
	case !isPIN(c.Text(2)):
		cme = CMEWrongPassword
	case which == &s.pin:
		cme = m.verify(c.Text(1))
	case !which.try(c.Text(1)):
		cme = CMEWrongPassword
	}
	if cme != 0 {
		return atengine.Fail(cme)
	}
	which.code = c.Text(2)
	return Response{}
}

// tellTries tells how often each may still be wrong, and its PUK. A SIM that
// waits for a code tells it, too.
func (m *Modem) tellTries(facilities ...string) Response {
	switch cme := m.simError(); cme {
	case 0, CMEPINRequired, CMEPUKRequired:
	default:
		return atengine.Fail(cme)
	}
	lines := make([]string, len(facilities))
	for i, f := range facilities {
		s := m.sim.secretOf(f)
		lines[i] = fmt.Sprintf(`+QPINC: "%s",%d,%d`, f, s.left, s.unblocks)
	}
	return atengine.Info(lines...)
}
