package emulator

import (
	"sync"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// loop runs events one after the other: the modem's one owner of its state.
type loop struct {
	events chan func()   // unbuffered: what was handed over is run
	quit   chan struct{} // closed by end
	ended  chan struct{} // closed when the loop has returned
	next   []func()      // to run after the present event
	ending sync.Once
}

func newLoop() *loop {
	return &loop{
		events: make(chan func()),
		quit:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
}

// run runs events until quit, then stop.
func (l *loop) run(stop func()) {
	defer close(l.ended)
	for {
		select {
		case f := <-l.events:
			f()
		case <-l.quit:
			stop()
			return
		}
		for len(l.next) > 0 {
			f := l.next[0]
			l.next = l.next[1:]
			f()
		}
		l.next = nil
	}
}

// end makes the loop return, and waits until it has.
func (l *loop) end() {
	l.ending.Do(func() { close(l.quit) })
	<-l.ended
}

// post hands f to the loop, from any goroutine but the loop's own. It reports
// false, and f never runs, once the modem is closed.
func (l *loop) post(f func()) bool {
	select {
	case <-l.quit:
		return false
	default:
	}
	select {
	case l.events <- f:
		return true
	case <-l.quit:
		return false
	}
}

// later runs f on the loop after the present event. Only the loop may call it.
func (l *loop) later(f func()) { l.next = append(l.next, f) }

// soon runs f after the answer of the command that is being run, unless the
// module loses power before.
func (m *Modem) soon(f func()) {
	boots := m.power.boots
	m.later(func() {
		if m.power.boots == boots {
			f()
		}
	})
}

// timer is a timer whose function runs on the loop, and never after Stop.
type timer struct {
	t       *time.Timer
	stopped bool // owned by the loop
}

// Stop stops the timer. Only the loop may call it.
func (t *timer) Stop() {
	t.stopped = true
	t.t.Stop()
}

// after runs f on the loop once d has passed on the modem's clock.
func (m *Modem) after(d time.Duration, f func()) *timer {
	return m.afterWall(m.clock.Wall(d), f)
}

// afterWall is after on the wall clock, for what the host must meet (ruling 20).
func (m *Modem) afterWall(d time.Duration, f func()) *timer {
	t := &timer{}
	t.t = time.AfterFunc(d, func() {
		m.loop.post(func() {
			if !t.stopped {
				f()
			}
		})
	})
	return t
}

// hostTimers is the time of the host's side, for the lines.
type hostTimers struct{ m *Modem }

func (h hostTimers) Now() time.Time { return time.Now() }

func (h hostTimers) AfterFunc(d time.Duration, f func()) atengine.Stopper {
	return h.m.afterWall(d, f)
}
