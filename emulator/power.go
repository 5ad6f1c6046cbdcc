package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// Events of the power.
const (
	Booted     EventKind = "boot"      // a boot begins; Text is why
	PoweredOff EventKind = "power.off" // the module is off
)

// Phase is how far the module has come since it got power.
type Phase uint8

// The phases. Up to PhaseBooting the module is deaf and silent.
const (
	PhaseOff      Phase = iota // no power
	PhaseWaiting               // cold: boots when the first host opens (ruling 22)
	PhaseBooting               // before RDY
	PhaseStarting              // takes commands, the SIM is being read
	PhaseReady
)

var phaseWords = words[Phase]{
	{PhaseOff, "off"}, {PhaseWaiting, "waiting"}, {PhaseBooting, "booting"}, {PhaseStarting, "starting"}, {PhaseReady, "ready"},
}

func (p Phase) String() string { return phaseWords.of(p) }

// MarshalText is String.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Phase) UnmarshalText(text []byte) (err error) {
	*p, err = phaseWords.parse("phase", string(text))
	return err
}

// power is the module's supply and what it does when it comes.
type power struct {
	phase    Phase
	function int           // AT+CFUN: 0, 1, 3, 4, 5
	sleep    bool          // AT+QSCLK: a port whose DTR is off sleeps
	rdy      time.Duration // from power to RDY
	start    time.Time     // what the RTC shows at the next boot
	boots    int           // how often power was lost: what was begun before is void
	up, down course        // a boot, and the way to the next one or to the end
}

// dark reports whether the module is deaf and silent.
func (m *Modem) dark() bool { return m.power.phase < PhaseStarting }

// Reboot restarts the module, as AT+CFUN=1,1 or a watchdog does: all that is not
// stored is lost without a word, connections are cut, and nothing is heard or
// said until RDY. A module that is off or waits for its first host boots, too.
func (l Levers) Reboot() {
	l.m.losePower("the module reboots")
	l.m.boot("reboot")
}

// PowerOff takes the power away: everything is lost that is not stored, and the
// module is deaf and silent until PowerOn or Reboot.
func (l Levers) PowerOff() {
	if l.m.power.phase == PhaseOff {
		return
	}
	l.m.losePower("the module is off")
	l.m.power.phase = PhaseOff
	l.m.event(Event{Kind: PoweredOff})
}

// PowerOn boots a module that is off, or that waits for its first host.
func (l Levers) PowerOn() {
	if p := l.m.power.phase; p == PhaseOff || p == PhaseWaiting {
		l.m.boot("power on")
	}
}

// losePower forgets all that is not stored: the line settings that AT&W has not
// saved, contexts, clients, open files, the clock, the SIM's unlocking. Nobody is
// told.
func (m *Modem) losePower(reason string) {
	m.power.boots++
	m.power.up.cut()
	m.power.down.cut()
	m.power.function, m.power.sleep = fullFunction, false
	m.sim.losePower()
	m.book.losePower()
	m.sms.losePower()
	m.ussd.losePower()
	m.radio.losePower()
	m.nitz.losePower()
	if err := m.loadSettings(); err != nil {
		m.log.Error("the stored settings are lost", "error", err)
	}
	for _, p := range m.ports {
		p.line.Reset(m.serial.line)
		p.resume = nil
		p.forget()
	}
	m.ends.losePower(reason)
	m.ssl.init()
	m.tcp.losePower()
	m.pdp.losePower(func(id int) { m.event(Event{Kind: PDPReleased, Client: id, Text: reason}) })
	m.errands.losePower()
	m.voice = voice{}
	m.handles.losePower()
	m.clearRAM()
	m.result = resultStore{}
}

// forget drops what the module has not got out of the door and not heard yet. A
// hang that held it back is over.
func (a *port) forget() {
	if a.bentOut.drop() {
		a.m.note(a, "the module lost power: output that was held back is lost")
	}
	a.bentIn.drop()
	a.whenDone, a.late, a.lateDue = nil, nil, time.Time{}
	a.m.later(func() { // this may be in the midst of bytes that the reader lent
		a.consume() // drops what waits for the line
		a.readOn()
	})
}

