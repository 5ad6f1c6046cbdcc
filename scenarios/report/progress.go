package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// ProgressOptions says how a [Progress] writes.
type ProgressOptions struct {
	Terminal bool       // one line that is written over; else a line for each run that ended
	Colour   bool       // ANSI colours
	Width    func() int // columns of the terminal, asked at each change; nil is 80
}

// Progress shows how far a matrix has come. It may be used from several
// goroutines. What the writer answers is not looked at: the report counts.
type Progress struct {
	mu      sync.Mutex
	w       io.Writer
	o       ProgressOptions
	total   int
	done    int
	failed  int
	running []string // in the order of their starts
	shown   int      // columns of the line on the terminal
}

// NewProgress shows the progress of total runs on w.
func NewProgress(w io.Writer, total int, o ProgressOptions) *Progress {
	return &Progress{w: w, o: o, total: total}
}

// Start says that the scenario runs now.
func (p *Progress) Start(scenario string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = append(p.running, scenario)
	p.redraw()
}

// Done says that a run has ended.
func (p *Progress) Done(r *Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.running, r.Scenario); i >= 0 {
		p.running = slices.Delete(p.running, i, i+1)
	}
	p.done++
	if !r.Passed() {
		p.failed++
	}
	if p.o.Terminal {
		p.redraw()
		return
	}
	p.line(r)
}

// Close takes the line off the terminal, so that the table can follow.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}

// line writes the line of a run that has ended.
func (p *Progress) line(r *Run) {
	verdict := paint(p.o.Colour, green, "pass ")
	switch r.Outcome() {
	case Fail:
		verdict = paint(p.o.Colour, red, "FAIL ")
	case Broken:
		verdict = paint(p.o.Colour, yellow, "ERROR")
	}
	text := fmt.Sprintf("%*d/%d %s %s", len(fmt.Sprint(p.total)), p.done, p.total, verdict, oneLine(r.Scenario))
	if why := r.Why(); why != "" {
		text += ": " + why
	}
	fmt.Fprintln(p.w, text)
}

// barCells is the width of the bar itself, in columns.
const barCells = 20

// redraw writes the line over the one before. What the old one had more is
// overwritten with blanks, which every terminal can.
func (p *Progress) redraw() {
	if !p.o.Terminal {
		return
	}
	width := 80
	if p.o.Width != nil {
		width = p.o.Width()
	}
	full := barCells
	if p.total > 0 {
		full = min(barCells, p.done*barCells/p.total)
	}
	failed := ""
	if p.failed > 0 {
		failed = fmt.Sprintf(", %d failed", p.failed)
	}
	before := fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", barCells-full), p.done, p.total)
	after := ""
	if len(p.running) > 0 {
		after = ": " + oneLine(strings.Join(p.running, ", "))
	}
	// The last column stays free, or some terminals begin a new line.
	room := max(0, width-1)
	line := cut(before+failed+after, room)
	columns := textWidth(line)
	if rest, whole := strings.CutPrefix(line, before+failed); whole && failed != "" {
		line = before + paint(p.o.Colour, red, failed) + rest
	}
	fmt.Fprint(p.w, "\r"+line+strings.Repeat(" ", max(0, min(p.shown, room)-columns)))
	p.shown = columns
}
