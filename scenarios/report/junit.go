package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
)

// JUnit writes the report as JUnit XML, in the dialect that Jenkins, GitLab and
// GitHub's readers share: a suite for each run; in it a case "host exits with 0"
// and one for each expectation; the host's output as system-out; module, seed and
// scenario as properties. An expectation not met is a failure, a run that qsim
// could not make an error.
func JUnit(w io.Writer, r *Report) error {
	n := r.Counts()
	all := junitSuites{
		Name: "qsim", Tests: n.Checks + n.Runs, Skipped: n.Skipped, Time: junitTime(r.Elapsed),
	}
	for i := range r.Runs {
		suite := junitRun(&r.Runs[i])
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	if !r.Began.IsZero() {
		all.Timestamp = r.Began.UTC().Format("2006-01-02T15:04:05") // the form of the schema: no zone
	}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(body)+"\n")
	return err
}

type junitSuites struct {
	XMLName   xml.Name     `xml:"testsuites"`
	Name      string       `xml:"name,attr"`
	Tests     int          `xml:"tests,attr"`
	Failures  int          `xml:"failures,attr"`
	Errors    int          `xml:"errors,attr"`
	Skipped   int          `xml:"skipped,attr"`
	Time      string       `xml:"time,attr"`
	Timestamp string       `xml:"timestamp,attr,omitempty"`
	Suites    []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Output     string          `xml:"system-out,omitempty"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	File    string       `xml:"file,attr,omitempty"`
	Line    int          `xml:"line,attr,omitempty"`
	Time    string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
	Skipped *junitReason `xml:"skipped"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// junitRun is a run as a suite.
func junitRun(r *Run) junitSuite {
	n := r.Counts()
	s := junitSuite{
		Name: oneLine(r.Scenario), Tests: n.Checks + 1, Failures: n.Missed, Errors: n.Errors,
		Skipped: n.Skipped, Time: junitTime(r.Elapsed), File: junitFile(r.File),
		Properties: []junitProperty{
			{"seed", strconv.FormatUint(r.Seed, 10)},
			{"module", oneLine(r.Module)},
			{"scenario", oneLine(r.Scenario)},
		},
		Output: visible(r.Output),
	}
	class := "qsim." + s.Name
	host := junitCase{Name: "host exits with 0", Class: class, File: s.File, Time: s.Time}
	switch end := r.ended(); {
	case r.Error != "":
		host.Error = reason("environment", r.Error, "")
	case end != "":
		s.Failures++
		host.Failure = reason(r.endedBy(), end, "")
	}
	s.Cases = append(s.Cases, host)
	for i := range r.Checks {
		c := &r.Checks[i]
		out := junitCase{
			Name: oneLine(c.Name), Class: class, File: junitFile(c.File), Line: c.Line, Time: junitTime(c.Elapsed),
		}
		message := c.Message
		if message == "" {
			message = string(c.Status)
		}
		switch {
		case c.Status == Skipped:
			out.Skipped = reason("", message, "")
		case !c.Status.Fine():
			out.Failure = reason(string(c.Status), message, c.place())
		}
		s.Cases = append(s.Cases, out)
	}
	return s
}

// endedBy is the kind of an end that is not well.
func (r *Run) endedBy() string {
	switch {
	case r.TimedOut:
		return "timeout"
	case r.Signal != "":
		return "signal"
	}
	return "exit"
}

// reason says why a case is not fine. Viewers show the message in lists and the
// text on the case's page, so the text has the whole of it and the place.
func reason(kind, message, place string) *junitReason {
	r := &junitReason{Message: oneLine(message), Type: oneLine(kind)}
	if text := strings.TrimSpace(visible(message)); text != r.Message {
		r.Text = text
	}
	if place != "" {
		if r.Text == "" {
			r.Text = r.Message
		}
		r.Text += "\n" + visible(place)
	}
	return r
}

// junitFile is a file that a viewer can link to; a bundled one is none.
func junitFile(file string) string {
	if bundled(file) {
		return ""
	}
	return oneLine(file)
}

// junitTime is a time in seconds, to the millisecond.
func junitTime(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
