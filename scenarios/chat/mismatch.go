package chat

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Reason is the way in which a modem parted from the script.
type Reason string

// The ways in which the modem can differ from the script.
const (
	Differs Reason = "differs" // it said something else
	Missing Reason = "missing" // it said too little, or nothing, in time
	Extra   Reason = "extra"   // it said more than the script holds
	Noise   Reason = "noise"   // it spoke during @quiet
)

// Mismatch is the error of a modem that does not do as the script says.
type Mismatch struct {
	File   string
	Line   int    // of the script, from 1
	Step   string // that line, as a script writes it; empty in an empty script
	Reason Reason
	Echo   bool          // what was expected is the echo of a line of the host
	Want   string        // the expected bytes as a script writes them, known values filled in; empty for Extra and Noise
	Got    []byte        // what came instead, as far as it had come
	At     int           // index in Got of the first wrong byte; len(Got) for Missing
	Next   string        // what had to come at At; empty for Extra and Noise
	Within time.Duration // Missing: how long was waited; Noise: how long it should have been quiet
	Before []Chunk       // the last bytes that went well, oldest first
}

// shownBytes is how much of a long text a message shows, in bytes.
const shownBytes = 160

// Error describes the mismatch on several lines.
func (m *Mismatch) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", m.File, m.Line)
	if m.Step != "" {
		fmt.Fprintf(&b, "`%s`: ", m.Step)
	}
	b.WriteString(m.headline())
	if m.Want != "" {
		fmt.Fprintf(&b, "\n    want  %s", m.Want)
	}
	m.writeGot(&b)
	for i := range m.Before {
		lead := "    after"
		if i > 0 {
			lead = "         "
		}
		mark := ">"
		if m.Before[i].Dir == Modem {
			mark = "<"
		}
		fmt.Fprintf(&b, "\n%s %s %s", lead, mark, m.Before[i].shown())
	}
	return b.String()
}

// headline says in one clause what is wrong.
func (m *Mismatch) headline() string {
	what := "the modem's answer"
	if m.Echo {
		what = "the modem's echo"
	}
	switch {
	case m.Reason == Extra:
		return "the modem says more than the transcript"
	case m.Reason == Noise:
		return fmt.Sprintf("the modem speaks within %v of @quiet", m.Within)
	case m.Reason == Missing && len(m.Got) == 0:
		return fmt.Sprintf("%s did not come within %v", what, m.Within)
	case m.Reason == Missing:
		return fmt.Sprintf("%s was not complete within %v", what, m.Within)
	}
	return what + " differs"
}

// writeGot shows what came, with the first wrong byte marked.
func (m *Mismatch) writeGot(b *strings.Builder) {
	const lead = "\n    got   "
	if len(m.Got) == 0 {
		fmt.Fprintf(b, "%snothing; %s expected", lead, m.Next)
		return
	}
	from := max(0, m.At-shownBytes/2)
	to := min(len(m.Got), from+shownBytes)
	var before, after string
	if from > 0 {
		before = "... "
	}
	if to < len(m.Got) {
		after = " ..."
	}
	before += quote(string(m.Got[from:m.At]))
	b.WriteString(lead + before + quote(string(m.Got[m.At:to])) + after)
	fmt.Fprintf(b, "\n          %s^ byte %d: ", strings.Repeat(" ", utf8.RuneCountInString(before)), m.At+1)
	switch {
	case m.Reason == Extra || m.Reason == Noise:
		b.WriteString("nothing expected")
	case m.At == len(m.Got):
		fmt.Fprintf(b, "%s expected, nothing came", m.Next)
	default:
		fmt.Fprintf(b, "%s expected, %s came", m.Next, show(m.Got[m.At]))
	}
}

// shown is the end of the chunk, readably.
func (c Chunk) shown() string {
	if extra := len(c.Bytes) - shownBytes; extra > 0 {
		return "... " + quote(string(c.Bytes[extra:]))
	}
	return quote(string(c.Bytes))
}

// history is the last bytes of both sides that went well.
type history []Chunk

// historyChunks and historyBytes bound it: the runs kept, and the bytes of a
// run. Only the end of a run is shown, so only the end is kept.
const (
	historyChunks = 4
	historyBytes  = 2 * shownBytes
)

// add appends bytes, to the last run if it is from the same side.
func (h *history) add(c Chunk) {
	if len(c.Bytes) == 0 {
		return
	}
	if last := len(*h) - 1; last < 0 || (*h)[last].Dir != c.Dir {
		if len(*h) == historyChunks {
			*h = append(history(nil), (*h)[1:]...)
		}
		*h = append(*h, Chunk{Dir: c.Dir, Line: c.Line})
	}
	run := &(*h)[len(*h)-1]
	run.Line = c.Line
	run.Bytes = append(run.Bytes, c.Bytes...)
	if extra := len(run.Bytes) - historyBytes; extra > 0 {
		run.Bytes = append([]byte(nil), run.Bytes[extra:]...)
	}
}

// snapshot is a copy that later bytes do not change.
func (h history) snapshot() []Chunk {
	out := make([]Chunk, len(h))
	for i, c := range h {
		c.Bytes = append([]byte(nil), c.Bytes...)
		out[i] = c
	}
	return out
}
