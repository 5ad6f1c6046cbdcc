package fault

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Hang makes the module deaf and silent: what it hears is lost, and so is what
// it would say. A restart ends it.
type Hang struct {
	_ struct{} `name:"hang"`

	What string        `yaml:"what" short:"yes" is:"command|port|modem" default:"port" doc:"command: this one does not answer, and its port hears no other; port: the port of the moment; modem: all ports"`
	For  decl.Duration `yaml:"for" default:"until a restart" doc:"how long, on the modem's clock"`
}

// shapes reports whether it is about the command alone.
func (a *Hang) shapes(Kind) bool { return a.What == "command" }

func (a *Hang) shape(p *plan) {
	if a.For > 0 && p.instead == nil && p.after == nil {
		p.lag += time.Duration(a.For)
		p.replace(func(*emulator.Call) emulator.Response { return atengine.End(atengine.Silent) })
		return
	}
	p.replace(func(c *emulator.Call) emulator.Response { return c.Deaf() })
}

func (a *Hang) act(x *Firing) {
	port := x.port
	if a.What == "modem" {
		port = ""
	}
	deaf := func(string, []emulator.Piece, bool) []emulator.Piece { return []emulator.Piece{} }
	x.e.wire.start(&bend{act: a, port: port, both: true, do: deaf}, time.Duration(a.For))
}

// Stall stops the serial line: what is said meanwhile comes afterwards.
type Stall struct {
	_ struct{} `name:"stall"`

	For decl.Duration `yaml:"for" need:"yes" short:"yes" doc:"how long, on the modem's clock"`
	Dir string        `yaml:"dir" is:"in|out|both" default:"both" doc:"in: from the host"`
}

func (a *Stall) act(x *Firing) {
	x.e.m.Stall(x.port, a.Dir != "out", a.Dir != "in", time.Duration(a.For))
}
