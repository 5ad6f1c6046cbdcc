package fault

import (
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Respond answers a command with other lines and another result.
type Respond struct {
	_ struct{} `name:"respond"`

	Lines []string `yaml:"lines" need:"yes" short:"yes" one:"yes" doc:"information lines without framing; the last one is the result"`
	Run   bool     `yaml:"run" doc:"the command does what it should; only its answer lies"`
}

// CheckYAML wants a result.
func (a *Respond) CheckYAML(n *decl.Node) {
	if len(a.Lines) == 0 {
		n.Fail("drop says nothing at all", "an answer has a line or more")
	}
}

func (a *Respond) shape(p *plan) {
	last := len(a.Lines) - 1
	answer := emulator.Response{Lines: a.Lines[:last], Result: known(a.Lines[last])}
	if a.Run {
		p.amend(func(r *emulator.Response) { *r = answer })
		return
	}
	p.replace(func(*emulator.Call) emulator.Response { return answer })
}
