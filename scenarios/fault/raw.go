package fault

import (
	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Raw writes bytes to the host: by themselves, or in a place of an answer.
type Raw struct {
	_ struct{} `name:"raw"`

	Bytes decl.Bytes `yaml:"bytes" need:"yes" short:"yes" doc:"with the escapes of transcripts: \\r \\n \\x00; {client} is the SSL client of the moment"`
	Port  string     `yaml:"port" is:"usbmodem|usbat|uart1" default:"that of the moment" doc:"where they go"`
	Placement
}

// act writes them at once, in whatever state the line is.
func (a *Raw) act(x *Firing) {
	x.e.m.WriteRaw(or(a.Port, x.port), []emulator.Piece{{Bytes: a.text(x)}})
}

// shapes reports whether it stands in an answer, or at a result code.
func (a *Raw) shapes(on Kind) bool { return a.given() && on != Timed }

func (a *Raw) shape(p *plan) {
	if a.Part.part == partNone && a.Where == "instead" && p.x.urc == "" {
		text := a.text(p.x)
		p.replace(func(*emulator.Call) emulator.Response {
			return emulator.Response{Raw: text, Result: atengine.Silent}
		})
		return
	}
	p.insert(&a.Placement, emulator.Piece{Bytes: a.text(p.x)})
}

func (a *Raw) text(x *Firing) []byte { return []byte(x.fill(string(a.Bytes))) }

// insert puts a piece into the output where a placement says: before the final
// result code when it says nothing.
func (p *plan) insert(at *Placement, piece emulator.Piece) {
	part, x := at.Part, p.x
	if part.part == partNone {
		part.part = partFinal
		if x.urc != "" {
			part.part = partURC
		}
	}
	p.edit(part, func(text *parted) {
		if at.Detached || x.lives() {
			text.put(at.Where, piece)
		}
	})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
