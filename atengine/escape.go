package atengine

import "time"

// escape recognises +++ between its guard times (seed 1.4, V.250 6.2.9): no
// byte for the guard time, three pluses within it and nothing else, no byte for
// the guard time again. Pluses that may be the escape are held back until it is
// known.
type escape struct {
	guard time.Duration
	last  time.Time // when the last byte came, or the phase began
	first time.Time // when the first held plus came
	held  int
	timer Stopper
}

// escaper is the line, as far as escape needs it.
type escaper interface {
	after(d time.Duration, f func()) Stopper
	escaped()         // +++ it was
	unheld(count int) // so many pluses were data after all
}

func (e *escape) start(now time.Time, guard time.Duration) {
	e.stop()
	*e = escape{guard: guard, last: now}
}

func (e *escape) stop() {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	e.held = 0
}

// filter looks at bytes that came at the time now. It returns the data among
// them, and how many pluses held before go ahead of it.
func (e *escape) filter(p []byte, now time.Time, l escaper) (data []byte, pluses int) {
	if len(p) == 0 {
		return p, 0
	}
	quiet := now.Sub(e.last) >= e.guard
	e.last = now
	mayBe := onlyPluses(p) && e.held+len(p) <= 3
	if e.held == 0 {
		mayBe = mayBe && quiet
		e.first = now
	} else {
		mayBe = mayBe && now.Sub(e.first) < e.guard
	}
	if !mayBe {
		return p, e.release()
	}
	e.held += len(p)
	wait := e.guard
	if e.held < 3 {
		wait -= now.Sub(e.first)
	}
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer = l.after(wait, func() {
		e.timer = nil
		if e.held == 3 {
			e.held = 0
			l.escaped()
			return
		}
		l.unheld(e.release())
	})
	return nil, 0
}

// release gives up the pluses held back and returns how many they are.
func (e *escape) release() int {
	n := e.held
	e.stop()
	return n
}

func onlyPluses(p []byte) bool {
	for _, b := range p {
		if b != '+' {
			return false
		}
	}
	return true
}
