package fault

import "slices"

// Reset puts the engine back to its beginning: the rules that New or Load was
// given are at work and no others, nothing has been counted or drawn, no mark is
// set, and neither a serial line nor the way to the network is bent any more.
// What rules have led to on the modem stays, a command that is being answered is
// answered as they had it, what a rule was still to do is not done, and a rule
// that waits for a time does not wait again.
func (e *Engine) Reset() {
	e.rules = slices.Clone(e.first)
	for _, r := range e.rules {
		w := r.watch
		w.fit, w.hits, w.all, w.random = 0, 0, 0, e.source(chanceSource, r.id)
		clear(w.bytes)
	}
	e.straighten()
	e.index()
}

// Load puts rules to work in the place of all that there are, as New and Attach
// do: the engine is at its beginning, with these, and their time starts now.
// Their numbers follow those of earlier ones. What Reset says of what the others
// have led to goes here, too.
func (e *Engine) Load(rules []Rule) {
	e.rules = nil
	for i := range rules {
		e.hold(&rules[i])
	}
	e.first = slices.Clone(e.rules)
	e.straighten()
	e.index()
	for _, r := range e.rules {
		e.startTime(r)
	}
}

// straighten ends what rules are about to do.
func (e *Engine) straighten() {
	e.resets++
	clear(e.marks)
	e.codes = nil
	e.holding, e.held = false, nil
	e.net.clear()
	e.wire.clear()
	clear(e.wire.streams) // they draw, too
}
