package fault

import (
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// hooks are the engine on the lines of a modem.
type hooks struct{ e *Engine }

type line = atengine.Line[*emulator.Modem]

// Line holds a complete command line against the rules for lines, and for the
// echo.
func (h hooks) Line(l *line, body []byte) []byte {
	e := h.e
	delete(e.spells, l) // that of the line before
	parts := atengine.Split(body)
	m := Moment{Kind: Lined, Port: e.m.PortOf(l), Body: body, Commands: len(parts)}
	e.tell(&m)
	for _, r := range e.lined {
		if r.On.kind() != Lined {
			h.echo(r, l, m.Port, parts)
			continue
		}
		if !r.watch.Hit(&m) {
			continue
		}
		for _, o := range r.order {
			parts = o.reorder(parts)
		}
		if len(r.order) > 0 {
			body = join(parts)
		}
		x := e.fire(r, &m)
		e.bendLine(r, x, l)
		e.start(r, x)
	}
	e.fit()
	return body
}

// echo holds the commands of a line against a rule that bends the echo, which is
// over before they run.
func (h hooks) echo(r *armed, l *line, port string, parts [][]byte) {
	before := 0 // commands of that name
	for _, text := range parts {
		c := l.Preview(text)
		m := Moment{Kind: Given, Port: port, Call: c}
		if r.watch.Hit(&m) {
			x := h.e.fire(r, &m)
			h.e.bendLine(r, x, l).skip = before
			h.e.start(r, x)
		}
		if string(c.Name) == r.On.Command {
			before++
		}
	}
}

// bendLine takes what a rule makes of the echo, and of the replies of the line.
func (e *Engine) bendLine(r *armed, x *Firing, l *line) *plan {
	s := e.spell(l)
	p := &plan{e: e, x: x, lag: r.replyLag}
	for _, s := range r.shapers {
		s.shape(p)
	}
	for _, ed := range p.edits {
		if ed.part.part == partEcho {
			s.echoes = append(s.echoes, ed)
		}
	}
	if x.name == "" { // it is about the line as a whole
		s.replies = append(s.replies, p.edits...)
		p.edits = nil
	}
	s.early = append(s.early, p)
	return p
}

func join(parts [][]byte) []byte {
	var b []byte
	for i, p := range parts {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, p...)
	}
	return b
}

// Before holds a command against the rules for it.
func (h hooks) Before(c *emulator.Call) (emulator.Response, bool) {
	e := h.e
	if e.concerned.lacks(c.Name) && len(e.taps) == 0 && len(e.spells) == 0 {
		return emulator.Response{}, false
	}
	list := e.given[string(c.Name)]
	if len(list) == 0 && len(e.taps) == 0 && (len(e.spells) == 0 || e.spells[c.Line] == nil) {
		e.clientGone(c)
		return emulator.Response{}, false
	}
	return e.before(c, list)
}

func (e *Engine) before(c *emulator.Call, list []*armed) (emulator.Response, bool) {
	m := Moment{Kind: Given, Port: e.m.PortOf(c.Line), Call: c}
	e.tell(&m)
	e.clientGone(c)
	var p *plan
	if s := e.spells[c.Line]; s != nil {
		p = s.claim(c)
		s.plan = p
	}
	for _, r := range list {
		if !r.watch.Hit(&m) {
			continue
		}
		x := e.fire(r, &m)
		if len(r.shapers) > 0 {
			if p == nil {
				p = &plan{e: e}
			}
			p.x, p.lag = x, max(p.lag, r.replyLag)
			for _, s := range r.shapers {
				s.shape(p)
			}
		}
		e.start(r, x)
	}
	e.laterCodes(p, c)
	if p == nil {
		return emulator.Response{}, false
	}
	e.spell(c.Line).plan = p
	e.fit()
	return p.before(c)
}

// laterCodes keeps the edits that are meant for the code which the command leads
// to: +QSSLOPEN: 4,0 of AT+QSSLOPEN. p may be nil. What was kept for an earlier
// command of the kind, whose code has not come, is forgotten.
func (e *Engine) laterCodes(p *plan, c *emulator.Call) {
	if p == nil && len(e.codes) == 0 {
		return
	}
	prefix := string(c.Name) + ": "
	if id, ok := number(c, clientParams...); ok {
		prefix += itoa(id)
	}
	e.codes = slices.DeleteFunc(e.codes, func(c *code) bool { return c.of == prefix })
	if p == nil || c.Err != nil {
		return
	}
	var edits []edit
	for _, ed := range p.edits {
		if ed.part.part == partURC {
			edits = append(edits, ed)
		}
	}
	e.expect(code{of: prefix, edits: edits, fits: func(text string) bool {
		rest, ok := strings.CutPrefix(text, prefix)
		return ok && (rest == "" || rest[0] == ',')
	}})
}

// closings are the commands by which a host gives up an SSL client or a socket.
var closings = []string{"+QSSLCLOSE", "+QICLOSE"}

// clientGone notes that the host gives up an SSL client or a socket.
func (e *Engine) clientGone(c *emulator.Call) {
	if c.Err == nil && slices.Contains(closings, string(c.Name)) {
		if id, ok := number(c, clientParams...); ok {
			e.clientClosed[id]++
		}
	}
}

// After changes and holds back the reply of a command.
func (h hooks) After(c *emulator.Call, r *emulator.Response) {
	if s := h.e.spells[c.Line]; s != nil && s.plan != nil {
		s.plan.hold(c, r)
	}
}

// Ended holds a command's result against the rules for it.
func (h hooks) Ended(c *emulator.Call, result atengine.Result) {
	e := h.e
	if result == atengine.Silent { // no final result code will tell that the line is over
		e.sweepLater()
	}
	list := e.answered[string(c.Name)]
	if len(list) == 0 && len(e.taps) == 0 {
		return
	}
	m := Moment{Kind: Answered, Port: e.m.PortOf(c.Line), Call: c, Result: result.String()}
	e.tell(&m)
	for _, r := range list {
		if r.watch.Hit(&m) {
			e.start(r, e.fire(r, &m))
		}
	}
}

// Edit changes a part of the output.
func (h hooks) Edit(l *line, part atengine.Part, n int, p []byte) []emulator.Piece {
	e := h.e
	if part == atengine.PartURC {
		pieces := e.editCode(p)
		if pieces == nil && e.holdCode(l, p) {
			return []emulator.Piece{} // not now
		}
		return pieces
	}
	s := e.spells[l]
	switch {
	case s == nil:
		return nil
	case part == atengine.PartEcho:
		return apply(s.echoes, part, n, p)
	case part == atengine.PartFinal: // the line is over
		delete(e.spells, l)
		e.m.Later(e.fit)
	}
	edits := s.replies
	if s.plan != nil {
		edits = slices.Concat(s.plan.edits, edits)
	}
	return apply(edits, part, n, p)
}

// editCode changes a result code that is sent unasked, if it is one that is
// waited for.
func (e *Engine) editCode(p []byte) []emulator.Piece {
	text, _, _ := cutURC(p)
	i := slices.IndexFunc(e.codes, func(c *code) bool { return !e.resent && c.fits(string(text)) })
	if i < 0 {
		return nil
	}
	c := e.codes[i]
	e.codes = slices.Delete(e.codes, i, i+1)
	e.m.Later(e.fit)
	return apply(c.edits, atengine.PartURC, 0, p)
}
