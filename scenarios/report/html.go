package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"
)

//go:embed page
var pageFiles embed.FS

// The parts of the page are read at their first use: most processes write none.
var (
	pageTemplate = sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(pageFiles, "page/page.tmpl"))
	})
	pageStyle  = sync.OnceValue(func() string { return pageFile("page/page.css") })
	pageScript = sync.OnceValue(func() string { return pageFile("page/page.js") })
)

// pageFile is an embedded file. The embedding guarantees that it is there.
func pageFile(name string) string {
	text, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// HTML writes the report as one page, which needs no other file and no network.
// Rows are opened without a script; the page's own script, which only opens all
// of them at once, is the only one that its policy lets run.
func HTML(w io.Writer, r *Report) error {
	var b bytes.Buffer
	if err := pageTemplate().Execute(&b, newPage(r)); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// page is what the template shows.
type page struct {
	Style  template.CSS
	Script template.JS
	Policy string // of the page's content

	Title, Totals, Command       string
	Module, Version, Began, Took string
	Seed                         uint64
	Counts                       Counts
	Bad                          bool // there are runs that did not pass
	Runs                         []pageRun
}

type pageRun struct {
	Number                    int
	Outcome                   Outcome
	Scenario, Host, Met, Took string
	Line                      string // beside the arrow: why it did not pass, else what it is about
	About, File, Facts, Error string
	Open                      bool
	Checks                    []pageCheck
	Fired                     []pageFault
	Transcript                []pagePart
	Output                    string
}

type pageCheck struct {
	Good                       bool
	Status                     Status
	Name, Message, Place, Took string
}

type pageFault struct {
	Rule, Place string
	Times       int
}

// pagePart is lines of a transcript of one speaker.
type pagePart struct{ Speaker, Text string }

// newPage prepares a report for the template, which then decides nothing but
// the looks.
func newPage(r *Report) page {
	n := r.Counts()
	hash := sha256.Sum256([]byte(pageScript()))
	p := page{
		Style:   template.CSS(pageStyle()),
		Script:  template.JS(pageScript()),
		Policy:  "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'",
		Title:   n.headline(),
		Totals:  n.totals(),
		Command: visible(commandLine(r.Command)), Module: visible(r.Module), Version: visible(r.Version),
		Took: seconds(r.Elapsed), Seed: r.Seed, Counts: n, Bad: !r.Passed(),
	}
	if !r.Began.IsZero() {
		p.Began = r.Began.UTC().Format(time.RFC3339)
	}
	for i := range r.Runs {
		run := newPageRun(&r.Runs[i], r)
		run.Number = i + 1
		run.Open = len(r.Runs) == 1
		p.Runs = append(p.Runs, run)
	}
	return p
}

// headline is the verdict in one sentence.
func (c Counts) headline() string {
	switch {
	case c.Runs == 0:
		return "No scenario was run"
	case c.RunsPassed == c.Runs && c.Runs == 1:
		return "The host survived"
	case c.RunsPassed == c.Runs:
		return "The host survived all " + number(c.Runs, "scenario")
	case c.RunsFailed > 0:
		return "The host failed " + number(c.RunsFailed, "scenario")
	}
	return number(c.Errors, "run") + " could not be made"
}

func newPageRun(r *Run, whole *Report) pageRun {
	p := pageRun{
		Outcome:  r.Outcome(),
		Scenario: oneLine(r.Scenario), Host: r.exit(), Met: met(r.Counts()), Took: seconds(r.Elapsed),
		Line: r.Why(), About: visible(r.About), File: visible(r.File), Error: visible(r.Error),
		Transcript: parts(r.Transcript), Output: visible(r.Output),
	}
	if p.Line == "" {
		p.Line = oneLine(r.About)
		if p.Line == p.About {
			p.About = "" // once is enough
		}
	}
	if p.Line == "" {
		p.Line = "expectations, transcript and output"
	}
	var facts []string
	if r.Module != "" && r.Module != whole.Module {
		facts = append(facts, "module "+oneLine(r.Module))
	}
	if r.Seed != whole.Seed {
		facts = append(facts, fmt.Sprintf("seed %d", r.Seed))
	}
	p.Facts = strings.Join(facts, ", ")
	for i := range r.Checks {
		c := &r.Checks[i]
		check := pageCheck{
			Good: c.Status.Fine(), Status: Status(oneLine(string(c.Status))),
			Name: oneLine(c.Name), Message: visible(c.Message), Place: visible(c.place()),
		}
		if c.Elapsed > 0 {
			check.Took = seconds(c.Elapsed)
		}
		p.Checks = append(p.Checks, check)
	}
	for _, f := range r.Fired {
		p.Fired = append(p.Fired, pageFault{Rule: visible(f.Rule), Place: visible(place(f.File, f.Line, 0)), Times: f.Times})
	}
	return p
}

// parts cuts a transcript where the speaker changes.
func parts(transcript string) []pagePart {
	var out []pagePart
	for line := range strings.Lines(visible(transcript)) {
		who := speaker(line)
		if last := len(out) - 1; last >= 0 && (out[last].Speaker == who || line == "\n") {
			out[last].Text += line
			continue
		}
		out = append(out, pagePart{who, line})
	}
	return out
}

// speaker is whose line of a transcript it is, as the class of the style.
func speaker(line string) string {
	switch {
	case strings.HasPrefix(line, ">"):
		return "host"
	case strings.HasPrefix(line, "<"):
		return "modem"
	}
	return "note"
}