// deaf is why nothing is heard by this port; "": it hears.
func (a *port) deaf() string {
	switch {
	case a.m.dark():
		return a.m.power.phase.String()
	case a.m.power.sleep && a.dtrOff:
		return "asleep"
	}
	return ""
}

// ignore drops n bytes that a host sent to a module that does not hear.
func (a *port) ignore(n int, why string) {
	a.m.note(a, fmt.Sprintf("the module is %s: %d bytes from the host are dropped", why, n))
}

// The levels of AT+CFUN.
const (
	noFunction   = 0 // neither radio nor SIM
	fullFunction = 1
	noReceiver   = 3
	airplane     = 4 // no radio
	noSIM        = 5
)

// simPowered reports whether the SIM has its supply at a level.
func simPowered(level int) bool { return level != noFunction && level != noSIM }

// Times of the way down, on the modem's clock. The family's manual gives 60 s
// as the most; how long a module takes is inferred.
const (
	powerDownTime   = 3 * time.Second
	powerDownAtOnce = 500 * time.Millisecond // AT+QPOWD=0
	poweredDownURC  = "POWERED DOWN"
	restartTime     = 100 * time.Millisecond // from the OK of AT+CFUN=1,1 on
)

var _ = commands("Power",
	&Command{
		Name: "+CFUN", Summary: "level of function, and a reboot", Source: "27.007 8.2, family", Max: 15 * time.Second,
		Plain: true,
		Params: []atengine.Param{
			atengine.OneOf("fun", noFunction, fullFunction, noReceiver, airplane, noSIM),
			atengine.Int("rst", 0, 1).Or(0),
		},
		Read: func(m *Modem, _ *Call) Response { return atengine.Infof("+CFUN: %d", m.power.function) },
		Write: func(m *Modem, c *Call) Response {
			if c.Int(1) == 0 {
				m.setFunction(c.Int(0))
				return Response{}
			}
			if c.Int(0) != fullFunction {
				return c.Refuse(1, "goes with <fun> 1 only")
			}
			m.fromNowOn(restartTime, func() { m.Levers().Reboot() })
			return Response{}
		},
	},
	&Command{
		Name: "+QPOWD", Summary: "power down", Source: "family",
		Params: []atengine.Param{atengine.Int("n", 0, 1).Or(1)},
		Test:   "+QPOWD: (0,1)",
		Exec: func(m *Modem, _ *Call) Response {
			m.powerDown(powerDownTime)
			return Response{}
		},
		Write: func(m *Modem, c *Call) Response {
			d := powerDownTime
			if c.Int(0) == 0 {
				d = powerDownAtOnce
			}
			m.powerDown(d)
			return Response{}
		},
	},
)

// fromNowOn runs f after d, when the command that asks for it has answered. A
// later one of its kind takes its place.
func (m *Modem) fromNowOn(d time.Duration, f func()) {
	m.power.down.cut()
	m.power.down.after(m, d, f)
}

// powerDown is the orderly way: the module says when it is done.
func (m *Modem) powerDown(d time.Duration) {
	m.fromNowOn(d, func() {
		m.urc(poweredDownURC)
		m.Levers().PowerOff()
	})
}

// setFunction changes the level of function. Only the full one has all that a
// registration needs: at the others it goes, and the PDP contexts with it. At
// levels 0 and 5 the SIM is off, too. Back at the full one the SIM is told of
// anew (family).
func (m *Modem) setFunction(level int) {
	old := m.power.function
	if level == old {
		return
	}
	m.power.function = level
	switch {
	case !simPowered(level):
		m.sim.losePower()
		m.register()
	case level == fullFunction, !simPowered(old):
		m.readSIM()
	default:
		m.register()
	}
}
