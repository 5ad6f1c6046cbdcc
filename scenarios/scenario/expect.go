package scenario

import (
	"time"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// DefaultWithin is how long a host has where an expectation does not say.
const DefaultWithin = decl.Duration(30 * time.Second)

// Expectation is one thing that the host must do, or must not. Exactly one of
// Host, Never, Order, Count and Finally is set.
type Expectation struct {
	_ struct{} `name:"expectation" doc:"What the host must do, or must not."`

	Pos     decl.Pos
	Name    string // what reports call it; may be empty
	Message string // what to tell the host's author when it is not met; may be empty

	Host     *fault.Trigger // the host must do this,
	After    *fault.Trigger // of Host and Never: once this has come; nil: from the start
	Within   decl.Duration  // of Host: so soon, on the wall clock; never 0 with Host
	Each     bool           // of Host: each time that After comes, not only the first
	Optional bool           // of Host: it is met, too, when After never comes

	Never *fault.Trigger // the host must not do this,
	Until *fault.Trigger // of Never: until this comes; nil: to the end

	Order []fault.Trigger // the host must do these in this order

	Count *fault.Trigger // how often the host does this,
	Is    decl.Count     // is one of these numbers

	Finally *fault.State // what the modem must be like when the host has ended
}

// The forms of an expectation, as they are written.
type (
	mustDo struct {
		Host     *fault.Trigger `yaml:"host" need:"yes"`
		After    *fault.Trigger `yaml:"after" default:"the start" doc:"from which moment on"`
		Within   decl.Duration  `yaml:"within" is:"1ms-24h" default:"30s" doc:"how soon, on the wall clock"`
		Each     bool           `yaml:"each" doc:"each time that after comes, not only the first"`
		Optional bool           `yaml:"optional" doc:"it is met, too, when after never comes"`
	}
	mustNot struct {
		Never *fault.Trigger `yaml:"never" need:"yes"`
		After *fault.Trigger `yaml:"after" default:"the start" doc:"from which moment on"`
		Until *fault.Trigger `yaml:"until" default:"the end" doc:"to which moment"`
	}
	counted struct {
		Count *fault.Trigger `yaml:"count" need:"yes"`
		Is    decl.Count     `yaml:"is" need:"yes" doc:"how often"`
	}
	named struct {
		Name    string `yaml:"name" doc:"what reports call it"`
		Message string `yaml:"message" doc:"what to tell the host's author when it is not met"`
	}
)

// forms are all that an expectation can be.
var forms = []decl.Alternative{
	{Name: "host", Doc: "what the host must do", Whole: true, New: func() any { return new(mustDo) }},
	{Name: "never", Doc: "what the host must not do", Whole: true, New: func() any { return new(mustNot) }},
	{Name: "order", Doc: "what the host must do in this order; anything may come between", New: func() any { return new([]fault.Trigger) }},
	{Name: "count", Doc: "what the host must do so often", Whole: true, New: func() any { return new(counted) }},
	{Name: "finally", Doc: "what the modem must be like when the host has ended", New: func() any { return new(fault.State) }},
}

// Alternatives are the forms of an expectation.
func (*Expectation) Alternatives() []decl.Alternative { return forms }

// Common is what each form has.
func (*Expectation) Common() any { return new(named) }

// DecodeYAML reads an expectation.
func (e *Expectation) DecodeYAML(n *decl.Node) {
	var common named
	_, value, ok := n.ChooseWith(&common, forms)
	*e = Expectation{Pos: n.Pos(), Name: common.Name, Message: common.Message}
	moments(n)
	if !ok {
		return
	}
	switch v := value.(type) {
	case *mustDo:
		e.Host, e.After, e.Within, e.Each, e.Optional = v.Host, v.After, v.Within, v.Each, v.Optional
		if e.Within == 0 {
			e.Within = DefaultWithin
		}
	case *mustNot:
		e.Never, e.After, e.Until = v.Never, v.After, v.Until
	case *[]fault.Trigger:
		e.Order = *v
	case *counted:
		e.Count, e.Is = v.Count, v.Is
	case *fault.State:
		e.Finally = v
	}
	e.check(n)
}

// EncodeYAML is what it is read from.
func (e Expectation) EncodeYAML() any {
	c := decl.Chosen{Common: named{e.Name, e.Message}}
	switch {
	case e.Host != nil:
		c.Name, c.Whole, c.Value = "host", true, mustDo{e.Host, e.After, e.Within, e.Each, e.Optional}
	case e.Never != nil:
		c.Name, c.Whole, c.Value = "never", true, mustNot{e.Never, e.After, e.Until}
	case e.Count != nil:
		c.Name, c.Whole, c.Value = "count", true, counted{e.Count, e.Is}
	case e.Finally != nil:
		c.Name, c.Value = "finally", e.Finally
	default:
		c.Name, c.Value = "order", e.Order
	}
	return c
}

// Kind is the key that says what the expectation is: host, never, order, count
// or finally.
func (e *Expectation) Kind() string {
	switch {
	case e.Host != nil:
		return "host"
	case e.Never != nil:
		return "never"
	case e.Count != nil:
		return "count"
	case e.Finally != nil:
		return "finally"
	}
	return "order"
}

// check looks at what no single key can tell.
func (e *Expectation) check(n *decl.Node) {
	switch {
	case e.Host != nil && e.After == nil:
		for _, key := range []string{"each", "optional"} {
			if at := n.Get(key); at != nil {
				at.Fail("", "%s is about the moments of after, and there is no after", key)
			}
		}
	case e.Kind() == "order" && len(e.Order) < 2:
		n.Get("order").Fail("host: for one thing that the host must do", "an order is of two or more")
	}
}

// moments looks at the triggers of an expectation.
func moments(n *decl.Node) {
	for key, value := range n.Pairs() {
		switch key.Text() {
		case "host", "never", "count":
			moment(value, false)
		case "after", "until":
			moment(value, true)
		case "order":
			for _, one := range value.Items() {
				moment(one, false)
			}
		}
	}
}

// items are the values of a list; nil has none.
func items(n *decl.Node) []*decl.Node {
	if n == nil {
		return nil
	}
	return n.Items()
}

// moment looks whether a trigger can be held against what happens. The host
// does no times, but they can be where an expectation begins or ends.
func moment(n *decl.Node, times bool) {
	for key := range n.Pairs() {
		switch {
		case key.Text() == "at" && !times:
			key.Fail("a command, a line, an event or a urc; within: says how soon", "nobody does a time")
		case key.Text() == "chance":
			key.Fail("remove it", "an expectation leaves nothing to chance")
		case key.Text() == "after":
			key.Fail("write after: beside the trigger, not in it", "the delay of a rule means nothing in an expectation")
		}
	}
}
