package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// enum is the schema of one of some words.
func enum(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// Module is the name of a module; "" is not said.
type Module string

func moduleNames() (names []string) {
	for _, p := range emulator.Modules() {
		names = append(names, p.Name)
	}
	return names
}

// DecodeYAML reads a module's name.
func (m *Module) DecodeYAML(n *decl.Node) {
	names, word := moduleNames(), n.Text()
	if !slices.Contains(names, word) {
		n.Want(nearest.Hint(word, names, "the modules are "+strings.Join(names, ", ")), m.Describe())
		return
	}
	*m = Module(word)
}

// Describe says what it takes.
func (Module) Describe() string { return "the name of a module such as EC200S" }

// JSONSchema is its schema.
func (Module) JSONSchema() *jsonschema.Schema { return enum(moduleNames()) }

// Quirks are values of the quirks that are chosen, by their names.
type Quirks map[string]string

// DecodeYAML reads quirks.
func (q *Quirks) DecodeYAML(n *decl.Node) {
	if n.Kind() != decl.Mapping {
		n.Want("", q.Describe())
		return
	}
	all := emulator.Quirks()
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name
	}
	read := Quirks{}
	for key, value := range n.Pairs() {
		i := slices.Index(names, key.Text())
		switch {
		case i < 0:
			key.Fail(nearest.Hint(key.Text(), names, "the quirks are "+strings.Join(names, ", ")), "there is no quirk %q", key.Text())
		case !slices.Contains(all[i].Values, value.Text()):
			value.Want(nearest.Hint(value.Text(), all[i].Values, ""), strings.Join(all[i].Values, " or "))
		default:
			read[names[i]] = value.Text()
		}
	}
	*q = read
}

// EncodeYAML is what it is read from.
func (q Quirks) EncodeYAML() any { return map[string]string(q) }

// IsZero reports whether none is chosen.
func (q Quirks) IsZero() bool { return len(q) == 0 }

// Describe says what it takes.
func (Quirks) Describe() string { return "a mapping from quirks to their values" }

// JSONSchema is its schema.
func (Quirks) JSONSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	for _, q := range emulator.Quirks() {
		one := enum(q.Values)
		for _, v := range q.Values {
			if number, err := strconv.Atoi(v); err == nil {
				one.Enum = append(one.Enum, number) // without quotes
			}
		}
		one.Description = q.Does
		s.Properties[q.Name] = one
		s.PropertyOrder = append(s.PropertyOrder, q.Name)
	}
	return s
}

// Line is a command line, which begins with AT.
type Line string

// maxLine is the longest command line, in bytes.
const maxLine = 4096

// DecodeYAML reads a command line.
func (l *Line) DecodeYAML(n *decl.Node) {
	text := n.Text()
	switch {
	case n.Kind() != decl.Scalar:
		n.Want("", l.Describe())
	case len(text) < 2 || !strings.EqualFold(text[:2], "AT"):
		n.Fail("it is what a host would type: AT+QIACT=1", "%q does not begin with AT", text)
	case len(text) > maxLine:
		n.Fail("", "a command line of more than %d bytes", maxLine)
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }):
		n.Fail("write one line in each element of the list, without \\r", "a control character in a command line")
	default:
		for _, c := range atengine.Split([]byte(text[2:])) {
			if name := atengine.NameOf(c); !fault.Known(name) {
				n.Fail("qsim commands lists them", "there is no command %q", "AT"+string(c))
				return
			}
		}
		*l = Line(text)
	}
}

// Describe says what it takes.
func (Line) Describe() string { return `a command line such as AT+QISDE=0` }

// JSONSchema is its schema.
func (Line) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^[Aa][Tt]"}
}

// Clock is a time that AT+CCLK can show: it has two digits for the year.
type Clock struct{ decl.Time }

// The years that it can show.
const (
	firstYear = 1970
	lastYear  = 2069
)

// DecodeYAML reads a time.
func (c *Clock) DecodeYAML(n *decl.Node) {
	var t decl.Time
	if !n.Into(&t) {
		return
	}
	if y := t.Year(); !t.Now && (y < firstYear || y > lastYear) {
		n.Fail("", "AT+CCLK shows the years %d to %d", firstYear, lastYear)
		return
	}
	c.Time = t
}

// Redirect is a rule of connect-to.
type Redirect network.Rule

// DecodeYAML reads HOST:PORT:TOHOST:TOPORT.
func (r *Redirect) DecodeYAML(n *decl.Node) {
	if n.Kind() != decl.Scalar {
		n.Want("", r.Describe())
		return
	}
	rule, err := network.ParseRedirect(n.Text())
	if err != nil {
		n.Fail("", "%v", err)
		return
	}
	*r = Redirect(rule)
}

// EncodeYAML is what it is read from.
func (r Redirect) EncodeYAML() any { return network.Rule(r).String() }

// Describe says what it takes.
func (Redirect) Describe() string { return "a rule HOST:PORT:TOHOST:TOPORT" }

// JSONSchema is its schema.
func (Redirect) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

// Redirects are the rules of connect-to.
func (s *Setup) Redirects() []network.Rule {
	rules := make([]network.Rule, len(s.ConnectTo))
	for i, r := range s.ConnectTo {
		rules[i] = network.Rule(r)
	}
	return rules
}
