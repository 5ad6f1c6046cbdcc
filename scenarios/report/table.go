package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// TableOptions says how [Table] writes.
type TableOptions struct {
	Colour bool // ANSI colours; without them no escape sequence is written
	Width  int  // columns of the terminal; 0 wraps nothing, less than 50 is taken as 50
	Times  bool // with times; without them two runs of one seed print the same
}

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

// The narrowest table and the narrowest column of names, in columns.
const (
	minWidth = 50
	minName  = 10
)

// table is a Report on its way to a terminal.
type table struct {
	TableOptions
	strings.Builder
	name, exit, met int // widths of the columns
}

// Table writes the resilience table: for each run the verdict, the scenario, how
// the host ended and how many of the expectations that were judged it met; under
// a run that did not pass, why; at the end the totals and the seed.
func Table(w io.Writer, r *Report, o TableOptions) error {
	t := &table{TableOptions: o}
	if t.Width > 0 {
		t.Width = max(t.Width, minWidth)
	}
	t.measure(r)
	if len(r.Runs) > 0 {
		t.WriteString(paint(t.Colour, bold, t.row("", "scenario", "host", "met", "time")) + "\n")
	}
	for i := range r.Runs {
		t.run(&r.Runs[i])
	}
	if len(r.Runs) > 0 {
		t.WriteByte('\n')
	}
	t.totals(r)
	_, err := io.WriteString(w, t.String())
	return err
}

// measure finds the widths of the columns. The names give way where the table
// is too wide.
func (t *table) measure(r *Report) {
	t.name, t.exit, t.met = len("scenario"), len("host"), len("met")
	for i := range r.Runs {
		run := &r.Runs[i]
		t.name = max(t.name, textWidth(oneLine(run.Scenario)))
		t.exit = max(t.exit, textWidth(run.exit()))
		t.met = max(t.met, len(met(run.Counts())))
	}
	if t.Width <= 0 {
		return
	}
	others := len("ERROR  ") + 2 + t.exit + 2 + t.met
	if t.Times {
		others += 2 + len("1000.00s")
	}
	t.name = min(t.name, max(minName, t.Width-others))
}

// row is the cells of a line in their columns.
func (t *table) row(verdict, name, exit, met, elapsed string) string {
	line := pad(verdict, 5) + "  " + pad(cut(name, t.name), t.name) + "  " + pad(exit, t.exit) + "  "
	line += strings.Repeat(" ", t.met-len(met)) + met
	if t.Times {
		line += fmt.Sprintf("  %8s", elapsed)
	}
	return line
}

// run writes a run's row and, if it did not pass, why.
func (t *table) run(r *Run) {
	colour, verdict := green, "pass"
	switch r.Outcome() {
	case Fail:
		colour, verdict = red, "FAIL"
	case Broken:
		colour, verdict = yellow, "ERROR"
	}
	line := t.row(verdict, oneLine(r.Scenario), r.exit(), met(r.Counts()), seconds(r.Elapsed))
	t.WriteString(paint(t.Colour, colour, line[:5]) + line[5:] + "\n")
	if r.Error != "" {
		t.message(r.Error, "")
	} else if end := r.ended(); end != "" {
		t.message(end, "")
	}
	for i := range r.Checks {
		if c := &r.Checks[i]; !c.Status.Fine() {
			t.message(c.what(), c.place())
		}
	}
}

// message writes a message, and where it comes from, under a row.
func (t *table) message(text, place string) {
	const first, next = "       - ", "         "
	if place != "" {
		text += " (" + place + ")"
	}
	width := 0
	if t.Width > 0 {
		width = t.Width - len(first)
	}
	for i, line := range wrap(visible(text), width) {
		lead := next
		if i == 0 {
			lead = first
		}
		t.WriteString(strings.TrimRight(lead+line, " ") + "\n")
	}
}

// totals writes the last line.
func (t *table) totals(r *Report) {
	facts := fmt.Sprintf("Seed %d", r.Seed)
	if r.Module != "" {
		facts += ", " + oneLine(r.Module)
	}
	if t.Times {
		facts += ", " + seconds(r.Elapsed)
	}
	n := r.Counts()
	colour := green
	switch {
	case n.RunsFailed > 0:
		colour = red
	case n.Errors > 0 || n.Runs == 0:
		colour = yellow
	}
	for _, line := range wrap(n.totals()+" "+facts+".", t.Width) {
		t.WriteString(paint(t.Colour, colour, line) + "\n")
	}
}

// paint is s in a colour, if colours are on.
func paint(on bool, colour, s string) string {
	if !on {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// met is how many expectations were met of those that were judged.
func met(n Counts) string {
	if n.Judged() == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", n.Met, n.Judged())
}

// seconds is a time for people.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }
