package fault

import (
	"github.com/quectel-sim/qsim/emulator"
)

// Kind is what sort of thing a Moment is.
type Kind uint8

// The kinds of moments.
const (
	Given    Kind = iota // a command is about to run, or to be refused
	Answered             // a command has its result
	Lined                // a command line is complete
	Happened             // an event of the modem
	Timed                // a time has come
)

// Moment is something that happens on a modem, which triggers are held against.
// It is valid during the call that it is given to.
type Moment struct {
	Kind     Kind
	Port     string         // that the host used, or that the event concerns
	Call     *emulator.Call // of Given and Answered
	Result   string         // of Answered: OK, SEND FAIL, +CME ERROR: 405
	Body     []byte         // of Lined: what followed AT
	Commands int            // of Lined: how many
	Event    emulator.Event // of Happened
}

// client is the SSL client or socket that the moment is about; ok is false when
// it is about none.
func (m *Moment) client() (id int, ok bool) {
	switch m.Kind {
	case Given, Answered:
		return number(m.Call, clientParams...)
	case Happened:
		if m.Event.Kind.OfClient() {
			return m.Event.Client, true
		}
	}
	return 0, false
}

// context is the PDP context that the moment is about; ok is false when it names
// none.
func (m *Moment) context() (id int, ok bool) {
	switch m.Kind {
	case Given, Answered:
		return number(m.Call, "pdp_ctxID", "contextID")
	case Happened:
		if k := m.Event.Kind; k == emulator.PDPActivated || k == emulator.PDPReleased {
			return m.Event.Client, true
		}
	}
	return 0, false
}

// clientParams are what the manuals call the id of an SSL client, and of a socket.
var clientParams = []string{"clientID", "connectID"}

// number is the first of the named parameters that the call has.
func number(c *emulator.Call, names ...string) (int, bool) {
	for _, name := range names {
		if text, ok := c.Arg(name); ok {
			n := 0
			for _, d := range []byte(text) {
				if d < '0' || d > '9' {
					return 0, false
				}
				n = n*10 + int(d-'0')
			}
			return n, true
		}
	}
	return 0, false
}
