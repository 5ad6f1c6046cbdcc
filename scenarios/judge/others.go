package judge

import (
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// never is what a host must not do, perhaps only between two moments.
type never struct {
	x                  *scenario.Expectation
	after, until, host *fault.Watch // after nil: from the start; until nil: to the end
	active, over, bad  bool
	seen               string
}

func (c *never) see(m *fault.Moment) {
	if c.active = c.active || c.after == nil; c.active && !c.over && c.host.Hit(m) && !c.bad {
		c.bad, c.seen = true, words(m)
	}
	if c.active && c.until != nil && c.until.Hit(m) {
		c.over = true
	}
	if c.after != nil && !c.active && c.after.Hit(m) {
		c.active = true
	}
}

func (c *never) verdict(*ending) report.Check {
	v := check(c.x)
	switch {
	case c.bad:
		return fail(v, c.x, "%s came, which must not be", c.seen)
	case c.after != nil && !c.active && c.x.Optional:
		v.Status, v.Message = report.Skipped, "its moment never came: "+c.x.After.String()
	case c.after != nil && !c.active:
		v.Status, v.Message = report.NotReached, "its moment never came: "+c.x.After.String()
	}
	return v
}

// order is what a host must do one after the other.
type order struct {
	x     *scenario.Expectation
	steps []*fault.Watch
	done  int
}

func (c *order) see(m *fault.Moment) {
	if c.done < len(c.steps) && c.steps[c.done].Hit(m) {
		c.done++
	}
}

func (c *order) verdict(*ending) report.Check {
	v := check(c.x)
	switch {
	case c.done == len(c.steps):
	case c.done == 0:
		return fail(v, c.x, "%s never came", &c.x.Order[0])
	default:
		return fail(v, c.x, "after %s there never came %s", &c.x.Order[c.done-1], &c.x.Order[c.done])
	}
	return v
}

// count is how often a host must do something.
type count struct {
	x    *scenario.Expectation
	host *fault.Watch
}

func (c *count) see(m *fault.Moment) { c.host.Hit(m) }

func (c *count) verdict(*ending) report.Check {
	v := check(c.x)
	if n := c.host.Hits(); !c.x.Is.Has(n) {
		return fail(v, c.x, "%s came %d times, not %s", c.x.Count, n, c.x.Is)
	}
	return v
}

// finally is what the modem must be like at the end.
type finally struct{ x *scenario.Expectation }

func (*finally) see(*fault.Moment) {}

func (c *finally) verdict(end *ending) report.Check {
	v := check(c.x)
	if why := c.x.Finally.Differs(&end.state, end.marks); why != "" {
		return fail(v, c.x, "at the end %s", why)
	}
	return v
}
