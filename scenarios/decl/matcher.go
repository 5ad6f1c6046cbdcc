package decl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"go.yaml.in/yaml/v4"
)

// maxRegexp bounds a regular expression, in bytes.
const maxRegexp = 1 << 10

// Matcher says which values will do: one value, a list of which any will do,
// {not: MATCHER}, "/regexp/" (RE2, found anywhere in the value), or {from: 3, to: 7}
// with one end at least ({min:, max:} is the same). The zero Matcher takes all.
//
// A number matches what is the same number: 4 matches 04, and 0xC02F matches
// 0XC02F, quoted or not. Other text has to be the same; so has a number in quotes.
type Matcher struct {
	form  form
	value literal
	of    []Matcher      // anyOf: the alternatives; negation: the one denied
	re    *regexp.Regexp // pattern
	low   *int64         // between; nil is no bound
	high  *int64
}

// form is the form of a matcher.
type form uint8

const (
	always form = iota
	equal
	anyOf
	negation
	pattern
	between
)

// literal is a value to compare with.
type literal struct {
	text   string
	quoted bool // it is text, even if it reads like a number
}

// number is the integer that text is, decimal or hexadecimal.
func number(text string) (int64, bool) {
	digits, sign := text, ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		digits, sign = rest, "-"
	}
	base := 10
	if isHex(digits) {
		digits, base = digits[2:], 16
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseInt(sign+digits, base, 64)
	return n, err == nil
}

