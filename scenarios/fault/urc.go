package fault

import "github.com/quectel-sim/qsim/emulator"

// URC sends a result code that nobody has asked for: when the line is free, or
// in a place of an answer, where no well-behaved module would.
type URC struct {
	_ struct{} `name:"urc"`

	Text string `yaml:"text" need:"yes" short:"yes" doc:"without its framing; {client} is the SSL client of the moment"`
	Placement
}

// act sends it. The rule itself does not hear of it: one that drops a code and
// sends it later would otherwise drop it again.
func (a *URC) act(x *Firing) {
	if x.e.m.Dark() {
		x.note("the module is off or boots: it sends no result code")
		return
	}
	before := x.e.sender
	x.e.sender = x.rule
	x.e.m.SendURC(x.fill(a.Text))
	x.e.sender = before
}

// shapes reports whether it stands in an answer, or at a result code.
func (a *URC) shapes(on Kind) bool { return a.given() && on != Timed }

func (a *URC) shape(p *plan) {
	p.insert(&a.Placement, emulator.Piece{Bytes: []byte("\r\n" + p.x.fill(a.Text) + "\r\n")})
}
