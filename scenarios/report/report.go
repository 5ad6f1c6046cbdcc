package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema names the form of a Report in JSON.
const Schema = "qsim/report/v1"

// Status is what came of one expectation.
type Status string

// What can come of an expectation.
const (
	Passed     Status = "passed"      // the host did it
	Failed     Status = "failed"      // the host did not, or did what it must not
	NotReached Status = "not reached" // its trigger never came; counts as failed
	Skipped    Status = "skipped"     // its trigger never came, and it is optional
)

// Fine reports whether a host may have this status and pass. A status that is
// not one of the four is not fine.
func (s Status) Fine() bool { return s == Passed || s == Skipped }

// Check is one expectation of a scenario, judged.
type Check struct {
	Name    string
	Status  Status
	Message string // what was seen instead, without measured times; empty if passed
	File    string // where the expectation stands; empty if nowhere
	Line    int    // from 1; 0 is unknown
	Col     int    // from 1; 0 is unknown
	Elapsed time.Duration
}

// Fired is a fault that acted.
type Fired struct {
	Rule  string `json:"rule"` // as people know it
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"` // from 1; 0 is unknown
	Times int    `json:"times"`          // how often it acted
}

// Run is one scenario against one host.
type Run struct {
	Scenario   string // its name
	About      string
	File       string // where it stands; a bundled one ends in " (bundled)"
	Module     string
	Seed       uint64
	Exit       int    // the host's exit code
	Signal     string // the signal that ended the host, as "SIGSEGV"; empty if none did
	TimedOut   bool   // the host did not end in time and was ended
	Error      string // why qsim could not make the run; empty if it could
	Checks     []Check
	Fired      []Fired
	Elapsed    time.Duration
	Transcript string // in the form of scenarios/chat
	Output     string // the end of what the host wrote to stdout and stderr
}

// Report is all runs of one command.
type Report struct {
	Command []string // the host program and its arguments
	Module  string
	Seed    uint64
	Version string // qsim's
	Began   time.Time
	Elapsed time.Duration
	Runs    []Run
}

// Passed reports whether the host survived the scenario: it exited with 0 and
// in time, and met every expectation.
func (r *Run) Passed() bool {
	return r.Error == "" && r.ended() == "" && r.firstBad() == nil
}

// Why is the first thing that went wrong, on one line, or empty for a run that
// passed. Where the host did not end well and missed an expectation, it is both,
// as either may be the cause. It holds no measured time.
func (r *Run) Why() string {
	bad := r.firstBad()
	switch end := r.ended(); {
	case r.Error != "":
		return "qsim could not make the run: " + oneLine(r.Error)
	case end == "" && bad == nil:
		return ""
	case bad == nil && len(r.Checks) > 0:
		return end + ", though it missed no expectation"
	case bad == nil:
		return end
	case end == "":
		return oneLine(bad.what())
	default:
		return end + "; " + oneLine(bad.what())
	}
}

// ended is how the host ended, if not with exit code 0.
func (r *Run) ended() string {
	switch {
	case r.TimedOut:
		return "the host did not end in time"
	case r.Signal != "":
		return "the host was ended by " + oneLine(r.Signal)
	case r.Exit != 0:
		return fmt.Sprintf("the host exited with %d", r.Exit)
	}
	return ""
}

// exitWidth is room for every signal that has a name, in columns.
const exitWidth = 12

// exit is how the host ended, for a cell of a table.
func (r *Run) exit() string {
	switch {
	case r.Error != "":
		return "-"
	case r.TimedOut:
		return "timeout"
	case r.Signal != "":
		return cut(oneLine(r.Signal), exitWidth)
	}
	return fmt.Sprintf("exit %d", r.Exit)
}

// firstBad is the first expectation that was not met, or nil.
func (r *Run) firstBad() *Check {
	i := slices.IndexFunc(r.Checks, func(c Check) bool { return !c.Status.Fine() })
	if i < 0 {
		return nil
	}
	return &r.Checks[i]
}

// what says what was seen instead of the expectation. The message may have
// several lines.
func (c *Check) what() string {
	name := oneLine(c.Name)
	switch {
	case c.Message != "":
		return name + ": " + c.Message
	case c.Status == Failed:
		return name
	case c.Status == "":
		return name + ": not judged"
	}
	return name + ": " + string(c.Status)
}

// place is the expectation's FILE:LINE:COL, as far as it is known.
func (c *Check) place() string { return place(c.File, c.Line, c.Col) }

// place writes a position.
func place(file string, line, col int) string {
	if file == "" || line == 0 {
		return file
	}
	if col == 0 {
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, col)
}

// Outcome is the verdict on a run, in one word.
type Outcome string

// The verdicts.
const (
	Pass   Outcome = "pass"
	Fail   Outcome = "fail"
	Broken Outcome = "error" // qsim could not make the run; says nothing of the host
)

// Outcome is the verdict on the run.
func (r *Run) Outcome() Outcome {
	switch {
	case r.Error != "":
		return Broken
	case r.Passed():
		return Pass
	}
	return Fail
}

// Counts is a Report in numbers. Runs is the sum of RunsPassed, RunsFailed and
// Errors, Checks the sum of Met, Missed and Skipped.
type Counts struct {
	Runs       int `json:"runs"`
	RunsPassed int `json:"runs_passed"`
	RunsFailed int `json:"runs_failed"`
	Errors     int `json:"errors"` // runs that qsim could not make
	Checks     int `json:"checks"`
	Met        int `json:"met"`
	Missed     int `json:"missed"` // failed or not reached
	Skipped    int `json:"skipped"`
}

// Judged is how many expectations were met or missed.
func (c Counts) Judged() int { return c.Met + c.Missed }

// Counts counts the runs and their expectations.
func (r *Report) Counts() Counts {
	var n Counts
	for i := range r.Runs {
		n.add(&r.Runs[i])
	}
	return n
}

// Counts counts the run and its expectations.
func (r *Run) Counts() Counts {
	var n Counts
	n.add(r)
	return n
}

// add counts one more run.
func (c *Counts) add(r *Run) {
	c.Runs++
	switch r.Outcome() {
	case Pass:
		c.RunsPassed++
	case Broken:
		c.Errors++
	default:
		c.RunsFailed++
	}
	for _, check := range r.Checks {
		c.Checks++
		switch {
		case check.Status == Skipped:
			c.Skipped++
		case check.Status.Fine():
			c.Met++
		default:
			c.Missed++
		}
	}
}

// Passed reports whether every run passed.
func (r *Report) Passed() bool {
	return !slices.ContainsFunc(r.Runs, func(run Run) bool { return !run.Passed() })
}

// totals is the counts in words: "3 runs: 2 passed, 1 failed. 5 of 6
// expectations met, 1 skipped."
func (c Counts) totals() string {
	if c.Runs == 0 {
		return "No runs."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d passed", number(c.Runs, "run"), c.RunsPassed)
	if c.RunsFailed > 0 {
		fmt.Fprintf(&b, ", %d failed", c.RunsFailed)
	}
	if c.Errors > 0 {
		fmt.Fprintf(&b, ", %d could not be made", c.Errors)
	}
	fmt.Fprintf(&b, ". %d of %s met", c.Met, number(c.Judged(), "expectation"))
	if c.Skipped > 0 {
		fmt.Fprintf(&b, ", %d skipped", c.Skipped)
	}
	b.WriteByte('.')
	return b.String()
}

// number is n things.
func number(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
