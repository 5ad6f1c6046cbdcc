package fault

import "github.com/quectel-sim/qsim/scenarios/decl"

// Reboot restarts the module by itself.
type Reboot struct {
	_ struct{} `name:"reboot"`

	On bool `yaml:"on" short:"yes" default:"true" doc:"true"`
}

// CheckYAML refuses to be told that nothing is to happen.
func (a *Reboot) CheckYAML(n *decl.Node) {
	if n.Kind() == decl.Scalar && !a.On {
		n.Fail("leave the action out", "reboot: false does nothing")
	}
}

func (*Reboot) act(x *Firing) { x.e.m.Levers().Reboot() }

// Power takes the supply away, or gives it back.
type Power struct {
	_ struct{} `name:"power"`

	To string `yaml:"to" need:"yes" short:"yes" is:"off|on" doc:"off: silent and deaf until on, which boots"`
}

func (a *Power) act(x *Firing) {
	if a.To == "on" {
		x.e.m.Levers().PowerOn()
		return
	}
	x.e.m.Levers().PowerOff()
}
