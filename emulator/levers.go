package emulator

import (
	"slices"
	"time"
)

// Levers move what lies behind the AT commands: power, SIM, radio, packet
// domain, memory. They are for the loop: get them with Modem.Do, or with
// Modem.Levers from code that runs on the loop already (an Observer, a hook, a
// timer of the modem).
//
// What a lever does to the network or to the SIM outlives a reboot of the
// module; what it does to the module does not.
type Levers struct{ m *Modem }

// Do runs f on the modem's loop and waits for it, from any goroutine but the
// loop's own. The error is f's, or ErrClosed when the modem is closed.
func (m *Modem) Do(f func(Levers) error) error {
	var result error
	if err := m.do(func() { result = f(Levers{m}) }); err != nil {
		return err
	}
	return result
}

// Levers are the levers for code that runs on the modem's loop. Elsewhere they
// must not be used: call Do.
func (m *Modem) Levers() Levers { return Levers{m} }

// SetRTC sets the real-time clock, and its zone to t's.
func (l Levers) SetRTC(t time.Time) { l.m.rtc.set(t) }

// ExhaustMemory leaves no memory for a new SSL client or socket: its open ends with 553.
// Those that are there live on. It lasts until it is lifted, or a reboot frees
// what was lost.
func (l Levers) ExhaustMemory(on bool) { l.m.ends.noMemory = on }

// FillFiles fills the file store: what is stored stays, but nothing more fits
// until something is deleted, or the lever is put back. The error is that of a
// store that cannot be listed.
func (l Levers) FillFiles(on bool) error {
	l.m.files.Reserve(0)
	if !on {
		return nil
	}
	u, err := l.m.files.Usage()
	if err != nil {
		return err
	}
	l.m.files.Reserve(u.Free)
	return nil
}

// FailFiles has the medium of the file store fail, or work again: files are
// listed, but reading one ends with 411, writing with 409, deleting with 418.
// What is stored stays.
func (l Levers) FailFiles(on bool) { l.m.files.SetFailing(on) }

// course is steps that follow each other on the modem's clock until it is cut:
// a boot, a SIM being read, a search for the network. The loop owns it.
type course struct{ steps []*step } // by when they are due

// step is one thing that will happen.
type step struct {
	due   time.Time // on the modem's clock
	timer *timer
	f     func() // nil: it has happened, or will not
}

// after runs f once d has passed, unless the course is cut before. Steps happen
// in the order in which they are due, however late a busy machine is.
func (c *course) after(m *Modem, d time.Duration, f func()) {
	s := &step{due: m.clock.Now().Add(d), f: f}
	i := len(c.steps)
	for i > 0 && c.steps[i-1].due.After(s.due) {
		i--
	}
	c.steps = slices.Insert(c.steps, i, s)
	s.timer = m.after(d, func() { c.reach(s) })
}

// reach is the time of step s: it happens, behind those that are due before it.
func (c *course) reach(s *step) {
	for _, earlier := range slices.Clone(c.steps) {
		if f := earlier.f; f != nil {
			earlier.f = nil
			earlier.timer.Stop()
			f()
		}
		if earlier == s {
			return
		}
	}
}

// cut forgets the steps that have not been.
func (c *course) cut() {
	for _, s := range c.steps {
		s.f = nil
		s.timer.Stop()
	}
	c.steps = nil
}
