package emulator

import (
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
)

// Registration is the module's standing with the network: <stat> of 27.007 7.2.
type Registration uint8

// The registrations that the network may give.
const (
	NotRegistered Registration = 0
	Home          Registration = 1
	Searching     Registration = 2
	Denied        Registration = 3
	Roaming       Registration = 5
)

var registrationWords = words[Registration]{
	{Home, "home"}, {Roaming, "roaming"}, {Searching, "searching"}, {Denied, "denied"}, {NotRegistered, "none"},
}

func (r Registration) String() string { return registrationWords.of(r) }

// MarshalText is String.
func (r Registration) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Registration) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRegistration(string(text))
	return err
}

// ParseRegistration reads home, roaming, searching, denied or none.
func ParseRegistration(word string) (Registration, error) {
	return registrationWords.parse("registration", word)
}

// in reports whether there is service.
func (r Registration) in() bool { return r == Home || r == Roaming }

// registrationNames are the commands that tell of the registration. On LTE all
// three tell the same.
var registrationNames = [3]string{"+CREG", "+CGREG", "+CEREG"}

// fullReport is the <n> with which the place is told, too.
const fullReport = 2

// registrationReport is the registration as a report of kind n has it. The area
// has four digits, the cell as many as it needs (field).
func (m *Modem) registrationReport(n int) string {
	r := &m.radio
	if n != fullReport || !r.stat.in() {
		return fmt.Sprint(uint8(r.stat))
	}
	cell, act := r.place(), fmt.Sprint(actLTE)
	if m.quirks[quirkReportAct] == "100" {
		act = "100"
	}
	return fmt.Sprintf(`%d,"%04X","%X",%s`, r.stat, cell.Area, cell.ID, act)
}

// tellRegistration sends the reports that are on; those of kind n and above.
func (m *Modem) tellRegistration(from int) {
	for i, name := range registrationNames {
		if n := m.radio.reports[i]; n >= from {
			m.urc(name + ": " + m.registrationReport(n))
		}
	}
}

// registration is one of the three commands that tell of it.
func registration(i int, summary, source string) *Command {
	name := registrationNames[i]
	return &Command{
		Name: name, Summary: summary, Source: source,
		Params: []atengine.Param{atengine.Int("n", 0, fullReport)},
		Read: func(m *Modem, _ *Call) Response {
			n := m.radio.reports[i]
			return atengine.Infof("%s: %d,%s", name, n, m.registrationReport(n))
		},
		Write: func(m *Modem, c *Call) Response {
			m.radio.reports[i] = c.Int(0)
			return Response{}
		},
	}
}

var _ = atFactory(func(m *Modem) { m.radio.reports = [3]int{} })

var _ = commands("Network",
	registration(0, "registration, circuit switched", "27.007 7.2"),
	registration(1, "registration, GPRS", "27.007 10.1.20"),
	registration(2, "registration, EPS", "27.007 10.1.22"),
)
