package fault

import (
	"github.com/quectel-sim/qsim/emulator"
)

// spell is what the rules that fired make of one command line of a host, from
// its first byte to its final result code. Each line of a modem has its own.
type spell struct {
	early   []*plan // of commands that have not begun
	echoes  []edit
	replies []edit // of all replies of the line
	plan    *plan  // of the command that runs, or has run last
}

// spell is that of the command line which l has begun.
func (e *Engine) spell(l *line) *spell {
	s := e.spells[l]
	if s == nil {
		s = &spell{}
		e.spells[l] = s
	}
	return s
}

// sweep forgets the command lines that are over.
func (e *Engine) sweep() {
	for l := range e.spells {
		if l.State() == "command" {
			delete(e.spells, l)
		}
	}
	e.fit()
}

// sweepLater is sweep, when the present event is over. It costs nothing when no
// rule bends a command line.
func (e *Engine) sweepLater() {
	if len(e.spells) > 0 {
		e.m.Later(e.sweep)
	}
}

// claim is what the rules for the line make of this command: those for a line as
// a whole, of its first command; those for the echo, of the command that they
// are about.
func (s *spell) claim(c *emulator.Call) *plan {
	var p *plan
	left := s.early[:0]
	for _, q := range s.early {
		switch {
		case q.x.name != "" && q.x.name != string(c.Name):
			left = append(left, q)
			continue
		case q.skip > 0:
			q.skip--
			left = append(left, q)
			continue
		case p == nil:
			p = q
			continue
		}
		p.edits = append(p.edits, q.edits...)
		p.lag = max(p.lag, q.lag)
		if p.instead == nil && p.after == nil {
			p.instead, p.after = q.instead, q.after
		}
	}
	s.early = left
	return p
}
