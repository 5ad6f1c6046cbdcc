package fault

import (
	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// Result puts another final result code in place of a command's own.
type Result struct {
	_ struct{} `name:"result"`

	Text string `yaml:"text" need:"yes" short:"yes" doc:"OK, ERROR, SEND FAIL, NO CARRIER, ..."`
	Run  bool   `yaml:"run" doc:"the command does what it should; only its result lies"`
}

func (a *Result) shape(p *plan) {
	if a.Run {
		p.amend(func(r *emulator.Response) { r.Result, r.Err = known(a.Text), nil })
		return
	}
	p.replace(func(c *emulator.Call) emulator.Response {
		return p.e.m.Ask(c, atengine.End(known(a.Text)))
	})
}

// known is a result code by its text: the basic ones have numbers (ATV0).
func known(text string) atengine.Result {
	for _, r := range []atengine.Result{atengine.OK, atengine.Connect, atengine.Ring, atengine.NoCarrier, atengine.Error} {
		if r.String() == text {
			return r
		}
	}
	return atengine.Literal(text)
}
