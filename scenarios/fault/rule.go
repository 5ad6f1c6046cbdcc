package fault

import (
	"time"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Rule is one fault: when it acts, and what it does then. It does not act on what
// itself has just done, as long as no time has passed.
type Rule struct {
	_ struct{} `name:"rule" doc:"One thing that goes wrong: when, and what."`

	Pos   decl.Pos `yaml:"-"`
	Name  string   `yaml:"name" doc:"what the journal and the report call it"`
	On    Trigger  `yaml:"on" need:"yes" doc:"when it acts"`
	While *State   `yaml:"while" doc:"what the modem must be like at that moment"`
	Do    []Step   `yaml:"do" need:"yes" one:"yes" doc:"what it does, in order"`
}

// String is the rule's name, or its trigger where it has none.
func (r *Rule) String() string {
	if r.Name != "" {
		return r.Name
	}
	return r.On.String()
}

// Step is one action of a rule.
type Step struct {
	_ struct{} `name:"action" doc:"What a rule does."`

	Pos    decl.Pos
	Name   string // error, urc, close, ...
	Action any    // an effect, a shaper or a reorderer; a *Wait
}

// Alternatives are all that a step can be.
func (*Step) Alternatives() []decl.Alternative { return actions }

// EncodeYAML is what a step is read from.
func (s Step) EncodeYAML() any { return decl.Chosen{Name: s.Name, Value: s.Action} }

// DecodeYAML reads a mapping of one key, the action's name.
func (s *Step) DecodeYAML(n *decl.Node) {
	s.Pos = n.Pos()
	if name, action, ok := n.Choose(actions); ok {
		s.Name, s.Action = name, action
	}
}

// What an action can do; each kind of action is one of these.
type (
	// effect does something once, on the modem's loop.
	effect interface{ act(x *Firing) }
	// shaper bends the reply of the command that the rule is about, or the
	// result code that it is about.
	shaper interface{ shape(p *plan) }
	// dual is an effect that is a shaper instead where it says so.
	dual interface {
		shaper
		shapes(on Kind) bool
	}
	// reorderer puts the commands of a line into another order.
	reorderer interface{ reorder(parts [][]byte) [][]byte }
)

// armed is a rule at work.
type armed struct {
	*Rule
	id    int
	watch *Watch
	echo  bool // it bends the echo, so it is judged when the line is complete

	effects  []timed
	shapers  []shaper
	order    []reorderer
	replyLag time.Duration // how long the steps before the last shaper wait
}

// timed is an effect and how long after the trigger it comes.
type timed struct {
	step Step
	lag  time.Duration
}

// arm sorts the steps of a rule by what they do.
func arm(r *Rule) *armed {
	a := &armed{Rule: r}
	lag := time.Duration(r.On.After)
	for _, s := range r.Do {
		if p, ok := s.Action.(interface{ place() *Placement }); ok && p.place().Part.part == partEcho {
			a.echo = true
		}
		switch do := s.Action.(type) {
		case *Wait:
			lag += time.Duration(do.For)
		case reorderer:
			a.order = append(a.order, do)
		case effect:
			if d, ok := do.(dual); ok && d.shapes(r.On.kind()) {
				a.shapers, a.replyLag = append(a.shapers, d), lag
				continue
			}
			a.effects = append(a.effects, timed{s, lag})
		case shaper:
			a.shapers, a.replyLag = append(a.shapers, do), lag
		}
	}
	return a
}
