package emulator

import (
	"slices"
	"time"
)

// RegistrationChanged is another place in the network; Text is its word.
const RegistrationChanged EventKind = "registration"

// radio is the module's place in the mobile network: at home on LTE, with a good
// signal, unless the levers say otherwise. What the network is like outlives the
// module's power; what the module asked of it does not.
type radio struct {
	network      Registration // what the network gives to one who asks
	home, abroad Cell         // that serve at home and when roaming
	rssi         int          // AT+CSQ: 0-31, -113 dBm + 2 dB each; 99 not known
	walk         *walk        // what moves rssi; nil: nothing

	stat      Registration // what the module has
	selection selection    // AT+COPS
	detached  bool         // AT+CGATT=0
	reports   [3]int       // n of CREG, CGREG, CEREG
	traffic   time.Time    // when data last passed, on the modem's clock
	search    search
	scan      scan
}

const (
	actLTE     = 7
	unknown    = 99
	searchTime = 4 * time.Second // on the modem's clock (inferred)
)

// search is the module looking for the network that it is to be in.
type search struct {
	course
	waiting []func(Registration) // to be told what comes of it
}

func newRadio() radio {
	return radio{network: Home, rssi: 24, home: homeCell, abroad: roamingCell}
}

// losePower is the radio off at once: nobody is told.
func (r *radio) losePower() {
	r.search.cut()
	r.scan.cut()
	r.search.waiting, r.scan.waiting = nil, nil
	r.stat, r.selection, r.detached = NotRegistered, selection{}, false
	r.reports = [3]int{}
	r.traffic = time.Time{}
}

// SetRegistration is the network taking the module in, or not, from now on, a
// reboot or another SIM included. A module that is up notices at once; one that
// searches when its search is over. A loss of service takes the PDP contexts
// and their clients along, as the network's deactivation does (inferred).
func (l Levers) SetRegistration(r Registration) {
	m := l.m
	m.radio.network = r
	if m.mayRegister() && m.radio.search.steps == nil {
		m.setStat(m.radio.outcome())
	}
}

// mayRegister reports whether the module can ask the network at all.
func (m *Modem) mayRegister() bool {
	return !m.dark() && m.power.function == fullFunction && m.simError() == 0
}

// outcome is what the network makes of the module, which asks for the operator
// that AT+COPS chose, or not at all.
func (r *radio) outcome() Registration {
	switch {
	case r.selection.mode == leaveOperator || r.detached:
		return NotRegistered
	case r.selection.mode == anyOperator:
		return r.network
	}
	offers := r.offers()
	i := slices.IndexFunc(offers, func(o offer) bool { return o.PLMN == r.selection.plmn })
	switch {
	case i < 0:
		return Searching // it is not there
	case offers[i].stat == offerForbidden:
		return Denied
	}
	return r.network
}

// register looks for a network anew, or gives up the one there is.
func (m *Modem) register() {
	r := &m.radio
	if !m.mayRegister() {
		r.detached = false // with the radio, or the SIM, it attaches anew
	}
	if !m.mayRegister() || r.selection.mode == leaveOperator || r.detached {
		r.search.cut()
		m.setStat(NotRegistered)
		m.searched()
		return
	}
	if r.stat == NotRegistered {
		m.look(nil)
	}
}

// look has the module search, and tells done what comes of it: the registration
// when the search is over, or given up.
func (m *Modem) look(done func(Registration)) {
	r := &m.radio
	r.search.cut()
	if done != nil {
		r.search.waiting = append(r.search.waiting, done)
	}
	m.setStat(Searching)
	r.search.after(m, searchTime, func() {
		r.search.cut()
		m.setStat(r.outcome())
		m.searched()
	})
}

// searched tells those who wait for the search.
func (m *Modem) searched() {
	waiting := m.radio.search.waiting
	m.radio.search.waiting = nil
	for _, done := range waiting {
		done(m.radio.stat)
	}
}

// setStat changes the registration and tells of it.
func (m *Modem) setStat(stat Registration) {
	r := &m.radio
	if stat == r.stat {
		return
	}
	lost, found := r.stat.in() && !stat.in(), !r.stat.in() && stat.in()
	r.stat = stat
	m.event(Event{Kind: RegistrationChanged, Text: stat.String()})
	m.tellRegistration(1)
	if lost || found {
		m.tellTechnology()
	}
	switch {
	case lost:
		m.nitz.silence()
		m.dropContexts()
	case found:
		m.attached()
		m.awaitTime()
	}
	m.offerMessages()
}
