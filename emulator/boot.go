package emulator

import "time"

// Boot is how a modem begins. The zero value is one that has long been up:
// registered, with the time of now, and without a word (ruling 22).
type Boot struct {
	// Cold lets it boot when the first host opens a port. Its clock then begins
	// at 1970 unless Options.RTC says otherwise (ruling 21).
	Cold bool
	// RDY is the time from power to RDY, of a reboot as well, on the modem's
	// clock; 0: what is typical of the family, 7.8 s.
	RDY time.Duration
}

// Times of a boot on the modem's clock: RDY is typical of an EG800K, the steps
// behind it were measured on a BG770A.
const (
	typicalRDY = 7800 * time.Millisecond
	toSIM      = time.Second             // from RDY until the SIM is known
	toUSIM     = 200 * time.Millisecond  // from there until it is read
	toMessages = 1800 * time.Millisecond // from there until its messages are
	toBook     = 500 * time.Millisecond  // from there until its phone book is
	toAppRDY   = 500 * time.Millisecond  // from there until APP RDY (inferred)
)

// never is what a clock shows that was never set (ruling 21).
var never = time.Unix(0, 0).UTC()

// startPower puts the module into its state at the start of the run.
func (m *Modem) startPower(b Boot, rtc time.Time) {
	m.power = power{phase: PhaseReady, function: fullFunction, rdy: b.RDY, start: never}
	if b.RDY <= 0 {
		m.power.rdy = typicalRDY
	}
	m.rtc = newRTC(m.clock, rtc)
	if b.Cold {
		m.power.phase = PhaseWaiting
		m.sim.losePower()
		m.radio.losePower()
		if !rtc.IsZero() {
			m.power.start = rtc
		}
		return
	}
	m.sim.known, m.sim.read = true, readAll
	m.radio.stat = m.radio.network
	m.knowTime()
}

// hostCame is a host opening a port, whichever: the first one is what a cold
// module waits for (ruling 22).
func (m *Modem) hostCame() {
	if m.power.phase == PhaseWaiting {
		m.boot("cold")
	}
}

// boot starts the module: it is deaf until RDY, tells of its SIM then, and
// searches for a network (family).
func (m *Modem) boot(reason string) {
	p := &m.power
	p.up.cut()
	p.phase = PhaseBooting
	m.rtc.set(p.start)
	p.start = never
	m.event(Event{Kind: Booted, Text: reason})
	p.up.after(m, p.rdy, m.wakeUp)
}

// wakeUp is the end of the deaf part of a boot.
func (m *Modem) wakeUp() {
	m.power.phase = PhaseStarting
	m.urc("RDY")
	m.urc("+CFUN: 1")
	m.power.up.after(m, toSIM, func() {
		if !m.sim.known { // AT+CFUN has not found it meanwhile
			m.readSIM()
		}
	})
	m.power.up.after(m, toSIM+toUSIM+toMessages+toBook, func() { m.power.phase = PhaseReady })
	if m.quirks[quirkAppRDY] == "on" {
		m.power.up.after(m, toSIM+toUSIM+toMessages+toBook+toAppRDY, func() { m.urc("APP RDY") })
	}
}
