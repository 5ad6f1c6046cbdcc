package atengine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the type of a parameter.
type Kind uint8

// The types a parameter can have.
const (
	Integer Kind = iota // decimal
	Text                // quoted
	Hex                 // 0X and four hexadecimal digits, any case, unquoted
)

// Param declares one parameter of a command: its name as the manual spells it,
// its type and what it may be. Build one with Int, OneOf, Str or Code.
type Param struct {
	Name     string
	Kind     Kind
	Min, Max int   // Integer: the range; Text: the length in bytes
	Values   []int // Integer, Hex: only these
	Optional bool
	Default  int // what an omitted Integer is, where that is a constant

	quotedToo bool   // Integer: "1" is 1
	defaults  bool   // Default is a value, not only the lack of one
	bare      bool   // Text: quotes may be missing
	rest      bool   // Text: all that is left, as typed
	brief     string // how the test form shows it
}

// Int declares a decimal number from lo to hi.
func Int(name string, lo, hi int) Param {
	return Param{Name: name, Kind: Integer, Min: lo, Max: hi}
}

// OneOf declares a decimal number that is one of values, in ascending order.
func OneOf(name string, values ...int) Param {
	return Param{Name: name, Kind: Integer, Min: values[0], Max: values[len(values)-1], Values: values}
}

// Str declares a quoted string of lo to hi bytes.
func Str(name string, lo, hi int) Param {
	return Param{Name: name, Kind: Text, Min: lo, Max: hi}
}

// Code declares a hexadecimal number that is one of values (0XC02F).
func Code(name string, values ...int) Param {
	return Param{Name: name, Kind: Hex, Values: values}
}

// Opt makes the parameter optional.
func (p Param) Opt() Param { p.Optional = true; return p }

// Or makes the parameter optional with a value for when it is omitted.
func (p Param) Or(v int) Param { p.Optional, p.Default, p.defaults = true, v, true; return p }

// QuotedToo accepts the number with quotes around it as well.
func (p Param) QuotedToo() Param { p.quotedToo = true; return p }

// Bare accepts the string without quotes as well.
func (p Param) Bare() Param { p.bare = true; return p }

// Rest takes all that is left of the command as it was typed, commas and quotes
// included: a dial string (V.250 6.3.1).
func (p Param) Rest() Param { p.rest = true; return p }

// As sets how the test form shows the parameter.
func (p Param) As(text string) Param { p.brief = text; return p }

// Named shows the parameter in the test form by its name.
func (p Param) Named() Param { return p.As("<" + p.Name + ">") }

// Range is the parameter as a test form shows it: (0-11), (0,1), <name>.
func (p Param) Range() string {
	switch {
	case p.brief != "":
		return p.brief
	case p.Kind == Text:
		return "<" + p.Name + ">"
	case p.Kind == Hex:
		var b strings.Builder
		for i, v := range p.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "0X%04X", v)
		}
		return "(" + b.String() + ")"
	case p.Values != nil:
		var b strings.Builder
		for i, v := range p.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(v))
		}
		return "(" + b.String() + ")"
	case p.Max == p.Min:
		return fmt.Sprintf("(%d)", p.Min)
	case p.Max == p.Min+1:
		return fmt.Sprintf("(%d,%d)", p.Min, p.Max)
	}
	return fmt.Sprintf("(%d-%d)", p.Min, p.Max)
}

// value is one parameter of a call.
type value struct {
	set  bool
	num  int
	text string
}

// read checks raw, one argument as typed, against the declaration. The reason
// is empty when it fits.
func (p *Param) read(raw []byte) (v value, reason string) {
	if p.rest {
		return p.length(raw)
	}
	quoted := len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"'
	body := raw
	if quoted {
		body = raw[1 : len(raw)-1]
	}
	if slices.Contains(body, '"') {
		return value{}, "has a quote in the wrong place"
	}
	switch p.Kind {
	case Text:
		if !quoted && !p.bare {
			return value{}, "is a string and wants quotes"
		}
		return p.length(body)
	case Hex:
		if quoted {
			return value{}, "is a number and wants no quotes"
		}
		if len(body) < 3 || body[0] != '0' || body[1]|0x20 != 'x' {
			return value{}, "is not a 0X number"
		}
		n, err := strconv.ParseUint(string(body[2:]), 16, 31)
		if err != nil {
			return value{}, "is not a hexadecimal number"
		}
		return p.number(int(n))
	}
	if quoted && !p.quotedToo {
		return value{}, "is a number and wants no quotes"
	}
	n, err := strconv.Atoi(string(body))
	if err != nil || body[0] == '+' {
		return value{}, "is not a number"
	}
	return p.number(n)
}

// Refuses tells why the parameter is never text, which has no quotes, or "" when
// it can be.
func (p Param) Refuses(text string) string {
	if p.Kind == Text && !p.rest {
		text = `"` + text + `"`
	}
	_, reason := p.read([]byte(text))
	return reason
}

func (p *Param) length(text []byte) (value, string) {
	if len(text) < p.Min || len(text) > p.Max {
		return value{}, fmt.Sprintf("%d bytes long, outside %d-%d", len(text), p.Min, p.Max)
	}
	return value{set: true, text: string(text)}, ""
}

func (p *Param) number(n int) (value, string) {
	if p.Values != nil {
		if !slices.Contains(p.Values, n) {
			return value{}, fmt.Sprintf("%d is not one of %s", n, p.Range())
		}
	} else if n < p.Min || n > p.Max {
		return value{}, fmt.Sprintf("%d is outside %d-%d", n, p.Min, p.Max)
	}
	return value{set: true, num: n}, ""
}
