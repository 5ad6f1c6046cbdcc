package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// Events of the radio; Text is the word of the registration, or the signal.
const (
	RegistrationChanged EventKind = "registration"
	SignalChanged       EventKind = "signal"
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

// radio is the module's place in the mobile network: at home on LTE, with a good
// signal, unless the levers say otherwise.
type radio struct {
	network Registration // what the network gives to one who asks
	stat    Registration // what the module has
	rssi    int          // AT+CSQ: 0-31, -113 dBm + 2 dB each; 99 not known
	area    string       // tracking area, four hex digits
	cell    string       // cell id, hex
	reports [3]int       // n of CREG, CGREG, CEREG
	search  course
}

const (
	actLTE     = 7
	unknown    = 99
	maxRSSI    = 31
	searchTime = 4 * time.Second // on the modem's clock (inferred)
)

// operators are the long names of the networks at home and abroad.
var operators = map[Registration]string{Home: "CHN-UNICOM", Roaming: "CHINA MOBILE"}

func newRadio() radio {
	return radio{network: Home, rssi: 24, area: "550A", cell: "82E8C80"}
}

// losePower is the radio off at once: nobody is told.
func (r *radio) losePower() {
	r.search.cut()
	r.stat = NotRegistered
	r.reports = [3]int{}
}

// SetRegistration is the network taking the module in, or not, from now on, a
// reboot or another SIM included. A module that is up notices at once; one that
// searches when its search is over. A loss of service takes the PDP contexts
// and their clients along, as the network's deactivation does (inferred).
func (l Levers) SetRegistration(r Registration) {
	m := l.m
	m.radio.network = r
	if m.mayRegister() && m.radio.search.steps == nil {
		m.setStat(r)
	}
}

// SetSignal sets what AT+CSQ tells: 0-31, or 99 for a signal that is not known.
// The registration stays as it is. The error is that of another number.
func (l Levers) SetSignal(rssi int) error {
	if (rssi < 0 || rssi > maxRSSI) && rssi != unknown {
		return fmt.Errorf("signal %d: it is 0-%d, or %d", rssi, maxRSSI, unknown)
	}
	changed := rssi != l.m.radio.rssi
	l.m.radio.rssi = rssi
	l.m.event(Event{Kind: SignalChanged, Text: fmt.Sprint(rssi)})
	if changed {
		l.m.signalChanged()
	}
	return nil
}

// mayRegister reports whether the module can ask the network at all.
func (m *Modem) mayRegister() bool {
	return !m.dark() && m.power.function == fullFunction && m.sim.known && m.sim.state == SIMReady
}

// register looks for a network anew, or gives up the one there is.
func (m *Modem) register() {
	r := &m.radio
	if !m.mayRegister() {
		r.search.cut()
		m.setStat(NotRegistered)
		return
	}
	if r.stat != NotRegistered {
		return
	}
	r.search.cut()
	m.setStat(Searching)
	r.search.after(m, searchTime, func() {
		r.search.cut()
		m.setStat(r.network)
	})
}

// setStat changes the registration and tells of it.
func (m *Modem) setStat(stat Registration) {
	r := &m.radio
	if stat == r.stat {
		return
	}
	lost, other := r.stat.in() && !stat.in(), r.stat.in() != stat.in()
	r.stat = stat
	m.event(Event{Kind: RegistrationChanged, Text: stat.String()})
	for i, name := range registrationNames {
		if n := r.reports[i]; n > 0 {
			m.urc(name + ": " + r.words(n))
		}
	}
	if other {
		m.tellTechnology()
	}
	if lost {
		m.dropContexts()
	}
}

// registrationNames are the commands that tell of the registration. On LTE all
// three tell the same.
var registrationNames = [3]string{"+CREG", "+CGREG", "+CEREG"}

// words are the registration as a report of kind n has it.
func (r *radio) words(n int) string {
	if n == 2 && r.stat.in() {
		return fmt.Sprintf(`%d,"%s","%s",%d`, r.stat, r.area, r.cell, actLTE)
	}
	return fmt.Sprintf("%d", r.stat)
}

// registration is one of the three commands that tell of it.
func registration(i int, summary, source string) *Command {
	name := registrationNames[i]
	return &Command{
		Name: name, Summary: summary, Source: source,
		Params: []atengine.Param{atengine.Int("n", 0, 2)},
		Read: func(m *Modem, _ *Call) Response {
			n := m.radio.reports[i]
			return atengine.Infof("%s: %d,%s", name, n, m.radio.words(n))
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
	&Command{
		Name: "+CSQ", Summary: "signal quality", Source: "27.007 8.5, family",
		Test: "+CSQ: (0-31,99),(0-7,99)",
		Exec: func(m *Modem, _ *Call) Response {
			rssi := m.radio.rssi
			if m.power.function != fullFunction {
				rssi = unknown
			}
			return atengine.Infof("+CSQ: %d,99", rssi)
		},
	},
	&Command{
		Name: "+COPS", Summary: "operator: the query form", Source: "27.007 7.3",
		Test: "OK",
		Read: func(m *Modem, _ *Call) Response {
			if !m.radio.stat.in() {
				return atengine.Info("+COPS: 0")
			}
			return atengine.Infof(`+COPS: 0,0,"%s",%d`, operators[m.radio.stat], actLTE)
		},
	},
	&Command{
		Name: "+CGATT", Summary: "attached to packet service: the query form", Source: "27.007 10.1.9",
		Test: "+CGATT: (0,1)",
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+CGATT: %d", bit(m.radio.stat.in()))
		},
	},
)
