package decl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line and Col count from 1; Col counts characters.
// The zero Pos is nowhere.
type Pos struct {
	File      string // "" where the text is no file
	Line, Col int
}

// String is "file:line:col", or "line:col" without a file.
func (p Pos) String() string {
	at := fmt.Sprintf("%d:%d", p.Line, p.Col)
	if p.File != "" {
		at = p.File + ":" + at
	}
	return at
}

// Problem is something wrong at this place, for whoever finds it after decoding.
func (p Pos) Problem(hint, why string, args ...any) *Problem {
	return &Problem{File: p.File, Line: p.Line, Col: p.Col, Why: fmt.Sprintf(why, args...), Hint: hint}
}

// Problem is one thing wrong in a file.
type Problem struct {
	File      string // "" where the text is no file
	Line, Col int    // from 1; Col counts characters
	Why       string // what is wrong, and what was expected
	Hint      string // what to write instead; "" where Why says it all
}

// Pos is where it is wrong.
func (p *Problem) Pos() Pos { return Pos{p.File, p.Line, p.Col} }

// Error is "file:line:col: why".
func (p *Problem) Error() string { return p.Pos().String() + ": " + p.Why }

// Problems are all that is wrong, in the order of the file.
type Problems []*Problem

// Error is one line for each problem, and one more for its hint if it has one.
func (p Problems) Error() string {
	var b strings.Builder
	for i, one := range p {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(one.Error())
		if one.Hint != "" {
			b.WriteString("\n  hint: " + one.Hint)
		}
	}
	return b.String()
}

// Err is p as an error, nil when there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Sort puts the problems in the order of their place. Those at one place stay
// as they are.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

// maxProblems bounds what is collected; nobody reads more.
const maxProblems = 1000

// report collects the problems of one text.
type report struct {
	file     string
	problems Problems
	seen     map[Problem]bool // what a value behind several aliases has said already
	failed   int              // all that were reported, the same ones included
}

// add takes a problem.
func (r *report) add(p *Problem) {
	r.failed++
	if r.seen[*p] || len(r.problems) >= maxProblems {
		return
	}
	r.seen[*p] = true
	r.problems = append(r.problems, p)
}
