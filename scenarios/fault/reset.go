package fault

import "slices"

// Reset puts the engine back to its beginning: the rules that New was given are
// at work and no others, nothing has been counted or drawn, no mark is set, and
// neither a serial line nor the way to the network is bent any more. What rules
// have led to on the modem stays, a command that is being answered is answered
// as they had it, and a rule that waits for a time does not wait again.
func (e *Engine) Reset() {
	e.rules = slices.Clone(e.first)
	for _, r := range e.rules {
		w := r.watch
		w.fit, w.hits, w.all, w.random = 0, 0, 0, e.source(chanceSource, r.id)
		clear(w.bytes)
	}
	clear(e.marks)
	e.codes = nil
	e.holding, e.held = false, nil
	e.net.clear()
	e.wire.clear()
	clear(e.wire.streams) // they draw, too
	e.index()
}
