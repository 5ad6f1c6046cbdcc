package judge

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// Judge watches one run, or a part of it. All but New and Attach belong to the
// modem's loop: call them within Modem.Do.
type Judge struct {
	cases []judged
	heard *heard
	stop  func() // no longer watch; nil before Begin
}

// judged is one expectation, watching.
type judged interface {
	// see takes a moment.
	see(m *fault.Moment)
	// verdict is what came of it, the run being over.
	verdict(end *ending) report.Check
}

// ending is what is there at the end of a run.
type ending struct {
	state emulator.State
	marks map[string]bool
	heard *heard
}

// New returns a judge of what a host does, as expect asks. seed is the run's.
func New(expect []scenario.Expectation, seed uint64) *Judge {
	j := &Judge{heard: &heard{}}
	random := clock.Random(seed ^ 0x6a75_646765)
	watch := func(t *fault.Trigger) *fault.Watch {
		if t == nil {
			return nil
		}
		return fault.NewWatch(t, random, nil)
	}
	for i := range expect {
		x := &expect[i]
		switch {
		case x.Host != nil:
			j.cases = append(j.cases, &must{x: x, after: watch(x.After), host: watch(x.Host), heard: j.heard})
		case x.Never != nil:
			j.cases = append(j.cases, &never{x: x, after: watch(x.After), until: watch(x.Until), host: watch(x.Never)})
		case x.Count != nil:
			j.cases = append(j.cases, &count{x: x, host: watch(x.Count)})
		case x.Finally != nil:
			j.cases = append(j.cases, &finally{x: x})
		default:
			o := &order{x: x}
			for k := range x.Order {
				o.steps = append(o.steps, watch(&x.Order[k]))
			}
			j.cases = append(j.cases, o)
		}
	}
	return j
}

// Attach puts the judge to work on the modem m, behind the engine e that is
// attached to it.
func (j *Judge) Attach(m *emulator.Modem, e *fault.Engine) error {
	return m.Do(func(emulator.Levers) error {
		j.Begin(m, e)
		return nil
	})
}

// Begin is Attach on the modem's loop: from now on the judge watches.
func (j *Judge) Begin(m *emulator.Modem, e *fault.Engine) {
	for _, c := range j.cases {
		if must, ok := c.(*must); ok && must.after == nil {
			must.arm()
		}
		if t, ok := c.(interface{ start(*emulator.Modem) }); ok {
			t.start(m)
		}
	}
	j.stop = e.Tap(j.see)
}

// End ends the watch. What was seen until now counts.
func (j *Judge) End() { j.stop() }

func (j *Judge) see(m *fault.Moment) {
	j.heard.see(m)
	for _, c := range j.cases {
		c.see(m)
	}
}

// Verdict is what came of each expectation, the run being over: state and marks
// are what the modem is like now.
func (j *Judge) Verdict(state emulator.State, marks []string) []report.Check {
	end := &ending{state: state, marks: map[string]bool{}, heard: j.heard}
	for _, name := range marks {
		end.marks[name] = true
	}
	checks := make([]report.Check, len(j.cases))
	for i, c := range j.cases {
		checks[i] = c.verdict(end)
	}
	return checks
}

// check begins the verdict on x: a good one.
func check(x *scenario.Expectation) report.Check {
	c := report.Check{Name: x.Name, Status: report.Passed, File: x.Pos.File, Line: x.Pos.Line, Col: x.Pos.Col}
	if c.Name == "" {
		c.Name = title(x)
	}
	return c
}

// title is what an expectation without a name is called.
func title(x *scenario.Expectation) string {
	text := ""
	switch {
	case x.Host != nil:
		text = x.Host.String()
	case x.Never != nil:
		text = "never " + x.Never.String()
	case x.Count != nil:
		return x.Count.String() + " comes " + x.Is.String() + " times"
	case x.Finally != nil:
		return "how it ends"
	default:
		for i := range x.Order {
			if i > 0 {
				text += ", then "
			}
			text += x.Order[i].String()
		}
	}
	if x.After != nil {
		text += " after " + x.After.String()
	}
	return text
}

// fail makes a verdict a bad one. The author's own message comes first.
func fail(c report.Check, x *scenario.Expectation, why string, args ...any) report.Check {
	c.Status = report.Failed
	c.Message = fmt.Sprintf(why, args...)
	if x.Message != "" {
		c.Message = x.Message + " (" + c.Message + ")"
	}
	return c
}

// within is how long the host has for what it must do, on the wall clock.
func within(x *scenario.Expectation) time.Duration {
	return cmp.Or(x.Within, scenario.DefaultWithin).Std()
}
