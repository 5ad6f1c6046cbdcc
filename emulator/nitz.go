package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// ClockSet is the real-time clock set by something else than AT+CCLK; Text is by
// what.
const ClockSet EventKind = "clock"

// NetworkClock is the time that a mobile network tells its modules (NITZ).
type NetworkClock struct {
	Now    time.Time // what it is there at this moment; zero: what the modem's clock shows
	Zone   int       // quarters of an hour east of UTC, daylight saving time included: -48 to 56
	DST    int       // hours of daylight saving time: 0-2
	Silent bool      // it tells none
}

// told is one time that the network tells.
type told struct {
	offset    time.Duration // from the modem's clock
	zone, dst int
}

// The range of a zone (27.007 8.15).
const (
	minZone = -48
	maxZone = 56
)

// nitzTime is how long after the registration the network tells the time, on the
// modem's clock (inferred).
const nitzTime = 500 * time.Millisecond

// <onoff> of AT+CTZU (EC2x).
const (
	clockByHost    = 0
	clockByGMT     = 1
	clockByNetwork = 3 // to the local time
)

// nitz is what the network tells of the time, what the module has heard of
// it, and what it does with that.
type nitz struct {
	tells   told
	silent  bool      // it does not
	heard   *told     // the last that came; nil: nothing since the power came
	at      time.Time // when, on the modem's clock
	update  int       // AT+CTZU, as it is stored
	effect  int       // as it is in effect
	reports int       // AT+CTZR
	course  course
}

// DefaultZone is that of the operators there are, in quarters of an hour.
const DefaultZone = 32

func newNITZ() nitz {
	return nitz{tells: told{zone: DefaultZone}}
}

// losePower forgets what was heard.
func (n *nitz) losePower() {
	n.course.cut()
	n.heard, n.reports = nil, 0
}

// silence is the end of service: what the network was about to tell does not
// come.
func (n *nitz) silence() { n.course.cut() }

// load puts what is stored into effect, as a boot does.
func (n *nitz) load(stored int) { n.update, n.effect = stored, stored }

// SetNetworkClock changes the time that the network tells from now on, a reboot
// included. A module with service hears of it at once. The error is that of a
// zone or a daylight saving time out of range.
func (l Levers) SetNetworkClock(c NetworkClock) error {
	switch {
	case c.Zone < minZone || c.Zone > maxZone:
		return fmt.Errorf("zone %d: it is %d to %d quarters of an hour", c.Zone, minZone, maxZone)
	case c.DST < 0 || c.DST > 2:
		return fmt.Errorf("daylight saving time %d: it is 0-2 hours", c.DST)
	}
	m := l.m
	m.nitz.tells, m.nitz.silent = told{zone: c.Zone, dst: c.DST}, c.Silent
	if !c.Now.IsZero() {
		m.nitz.tells.offset = c.Now.Sub(m.clock.Now())
	}
	if m.radio.stat.in() {
		m.nitz.course.cut()
		m.hearTime()
	}
	return nil
}

// knowTime is a module that has long been up: it has heard the time already.
func (m *Modem) knowTime() {
	n := &m.nitz
	heard := n.tells
	n.heard, n.at = &heard, m.clock.Now()
}

// awaitTime has the network tell the time soon: the module is in service.
func (m *Modem) awaitTime() {
	n := &m.nitz
	n.course.cut()
	n.course.after(m, nitzTime, m.hearTime)
}

// hearTime is the network telling the time. Reports come where the zone is
// another one than before (27.007 8.41).
func (m *Modem) hearTime() {
	n := &m.nitz
	if n.silent {
		return
	}
	before := n.heard
	m.knowTime()
	if m.followNetwork() {
		m.event(Event{Kind: ClockSet, Text: "the network"})
	}
	if before != nil && before.zone == n.heard.zone && before.dst == n.heard.dst {
		return
	}
	switch n.reports {
	case 1:
		m.urc(fmt.Sprintf(`+CTZV: "%+03d"`, n.heard.zone))
	case 2:
		m.urc(fmt.Sprintf(`+CTZE: "%+03d",%d,"%s"`, n.heard.zone, n.heard.dst, m.networkNow().Format(longStamp)))
	}
}

// followNetwork sets the clock as AT+CTZU has it, which may be not at all.
func (m *Modem) followNetwork() bool {
	local := m.networkNow()
	switch m.nitz.effect {
	case clockByGMT:
		m.rtc.set(m.shown(local.UTC(), local))
	case clockByNetwork:
		m.rtc.set(m.shown(local, local))
	default:
		return false
	}
	return true
}

// networkNow is the time as the module knows it from the network. It must have
// heard it.
func (m *Modem) networkNow() time.Time {
	h := m.nitz.heard
	return m.clock.Now().Add(h.offset).In(zone(h.zone))
}

// zone is so many quarters of an hour east of UTC.
func zone(quarters int) *time.Location { return time.FixedZone("", quarters*15*60) }

// longStamp is the form of times with four digits for the year.
const longStamp = "2006/01/02,15:04:05"

// shown is how the firmware shows a time: t, or what the quirk makes of it, where
// local is the same time in the local zone. Firmware that mixes time and zone up
// takes the digits of UTC for those of the local time (field).
func (m *Modem) shown(t, local time.Time) time.Time {
	if m.quirks[quirkClockDigits] != "utc" {
		return t
	}
	u := local.UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), local.Location())
}

var _ = atFactory(func(m *Modem) { m.nitz.reports = 0 })

var _ = commands("Clock",
	&Command{
		Name: "+CTZU", Summary: "whether the network sets the clock", Source: "EC2x; that it is stored, and takes effect with the next boot: family",
		Params: []atengine.Param{atengine.OneOf("onoff", clockByHost, clockByGMT, clockByNetwork)},
		Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+CTZU: %d", m.nitz.update) },
		Write: func(m *Modem, c *Call) Response {
			n := &m.nitz
			if err := m.store(func(s *stored) { s.NetworkClock = c.Int(0) }); err != nil {
				return atengine.Fail(err)
			}
			n.update = c.Int(0)
			if m.quirks[quirkClockUpdate] == "now" {
				n.effect = n.update
			}
			return Response{}
		},
	},
	&Command{
		Name: "+CTZR", Summary: "reports of the time zone", Source: "27.007 8.41, EC2x",
		Params: []atengine.Param{atengine.Int("reporting", 0, 2)},
		Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+CTZR: %d", m.nitz.reports) },
		Write: func(m *Modem, c *Call) Response {
			m.nitz.reports = c.Int(0)
			return Response{}
		},
	},
	&Command{
		Name: "+QLTS", Summary: "the network's time", Source: "EC2x, family", Plain: true,
		Params: []atengine.Param{atengine.Int("mode", 0, 2).Or(0)},
		Exec:   (*Modem).tellNetworkTime,
		Write:  (*Modem).tellNetworkTime,
	},
)

// tellNetworkTime is AT+QLTS: when the network last told the time (0), and now
// (1), both in digits of UTC behind which the local zone stands; or the local
// time now (2).
func (m *Modem) tellNetworkTime(c *Call) Response {
	h := m.nitz.heard
	if h == nil {
		return atengine.Info(`+QLTS: ""`)
	}
	t := m.networkNow()
	switch c.Int(0) {
	case 0:
		t = m.nitz.at.Add(h.offset).UTC()
	case 1:
		t = t.UTC()
	}
	return atengine.Infof(`+QLTS: "%s%+03d,%d"`, t.Format(longStamp), h.zone, h.dst)
}
