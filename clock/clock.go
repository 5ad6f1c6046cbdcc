// Package clock is the modem's time and its randomness: the two things that
// must be the same for the same run to give the same bytes.
//
// A Clock runs at a speed. At speed 20 a second that the module or the network
// waits for is over after 50 ms. What the host must meet (the guard time of
// +++, the timeout of a data prompt) is not the modem's to shorten: such timers
// are made on the Wall clock of the same Clock.
package clock

import (
	"math/rand/v2"
	"time"
)

// Clock is a source of time that runs Speed times as fast as the wall's. The
// zero value is not usable; call New. A Clock is safe for concurrent use.
type Clock struct {
	speed float64
	start time.Time // both clocks showed this at New
}

// New returns a clock that runs speed times as fast as the wall clock. A speed
// of zero or less means 1.
func New(speed float64) *Clock {
	if speed <= 0 {
		speed = 1
	}
	return &Clock{speed: speed, start: time.Now()}
}

// Speed is how many seconds of this clock pass in one of the wall's.
func (c *Clock) Speed() float64 { return c.speed }

// Now is the time this clock shows.
func (c *Clock) Now() time.Time {
	if c.speed == 1 {
		return time.Now()
	}
	return c.start.Add(time.Duration(float64(time.Since(c.start)) * c.speed))
}

// Wall converts a duration of this clock to the wall's.
func (c *Clock) Wall(d time.Duration) time.Duration {
	if c.speed == 1 {
		return d
	}
	return time.Duration(float64(d) / c.speed)
}

// AfterFunc calls f in its own goroutine once d has passed on this clock.
func (c *Clock) AfterFunc(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(c.Wall(d), f)
}

// NewTimer returns a timer that fires once d has passed on this clock.
func (c *Clock) NewTimer(d time.Duration) *time.Timer {
	return time.NewTimer(c.Wall(d))
}

// Random returns the random source of a run: the same seed, the same numbers.
// It is not safe for concurrent use; each modem owns one.
func Random(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
}
