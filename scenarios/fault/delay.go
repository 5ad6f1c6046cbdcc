package fault

import (
	"bytes"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Delay holds an answer back. The command has run by then, and the line is busy.
// With a part, what comes before that part is sent in time. A result code that the
// command leads to (part urc) holds nothing else back.
type Delay struct {
	_ struct{} `name:"delay"`

	For decl.Duration `yaml:"for" need:"yes" short:"yes" doc:"how long, on the modem's clock"`
	Placement
}

func (a *Delay) shape(p *plan) {
	d := time.Duration(a.For)
	switch {
	case p.x.urc == "" && a.Part.part == partURC:
		p.sendLater(d)
	case a.Detached:
		p.writeLater(a.Part, d)
	case a.given():
		p.insert(&a.Placement, emulator.Piece{Wait: d})
	case p.x.urc != "":
		p.sendLater(d)
	default:
		p.lag += d
	}
}

// sendLater takes a result code out and sends it again later, so that nothing
// else waits for it. The data of a push stays where it is, and so does its code:
// there what comes behind waits, too.
func (p *plan) sendLater(d time.Duration) {
	e, x := p.e, p.x
	p.edit(Part{part: partURC}, func(now *parted) {
		text, data, _ := cutURC(now.own)
		if len(data) > 0 {
			now.put("before", emulator.Piece{Wait: d})
			return
		}
		code := string(text)
		e.after(d, func() {
			if x.boots == e.boots {
				e.resend(x.port, code)
			}
		})
		now.own = nil
	})
}

// writeLater takes a part out and writes it later, whoever has the device open by
// then.
func (p *plan) writeLater(part Part, d time.Duration) {
	e, x := p.e, p.x
	if part.part == partNone {
		part.part = partFinal
	}
	p.edit(part, func(now *parted) {
		late := emulator.Piece{Bytes: bytes.Clone(now.own)}
		e.after(d, func() {
			if x.boots == e.boots {
				e.m.WriteRaw(x.port, []emulator.Piece{late})
			}
		})
		now.own = nil
	})
}

// resend sends a result code that was held back. Who hears of it does so again,
// but no rule acts on it twice.
func (e *Engine) resend(port, text string) {
	e.resent = true
	defer func() { e.resent = false }()
	e.m.SendURCOn(port, text)
}

// cutURC cuts a result code, or the header of a push, out of its frame.
func cutURC(p []byte) (text, data []byte, ok bool) {
	return bytes.Cut(bytes.TrimLeft(p, "\r\n"), []byte("\r\n"))
}
