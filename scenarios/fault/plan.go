package fault

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// plan is what becomes of one command's reply, or of one result code that is
// sent unasked: all that the rules that fired make of it.
type plan struct {
	e       *Engine
	x       *Firing       // of the rule that shapes at present
	lag     time.Duration // how long the reply is held back
	instead func(*emulator.Call) emulator.Response
	after   func(r *emulator.Response) // changes the reply of a command that ran
	edits   []edit
	skip    int // of a plan made early: how many commands of that name come before its own
}

// edit changes one part of the output.
type edit struct {
	part   Part
	change func(p *parted)
}

// parted is one part of the output, and what is put around it and into it.
type parted struct {
	own                   []byte
	before, inside, after []emulator.Piece
}

// put adds a piece where a placement says: before the part where it says
// nothing.
func (p *parted) put(where string, piece emulator.Piece) {
	switch where {
	case "inside":
		p.inside = append(p.inside, piece)
	case "after":
		p.after = append(p.after, piece)
	case "instead":
		p.own = nil
		fallthrough
	default:
		p.before = append(p.before, piece)
	}
}

// pieces is the whole, in order.
func (p *parted) pieces() []emulator.Piece {
	out := p.before
	if len(p.inside) == 0 {
		out = append(out, emulator.Piece{Bytes: p.own})
	} else {
		half := len(p.own) / 2
		out = append(out, emulator.Piece{Bytes: p.own[:half]})
		out = append(out, p.inside...)
		out = append(out, emulator.Piece{Bytes: p.own[half:]})
	}
	return append(out, p.after...)
}

// replace answers in the command's place, unless another rule does already: the
// first one wins.
func (p *plan) replace(reply func(*emulator.Call) emulator.Response) {
	if p.instead == nil && p.after == nil {
		p.instead = reply
	}
}

// amend changes the reply of the command, which runs.
func (p *plan) amend(reply func(r *emulator.Response)) {
	if p.instead == nil && p.after == nil {
		p.after = reply
	}
}

// edit adds a change of a part. One of the codes that the command leads to later
// (part urc) is kept for that.
func (p *plan) edit(part Part, change func(*parted)) {
	p.edits = append(p.edits, edit{part, change})
}

// before answers a command in its place, or lets it run.
func (p *plan) before(c *emulator.Call) (emulator.Response, bool) {
	if p.instead == nil {
		return emulator.Response{}, false
	}
	if p.lag <= 0 {
		return p.instead(c), true
	}
	// The call is only valid until Before returns: what is made later of a copy.
	later := *c
	r, done := c.Wait()
	p.e.after(p.lag, func() {
		if done.Waiting() { // else the line has begun anew, and the copy is void
			done.Finish(p.instead(&later))
		}
	})
	p.lag = 0
	return r, true
}

// hold changes the reply of a command that ran, and holds it back.
func (p *plan) hold(c *emulator.Call, r *emulator.Response) {
	if p.after != nil && r.Phase == nil {
		p.after(r)
	}
	if p.lag <= 0 {
		return
	}
	lag, held := p.lag, *r
	p.lag = 0
	wait, done := c.Wait()
	*r = wait
	p.e.after(lag, func() { done.Finish(held) })
}

// apply runs text, one part of the output, through the edits for it. It is nil
// when there are none.
func apply(edits []edit, part atengine.Part, n int, text []byte) []emulator.Piece {
	var p *parted
	for _, e := range edits {
		if !e.part.covers(part, n) {
			continue
		}
		if p == nil {
			p = &parted{own: text}
		}
		e.change(p)
	}
	if p == nil {
		return nil
	}
	return p.pieces()
}
