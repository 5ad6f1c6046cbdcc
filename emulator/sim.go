package emulator

import (
	"fmt"
	"time"
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

// sim is the SIM in the slot and what the module knows of it.
type sim struct {
	state  SIMState
	pin    secret
	pin2   secret
	locks  bool // it asks for its PIN whenever it gets power
	known  bool // the module has looked
	unseen bool // it was put in and nothing told the module: it has none
	read   int  // how far it has been read: what AT+QINISTAT tells
	course course
}

// What of a SIM has been read, as AT+QINISTAT adds it up (family).
const (
	readCard     = 1
	readMessages = 2
	readBook     = 4
	readAll      = readCard | readMessages | readBook
)

// newSIM is a SIM that asks for nothing. An empty pin is the default one. The
// error is that of a PIN that is not 4 to 8 digits.
func newSIM(pin string) (sim, error) {
	if pin == "" {
		pin = defaultPIN
	}
	if !isPIN(pin) {
		return sim{}, fmt.Errorf("the PIN %q is not 4 to 8 digits", pin)
	}
	return sim{pin: newSecret(pin, defaultPUK), pin2: newSecret(defaultPIN2, defaultPUK2)}, nil
}

// losePower is the SIM without supply: one that was unlocked asks again.
func (s *sim) losePower() {
	s.course.cut()
	s.known, s.unseen, s.read = false, false, 0
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
	case m.sim.unseen:
		return CMENoSIM
	}
	return simErrors[m.sim.state]
}

// bookError is what stands in the way of a command that needs what the SIM keeps
// beside itself, its own number and its phone book; 0: nothing.
func (m *Modem) bookError() CME {
	if cme := m.simError(); cme != 0 {
		return cme
	}
	if m.sim.read&readBook == 0 {
		return CMESIMBusy
	}
	return 0
}

// SetSIM exchanges the SIM, or takes it out, as by hand while the module runs.
// Without a SIM that is ready the module loses the network. With SIMPIN the new
// one asks for its PIN at each boot, with SIMReady for none.
//
// With AT+QSIMDET=1 the host is told. Without, nothing tells the module of a
// slot: a SIM that is gone is missed in silence, and one that is put into an
// empty slot is not found until the SIM gets its supply anew, by AT+CFUN=0 and 1
// or a boot (inferred). A SIM that changes in its place is told of always: it
// answers otherwise than before.
func (l Levers) SetSIM(state SIMState) {
	m, s := l.m, &l.m.sim
	s.locks = state == SIMPIN || state == SIMPUK
	if s.state == state {
		return
	}
	was := s.state
	s.state = state
	s.pin.left, s.pin.unblocks = pinTries, pukTries
	s.pin2.left, s.pin2.unblocks = pinTries, pukTries
	switch state {
	case SIMPUK:
		s.pin.left = 0
	case SIMBlocked:
		s.pin.left, s.pin.unblocks = 0, 0
	}
	m.event(Event{Kind: SIMChanged, Text: state.String()})
	if !s.known {
		return // the module will see when it looks
	}
	s.course.cut()
	s.read = 0
	switch {
	case state == SIMAbsent:
		s.unseen = false
		m.reportSlot()
		if m.slot.detect {
			m.urc("+CPIN: NOT READY")
		}
		m.register()
	case was != SIMAbsent && !s.unseen:
		m.readSIM()
	case m.slot.detect:
		m.findSIM()
	default:
		s.unseen = true
	}
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
	s.known, s.unseen, s.read = true, false, 0
	s.course.cut()
	m.urc("+CPIN: " + simTexts[s.state])
	m.register()
	if s.state != SIMReady {
		return
	}
	s.read = readCard
	messages := func() {
		s.read |= readMessages
		m.messagesDone()
		m.offerMessages()
	}
	book := func() {
		s.read |= readBook
		m.bookDone()
	}
	if m.quirks[quirkDoneOrder] == "pb-sms" {
		messages, book = book, messages
	}
	var at time.Duration
	for _, step := range []struct {
		after time.Duration
		done  func()
	}{{toUSIM, func() { m.urc("+QUSIM: 1") }}, {toMessages, messages}, {toBook, book}} {
		at += step.after
		s.course.after(m, at, step.done)
	}
}

// present reports whether the module has a SIM, whatever state it is in.
func (s *sim) present() bool { return s.known && !s.unseen && s.state != SIMAbsent }
