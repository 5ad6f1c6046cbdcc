package decl

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
)

// Alternative is one of the keys that a [Chooser] takes.
type Alternative struct {
	Name string
	Doc  string // one line
	// New returns a pointer to what its value is read into.
	New func() any
	// Is is the tag is of that value.
	Is string
	// Whole: New's struct takes the whole mapping. It has a field for the key Name
	// itself, with need:"yes", and those of the keys that go with it and with no
	// other.
	Whole bool
	// Bare: the name alone will do, as a scalar or a key without a value.
	Bare bool
}

// Chooser is a type that is a choice: a mapping with exactly one key out of
// those of its alternatives. It reads itself with [Node.Choose], and
// [Schema] and [Reference] know it by this.
type Chooser interface{ Alternatives() []Alternative }

// Commoner is a [Chooser] whose mapping has further keys, whatever was chosen.
// Common returns a pointer to the struct of them. It reads itself with
// [Node.ChooseWith].
type Commoner interface{ Common() any }

// Choose reads a mapping with exactly one key out of those of the alternatives.
// ok tells that there was one, and that its value is without a problem.
func (n *Node) Choose(alternatives []Alternative) (name string, value any, ok bool) {
	return n.ChooseWith(nil, alternatives)
}

// ChooseWith is Choose for a mapping that may have further keys: those of the
// struct that common points to.
func (n *Node) ChooseWith(common any, alternatives []Alternative) (name string, value any, ok bool) {
	before := n.r.failed
	c := choice{alternatives: alternatives}
	if common != nil {
		c.common = planOf(reflect.TypeOf(common).Elem())
	}
	if n.Kind() == Scalar {
		if a := c.find(n.Text()); a != nil && a.Bare {
			return a.Name, a.New(), true
		}
	}
	if n.Kind() != Mapping {
		hint := ""
		if a := c.find(n.Text()); a != nil {
			hint = fmt.Sprintf("write {%s: ...}", a.Name)
		} else if n.Kind() == Scalar {
			hint = nearest.Hint(n.Text(), c.names(), "")
		}
		n.Want(hint, c.String())
		return "", nil, false
	}
	a := n.pick(c)
	if a == nil {
		n.besides(c, nil, nil)
		return "", nil, false
	}
	value = a.New()
	n.besides(c, a, value)
	if common != nil {
		n.finish(reflect.ValueOf(common).Elem(), c.common)
	}
	return a.Name, value, n.r.failed == before
}

// choice is what a mapping may choose from.
type choice struct {
	alternatives []Alternative
	common       *plan // nil where there is none
}

// String is the choice in words.
func (c choice) String() string { return "a mapping with one of " + either(c.names()) }

func (c choice) find(name string) *Alternative {
	for i := range c.alternatives {
		if c.alternatives[i].Name == name {
			return &c.alternatives[i]
		}
	}
	return nil
}

// names are the keys to choose from.
func (c choice) names() []string {
	names := make([]string, len(c.alternatives))
	for i, a := range c.alternatives {
		names[i] = a.Name
	}
	return names
}

// keys are all keys of the mapping.
func (c choice) keys() []string {
	keys := c.names()
	add := func(names []string) {
		for _, name := range names {
			if !slices.Contains(keys, name) {
				keys = append(keys, name)
			}
		}
	}
	for _, a := range c.alternatives {
		if a.Whole {
			add(a.plan().names())
		}
	}
	if c.common != nil {
		add(c.common.names())
	}
	return keys
}

// owners are the whole alternatives that a key goes with.
func (c choice) owners(key string) (names []string) {
	for _, a := range c.alternatives {
		if a.Whole && a.plan().field(key) != nil {
			names = append(names, a.Name)
		}
	}
	return names
}

// plan is that of the struct of a whole alternative.
func (a *Alternative) plan() *plan { return planOf(reflect.TypeOf(a.New()).Elem()) }

// pick finds the one alternative that a mapping has.
func (n *Node) pick(c choice) (chosen *Alternative) {
	unknown := false
	for key := range n.Pairs() {
		a := c.find(key.Text())
		switch {
		case a == nil:
			unknown = unknown || !slices.Contains(c.keys(), key.Text())
		case chosen == nil:
			chosen = a
		default:
			key.Fail("give each a mapping of its own", "%stwo in one: %s and %s", key.prefix(), chosen.Name, a.Name)
			return nil
		}
	}
	if chosen == nil && !unknown { // an unknown key has its own problem, with the same remedy
		n.Fail("", "%swants one of %s", n.prefix(), either(c.names()))
	}
	return chosen
}

// besides reads the value of the chosen alternative, and what else the mapping
// has but for the common keys. With a nil, nothing is kept of it.
func (n *Node) besides(c choice, a *Alternative, value any) {
	var whole reflect.Value
	var own *plan
	if a != nil && a.Whole {
		whole, own = reflect.ValueOf(value).Elem(), a.plan()
	}
	before, given := n.r.failed, map[string]bool{}
	for key, node := range n.Pairs() {
		name := key.Text()
		switch {
		case own != nil && own.field(name) != nil:
			f := own.field(name)
			given[name] = true
			node.tags = f.tags
			node.value(whole.FieldByIndex(f.index))
		case c.find(name) != nil:
			if a == nil || a.Name == name {
				node.alternative(c.find(name), value)
			}
		case c.common != nil && c.common.field(name) != nil: // read with the others of its struct
		case len(c.owners(name)) > 0:
			if a != nil {
				key.Fail("it goes with "+either(c.owners(name)), "%s%s does not go with %s", key.prefix(), name, a.Name)
			}
		default:
			key.unknown(c.keys())
		}
	}
	if own != nil {
		n.missing(own, given)
		n.settle(whole, own, before)
	}
}

// alternative reads the value of one that is not whole into what value points to.
// A nil value is one that was not chosen, and is looked at for its problems only.
func (n *Node) alternative(a *Alternative, value any) {
	switch {
	case a.Whole || a.Bare && n.Kind() == Null:
		return
	case value == nil:
		value = a.New()
	}
	n.name, n.tags = a.Name, tags{is: a.Is}
	n.Into(value)
}

// finish reads the common keys.
func (n *Node) finish(v reflect.Value, p *plan) {
	before, given := n.r.failed, map[string]bool{}
	for key, node := range n.Pairs() {
		if f := p.field(key.Text()); f != nil {
			given[f.name] = true
			node.tags = f.tags
			node.value(v.FieldByIndex(f.index))
		}
	}
	n.missing(p, given)
	n.settle(v, p, before)
}
