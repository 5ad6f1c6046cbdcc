package fault

import (
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// PDP is what the network does to PDP contexts.
type PDP struct {
	_ struct{} `name:"pdp"`

	What    string `yaml:"what" need:"yes" short:"yes" is:"deactivate|refuse|drift|accept" doc:"deactivate: the network takes the context away (pdpdeact); refuse: the next activations fail; drift: it seems to be up but nothing passes; accept: ends refuse"`
	Context *int   `yaml:"context" is:"1-15" default:"that of the moment, or 1" doc:"the PDP context"`
	Code    int    `yaml:"code" is:"550-574" default:"561" doc:"of refuse: what AT+QIGETERROR tells"`
	Times   int    `yaml:"times" is:"0-1000000" default:"until accept" doc:"of refuse: how many activations"`
}

func (a *PDP) act(x *Firing) {
	l := x.e.m.Levers()
	id := x.contextOf(a.Context)
	var err error
	switch a.What {
	case "deactivate":
		err = l.DeactivatePDP(id)
	case "drift":
		err = l.DriftPDP(id)
	case "accept":
		l.RefusePDP(emulator.Success, 0)
	default:
		code := emulator.Code(a.Code)
		if code == 0 {
			code = emulator.OpenPDPFailed
		}
		l.RefusePDP(code, a.Times)
	}
	x.failed(err)
}

// SIM takes the SIM out, puts it in, or has it ask for a code.
type SIM struct {
	_ struct{} `name:"sim"`

	To string `yaml:"to" need:"yes" short:"yes" is:"remove|insert|pin|puk" doc:"what happens to it; a slot that gets empty or filled is noticed with AT+QSIMDET=1"`
}

func (a *SIM) act(x *Firing) {
	states := map[string]emulator.SIMState{
		"remove": emulator.SIMAbsent, "insert": emulator.SIMReady, "pin": emulator.SIMPIN, "puk": emulator.SIMPUK,
	}
	x.e.m.Levers().SetSIM(states[a.To])
}

// Memory takes the memory for new SSL clients and sockets away, or gives it back.
type Memory struct {
	_ struct{} `name:"memory"`

	To string `yaml:"to" need:"yes" short:"yes" is:"exhausted|free" doc:"a restart frees it, too"`
}

func (a *Memory) act(x *Firing) { x.e.m.Levers().ExhaustMemory(a.To == "exhausted") }

// Files fills the file store or gives its space back, and has its medium fail or
// work again.
type Files struct {
	_ struct{} `name:"files"`

	To string `yaml:"to" need:"yes" short:"yes" is:"full|free|failing|working" doc:"full: what is stored stays, nothing more fits, until free; failing: files are listed, but neither read, written nor deleted (411, 409, 418), until working"`
}

func (a *Files) act(x *Firing) {
	switch l := x.e.m.Levers(); a.To {
	case "full", "free":
		x.failed(l.FillFiles(a.To == "full"))
	default:
		l.FailFiles(a.To == "failing")
	}
}

// Set sets what belongs to the module as a whole.
type Set struct {
	_ struct{} `name:"set"`

	RTC *decl.Time `yaml:"rtc" need:"yes" doc:"the real-time clock"`
}

func (a *Set) act(x *Firing) { x.e.m.Levers().SetRTC(a.RTC.At(time.Now())) }