// isHex reports whether text starts as a hexadecimal number does.
func isHex(text string) bool { return len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' }

// is reports whether s is the value.
func (l literal) is(s string) bool {
	if l.text == s {
		return true
	}
	if l.quoted && !isHex(l.text) {
		return false
	}
	a, ok := number(l.text)
	b, ok2 := number(s)
	return ok && ok2 && a == b
}

// Is is the matcher of one value; a number is compared as a number.
func Is(value string) Matcher { return Matcher{form: equal, value: literal{text: value}} }

// IsZero reports whether m asks for nothing.
func (m Matcher) IsZero() bool { return m.form == always }

// Equal reports whether both read the same.
func (m Matcher) Equal(o Matcher) bool { return m.String() == o.String() }

// Match reports whether s will do.
func (m Matcher) Match(s string) bool {
	switch m.form {
	case equal:
		return m.value.is(s)
	case anyOf:
		return slices.ContainsFunc(m.of, func(one Matcher) bool { return one.Match(s) })
	case negation:
		return !m.of[0].Match(s)
	case pattern:
		return m.re.MatchString(s)
	case between:
		n, ok := number(s)
		return ok && (m.low == nil || *m.low <= n) && (m.high == nil || n <= *m.high)
	}
	return true
}

// matcherKeys are the keys of a matcher that is a mapping.
var matcherKeys = []string{"not", "from", "to", "min", "max"}

// DecodeYAML reads a matcher.
func (m *Matcher) DecodeYAML(n *Node) {
	switch n.Kind() {
	case Scalar:
		m.scalar(n)
		m.fitsAny(n)
	case Sequence:
		list := Matcher{form: anyOf}
		for _, item := range n.Items() {
			var one Matcher
			item.Into(&one)
			list.of = append(list.of, one)
		}
		if len(list.of) == 0 {
			n.Fail("remove the key to take any", "%san empty list matches nothing", n.prefix())
			return
		}
		*m = list
	case Mapping:
		m.mapping(n)
	}
}

// scalar reads a value or a regular expression.
func (m *Matcher) scalar(n *Node) {
	text := n.Text()
	if !n.IsString() || len(text) < 2 || text[0] != '/' || text[len(text)-1] != '/' {
		*m = Matcher{form: equal, value: literal{text, n.IsString()}}
		return
	}
	text = text[1 : len(text)-1]
	switch re, err := regexp.Compile(text[:min(len(text), maxRegexp)]); {
	case len(text) > maxRegexp:
		n.Fail("", "%sa regular expression of more than %d bytes", n.prefix(), maxRegexp)
	case text == "":
		n.Fail("remove the key to take any, or write '' for nothing", "%san empty regular expression matches everything", n.prefix())
	case err != nil:
		n.Fail("", "%s%s", n.prefix(), shorten(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
	default:
		*m = Matcher{form: pattern, re: re}
	}
}

// fitsAny looks whether a matcher fits any of the words of the tag is.
func (m *Matcher) fitsAny(n *Node) {
	if n.tags.is == "" {
		return
	}
	if words := strings.Split(n.tags.is, "|"); !slices.ContainsFunc(words, m.Match) {
		hint := ""
		if n.IsString() {
			hint = nearest.Hint(n.Text(), words, "")
		}
		n.Want(hint, either(words))
	}
}

// mapping reads {not:} or a range.
func (m *Matcher) mapping(n *Node) {
	var read Matcher
	set := func(key, value *Node, to **int64) {
		if *to != nil {
			key.Fail("", "%sthat end is given already", key.prefix())
		}
		*to = new(int64)
		value.Into(*to)
	}
	keys := 0
	for key, value := range n.Pairs() {
		keys++
		switch key.Text() {
		case "not":
			read.form, read.of = negation, make([]Matcher, 1)
			value.tags = n.tags
			value.Into(&read.of[0])
		case "from", "min":
			set(key, value, &read.low)
		case "to", "max":
			set(key, value, &read.high)
		default:
			key.unknown(matcherKeys)
			return
		}
	}
	switch {
	case keys == 0:
		n.Want("", m.Describe())
	case read.form == negation && keys > 1:
		n.Fail("use a list for several", "%snot stands alone", n.prefix())
	case read.form == negation:
		*m = read
	case read.low != nil && read.high != nil && *read.low > *read.high:
		n.Fail("", "%s%d to %d ends before it starts", n.prefix(), *read.low, *read.high)
	default:
		read.form = between
		*m = read
		m.fitsAny(n)
	}
}

// String is the form it is read from, on one line; "" of the zero Matcher.
func (m Matcher) String() string {
	if m.IsZero() {
		return ""
	}
	text, err := yaml.Dump(m.node(), yaml.WithLineWidth(-1))
	if err != nil { // not UTF-8, which none that was read is
		return strconv.Quote(err.Error())
	}
	return strings.TrimSuffix(string(text), "\n")
}

// EncodeYAML is what it is read from.
func (m Matcher) EncodeYAML() any { return m.node() }

// node is the matcher as YAML, on one line.
func (m Matcher) node() *yaml.Node {
	switch m.form {
	case equal:
		if m.value.quoted {
			return textNode(m.value.text)
		}
		return plainNode(m.value.text)
	case anyOf:
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, one := range m.of {
			list.Content = append(list.Content, one.node())
		}
		return list
	case pattern:
		return textNode("/" + m.re.String() + "/")
	}
	pairs := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	if m.form == negation {
		pairs.Content = append(pairs.Content, plainNode("not"), m.of[0].node())
	}
	if m.low != nil {
		pairs.Content = append(pairs.Content, plainNode("from"), plainNode(strconv.FormatInt(*m.low, 10)))
	}
	if m.high != nil {
		pairs.Content = append(pairs.Content, plainNode("to"), plainNode(strconv.FormatInt(*m.high, 10)))
	}
	return pairs
}

// Describe says what it takes.
func (Matcher) Describe() string {
	return `a value, a list of values, "/regexp/", {not: ...} or {from: 3, to: 7}`
}

// describeIs says what it takes under a tag is.
func (Matcher) describeIs(is string) string {
	return either(strings.Split(is, "|")) + `; or a list of these, "/regexp/" or {not: ...}`
}

// JSONSchema is its schema.
func (Matcher) JSONSchema() *jsonschema.Schema {
	const name = "decl.Matcher"
	self := func() *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }
	whole := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "integer"} }
	s := self()
	s.Defs = map[string]*jsonschema.Schema{name: {AnyOf: []*jsonschema.Schema{
		{Types: []string{"string", "number", "boolean"}},
		{Type: "array", Items: self(), MinItems: jsonschema.Ptr(1)},
		{
			Type: "object", Properties: map[string]*jsonschema.Schema{"not": self()},
			Required: []string{"not"}, AdditionalProperties: no(),
		},
		{
			Type: "object", Properties: map[string]*jsonschema.Schema{"from": whole(), "to": whole(), "min": whole(), "max": whole()},
			PropertyOrder: matcherKeys[1:], MinProperties: jsonschema.Ptr(1), AdditionalProperties: no(),
		},
	}}}
	return s
}

// no is the schema of nothing.
func no() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }
