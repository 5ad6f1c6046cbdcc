package main

import "time"

// timing holds how long things may take. The manual's times are divided by
// scale, for a module in software whose clock runs faster than the wall's.
type timing struct {
	scale float64
	floor time.Duration // no answer is given up earlier: a machine may be loaded, a module slow
	total time.Duration // for everything
	end   time.Time     // when total is over
}

// The manual's maximum response times, and what experience adds.
const (
	maxShort      = 2 * time.Second   // manual: 300 ms; a busy module takes longer
	maxActivate   = 150 * time.Second // AT+QIACT
	maxDeactivate = 40 * time.Second  // AT+QIDEACT
	maxOpen       = 150 * time.Second // AT+QSSLOPEN, AT+QIOPEN
	maxClose      = 12 * time.Second  // AT+QSSLCLOSE, AT+QICLOSE: 10 s by default, and some
	maxReboot     = 15 * time.Second  // AT+CFUN
	maxBoot       = 40 * time.Second  // to RDY: 11 s is usual, 30 s has been seen
	maxSIM        = 30 * time.Second  // until the SIM is ready after a boot
	maxSearch     = 90 * time.Second  // until registered
	maxEcho       = 30 * time.Second  // a message to the server and back
	pollEvery     = 3 * time.Second   // look for data, or a state, that no URC told of
)

// upload times are the module's demand on the host, so no scale applies.
const (
	uploadIdle   = 3 // seconds; the module gives up when nothing comes for so long
	uploadAnswer = (uploadIdle + 2) * time.Second
)

// quietTime without a byte means that the module has said what it wants to say.
// Nothing on a serial line is slower than that between two bytes of one line.
const quietTime = 250 * time.Millisecond

func newTiming(scale float64, total time.Duration) timing {
	return timing{scale: scale, floor: time.Second, total: total, end: time.Now().Add(total)}
}

// answer is how long an answer may take whose time in the manual is d: not so
// long that one lost answer uses up the
// time for recovering from it.
func (t timing) answer(d time.Duration) time.Duration {
	return min(t.pause(d, t.floor), max(t.total/5, t.floor))
}

// pause is d on the module's clock, and at least floor.
func (t timing) pause(d, floor time.Duration) time.Duration {
	return max(time.Duration(float64(d)/t.scale), floor)
}

// over reports whether the time for everything is over.
func (t timing) over() bool { return !time.Now().Before(t.end) }
