package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// The states of a command in the support table.
const (
	full        = "full"
	partial     = "partial"
	unsupported = "unsupported"
)

// support is what qsim does of one command, as its row in the module's table
// says it.
type support struct {
	Group       string    `json:"group"`
	Command     string    `json:"command"` // as typed: AT+QSSLOPEN
	Summary     string    `json:"summary"`
	State       string    `json:"state"`                 // full, partial, unsupported
	Restriction string    `json:"restriction,omitempty"` // of a partial one: what there is of it
	Forms       []string  `json:"forms,omitempty"`       // test, read, write, exec
	Params      []param   `json:"parameters,omitempty"`
	Keywords    []keyword `json:"keywords,omitempty"` // of a command whose first parameter decides on the others
	MaxMS       int64     `json:"max_ms,omitempty"`   // the maximum response time
	Source      string    `json:"source,omitempty"`   // where its behaviour is known from
}

// keyword is one first parameter and those that follow it.
type keyword struct {
	Key    string  `json:"keyword"`
	Params []param `json:"parameters,omitempty"`
}

// param is one parameter. Of a string Min and Max are its length in bytes.
type param struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // integer, string, hex
	Min      *int   `json:"min,omitempty"`
	Max      *int   `json:"max,omitempty"`
	Values   []int  `json:"values,omitempty"` // only these
	Optional bool   `json:"optional,omitempty"`
}

// supported are all commands that are built, by group and name.
func supported() (rows []support) {
	for _, g := range emulator.Groups() {
		for _, c := range g.Commands {
			rows = append(rows, supportOf(g.Name, c))
		}
	}
	return rows
}

// defaultMax is the maximum response time of a row that says none.
const defaultMax = 300 * time.Millisecond

// supportOf describes one row. A summary with a colon says after it what there
// is of the command: such a one is partial.
func supportOf(group string, c *emulator.Command) support {
	s := support{Group: group, Command: "AT" + c.Name, Source: c.Source, State: full, Params: params(c.Params)}
	var restricted bool
	if s.Summary, s.Restriction, restricted = strings.Cut(c.Summary, ": "); restricted {
		s.State = partial
	}
	for _, f := range c.Forms() {
		s.Forms = append(s.Forms, f.String())
	}
	for _, v := range c.Variants {
		s.Keywords = append(s.Keywords, keyword{v.Key, params(v.Params)})
	}
	longest := c.Max
	if longest == 0 {
		longest = defaultMax
	}
	s.MaxMS = longest.Milliseconds()
	return s
}

func params(declared []atengine.Param) (list []param) {
	for _, p := range declared {
		q := param{Name: p.Name, Optional: p.Optional, Values: p.Values}
		switch p.Kind {
		case atengine.Text:
			q.Type, q.Min, q.Max = "string", &p.Min, &p.Max
		case atengine.Hex:
			q.Type = "hex"
		default:
			if q.Type = "integer"; p.Values == nil {
				q.Min, q.Max = &p.Min, &p.Max
			}
		}
		list = append(list, q)
	}
	return list
}

// String is the parameter as the support table shows it: <port> 1-65535.
func (p param) String() string {
	text := "<" + p.Name + ">"
	switch {
	case p.Type == "string" && *p.Min == *p.Max:
		text += fmt.Sprintf(" %d bytes", *p.Max)
	case p.Type == "string":
		text += fmt.Sprintf(" %d-%d bytes", *p.Min, *p.Max)
	case p.Values != nil:
		shown := make([]string, len(p.Values))
		for i, v := range p.Values {
			if shown[i] = strconv.Itoa(v); p.Type == "hex" {
				shown[i] = fmt.Sprintf("0X%04X", v)
			}
		}
		text += " " + strings.Join(shown, ",")
	case p.Min != nil && *p.Min == *p.Max:
		text += " " + strconv.Itoa(*p.Min)
	case p.Min != nil:
		text += fmt.Sprintf(" %d-%d", *p.Min, *p.Max)
	}
	if p.Optional {
		return "[" + text + "]"
	}
	return text
}

// parameters are all parameters, one line each; a keyword with what follows it
// is one line.
func (s support) parameters() (lines []string) {
	for _, p := range s.Params {
		lines = append(lines, p.String())
	}
	for _, k := range s.Keywords {
		line := []string{strconv.Quote(k.Key)}
		for _, p := range k.Params {
			line = append(line, p.String())
		}
		lines = append(lines, strings.Join(line, ", "))
	}
	return lines
}

// unsupportedCommands are the commands that are known and not built.
func unsupportedCommands() (rows []support) {
	for _, u := range emulator.UnbuiltCommands {
		rows = append(rows, support{Group: u.Group, Command: "AT" + u.Name, Summary: u.Does, State: unsupported})
	}
	return rows
}

// groupsOf are the groups of rows, in their order.
func groupsOf(rows []support) (names []string) {
	for _, r := range rows {
		if !slices.Contains(names, r.Group) {
			names = append(names, r.Group)
		}
	}
	return names
}
