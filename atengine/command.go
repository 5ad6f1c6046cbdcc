package atengine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Form is how a command was given (V.250 5.4).
type Form uint8

// The four forms.
const (
	Exec  Form = iota // AT+X, and basic commands (ATE0)
	Write             // AT+X=1
	Read              // AT+X?
	Test              // AT+X=?
)

func (f Form) String() string { return [...]string{"exec", "write", "read", "test"}[f] }

// Handler runs one form of a command for the modem M.
type Handler[M any] func(M, *Call[M]) Response

// Command is one row of a module's table. A nil handler means that the command
// lacks that form; the test form derives from Params unless Test says
// otherwise.
type Command[M any] struct {
	Name    string // "+QSSLOPEN", "E", "&D"
	Summary string // one line for the support table

	Params    []Param
	Exec      Handler[M]
	Read      Handler[M]
	Write     Handler[M]
	Query     Handler[M] // the write form with at most QueryArgs parameters
	QueryArgs int
	Variants  []Variant[M] // the write form, told apart by its first parameter

	Test  string     // information of the test form; "OK": none; "": derived
	Tests Handler[M] // the test form where it depends on more than the row; nil: Test
	Plain bool       // the derived test form shows optional parameters unbracketed
	Last  bool       // what follows on the line is not executed (ATZ, ATO)

	Class  uint8         // for the module: which error style, which bookkeeping
	Max    time.Duration // maximum response time; 0: 300 ms
	Source string        // "seed 2.2.2"
}

// Variant is a command whose first parameter is a keyword that decides what the
// others are: AT+QSSLCFG="sslversion",1,4. Params start after the keyword.
type Variant[M any] struct {
	Key       string
	Params    []Param
	Write     Handler[M]
	Query     Handler[M] // with at most QueryArgs parameters after the keyword
	QueryArgs int
}

// Table is a module's set of commands. It is immutable and can serve any number
// of lines at once.
type Table[M any] struct {
	rows   []*Command[M]
	byName map[string]*Command[M]
}

// NewTable collects rows. Two rows of one name are an error, and so is a query
// with more parameters than the row declares.
func NewTable[M any](rows ...*Command[M]) (*Table[M], error) {
	t := &Table[M]{byName: make(map[string]*Command[M], len(rows))}
	for _, r := range rows {
		name := strings.ToUpper(r.Name)
		if t.byName[name] != nil {
			return nil, fmt.Errorf("atengine: two rows for AT%s", name)
		}
		if r.QueryArgs > len(r.Params) {
			return nil, fmt.Errorf("atengine: AT%s: QueryArgs is past its parameters", name)
		}
		for _, v := range r.Variants {
			if v.QueryArgs > len(v.Params) {
				return nil, fmt.Errorf("atengine: AT%s=%q: QueryArgs is past its parameters", name, v.Key)
			}
		}
		t.byName[name] = r
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// Without returns a table that lacks the named commands: what a module does not
// have, it answers as unknown.
func (t *Table[M]) Without(names ...string) *Table[M] {
	if len(names) == 0 {
		return t
	}
	u := &Table[M]{byName: make(map[string]*Command[M], len(t.rows))}
	for _, r := range t.rows {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, r.Name) }) {
			u.byName[strings.ToUpper(r.Name)] = r
			u.rows = append(u.rows, r)
		}
	}
	return u
}

// With returns a table in which row stands in the place of the one of its name,
// or behind all others when there is none.
func (t *Table[M]) With(row *Command[M]) *Table[M] {
	u := &Table[M]{byName: maps.Clone(t.byName), rows: slices.Clone(t.rows)}
	name := strings.ToUpper(row.Name)
	i := slices.Index(u.rows, u.byName[name])
	if i < 0 {
		u.rows = append(u.rows, row)
	} else {
		u.rows[i] = row
	}
	u.byName[name] = row
	return u
}

// Commands are the rows in the order they were declared.
func (t *Table[M]) Commands() []*Command[M] { return slices.Clone(t.rows) }

// Lookup finds a command by name, in any case. It is nil for an unknown one.
func (t *Table[M]) Lookup(name string) *Command[M] { return t.byName[strings.ToUpper(name)] }

// Forms lists the forms that the command has.
func (c *Command[M]) Forms() []Form {
	var f []Form
	if c.extended() {
		f = append(f, Test)
	}
	if c.Read != nil {
		f = append(f, Read)
	}
	if c.Write != nil || c.Query != nil || c.Variants != nil {
		f = append(f, Write)
	}
	if c.Exec != nil {
		f = append(f, Exec)
	}
	return f
}

// extended reports whether the command has a prefix (V.250 5.4.1): only these
// have a test form.
func (c *Command[M]) extended() bool {
	return c.Name != "" && isPrefix(c.Name[0])
}

// TestLines is the information text of the test form.
func (c *Command[M]) TestLines() []string {
	switch {
	case c.Test == "OK":
		return nil
	case c.Test != "":
		return strings.Split(c.Test, "\n")
	case c.Variants != nil:
		lines := make([]string, len(c.Variants))
		for i, v := range c.Variants {
			lines[i] = c.Name + `: "` + v.Key + `"`
			if len(v.Params) > 0 {
				lines[i] += "," + ranges(v.Params, true)
			}
		}
		return lines
	case len(c.Params) > 0:
		return []string{c.Name + ": " + ranges(c.Params, c.Plain)}
	}
	return nil
}

// ranges joins the ranges of params, with the optional ones in brackets unless
// plain.
func ranges(params []Param, plain bool) string {
	var b strings.Builder
	open := 0
	for i, p := range params {
		if p.Optional && !plain {
			b.WriteByte('[')
			open++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(p.Range())
	}
	b.WriteString(strings.Repeat("]", open))
	return b.String()
}
