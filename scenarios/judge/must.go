package judge

import (
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// must is what a host has to do, in time.
type must struct {
	x     *scenario.Expectation
	after *fault.Watch // nil: from the start
	host  *fault.Watch
	heard *heard

	owed []debt // what it has still to do, the oldest first
	came bool   // the moment has come at least once
	late bool   // something came too late
	seen string // what came before it, then
	took time.Duration
}

// debt is one time that the moment came.
type debt struct {
	at    time.Time
	heard int // how much the host had sent by then
}

// start waits for the time that the expectation begins at.
func (c *must) start(m *emulator.Modem) {
	if c.x.After != nil && c.x.After.At != nil {
		m.After(time.Duration(*c.x.After.At), c.arm)
	}
}

// arm has the host owe what it must do.
func (c *must) arm() {
	if c.came && !c.x.Each {
		return
	}
	c.came = true
	c.owed = append(c.owed, debt{time.Now(), c.heard.count})
}

func (c *must) see(m *fault.Moment) {
	if len(c.owed) > 0 && c.host.Hit(m) {
		first := c.owed[0]
		c.owed = c.owed[1:]
		c.took = time.Since(first.at)
		if c.took > within(c.x) && !c.late {
			c.late, c.seen = true, c.heard.between(first.heard, c.heard.count-1)
		}
	}
	if c.after != nil && c.after.Hit(m) {
		c.arm()
	}
}

func (c *must) verdict(end *ending) report.Check {
	v := check(c.x)
	v.Elapsed = c.took
	what := c.x.Host.String()
	if c.x.After != nil {
		what += " after " + c.x.After.String()
	}
	switch {
	case !c.came && c.x.Optional:
		v.Status, v.Message = report.Skipped, "its moment never came: "+c.x.After.String()
	case !c.came:
		v.Status, v.Message = report.NotReached, "its moment never came: "+c.x.After.String()
	case c.late:
		return fail(v, c.x, "%s came, but later than within %v; before it came %s", what, within(c.x), c.seen)
	case len(c.owed) > 0 && time.Since(c.owed[0].at) < within(c.x):
		return fail(v, c.x, "the run was over without %s; what came was %s", what, end.heard.from(c.owed[0].heard))
	case len(c.owed) > 0:
		return fail(v, c.x, "no %s within %v; what came was %s", what, within(c.x), end.heard.from(c.owed[0].heard))
	}
	return v
}
