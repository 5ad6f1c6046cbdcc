package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// JSON writes the report as one JSON object, indented, with the keys always in
// the same order. Times are in seconds; Began is RFC 3339 in UTC. Besides what a
// Report holds there are its counts, and for each run the outcome ("pass",
// "fail" or "error") and [Run.Why].
func JSON(w io.Writer, r *Report) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a transcript is full of < and >
	enc.SetIndent("", "  ")
	if err := enc.Encode(reportToWire(r)); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// wireReport is a Report in JSON.
type wireReport struct {
	Schema  string      `json:"schema"`
	Version string      `json:"version,omitempty"`
	Command []string    `json:"command"`
	Module  string      `json:"module,omitempty"`
	Seed    uint64      `json:"seed"`
	Began   time.Time   `json:"began,omitzero"`
	Seconds wireSeconds `json:"seconds,omitzero"`
	Passed  bool        `json:"passed"`
	Counts  Counts      `json:"counts"`
	Runs    []wireRun   `json:"runs"`
}

// wireRun is a Run in JSON.
type wireRun struct {
	Scenario   string      `json:"scenario"`
	About      string      `json:"about,omitempty"`
	File       string      `json:"file,omitempty"`
	Module     string      `json:"module,omitempty"`
	Seed       uint64      `json:"seed"`
	Outcome    Outcome     `json:"outcome"`
	Why        string      `json:"why,omitempty"`
	Exit       int         `json:"exit"`
	Signal     string      `json:"signal,omitempty"`
	TimedOut   bool        `json:"timed_out,omitempty"`
	Error      string      `json:"error,omitempty"`
	Seconds    wireSeconds `json:"seconds,omitzero"`
	Checks     []wireCheck `json:"checks"`
	Fired      []Fired     `json:"fired"`
	Transcript string      `json:"transcript,omitempty"`
	Output     string      `json:"output,omitempty"`
}

// wireCheck is a Check in JSON.
type wireCheck struct {
	Name    string      `json:"name"`
	Status  Status      `json:"status"`
	Message string      `json:"message,omitempty"`
	File    string      `json:"file,omitempty"`
	Line    int         `json:"line,omitempty"`
	Col     int         `json:"col,omitempty"`
	Seconds wireSeconds `json:"seconds,omitzero"`
}

// wireSeconds is a time as a JSON number of seconds, to the millisecond.
type wireSeconds time.Duration

// MarshalJSON writes the number.
func (s wireSeconds) MarshalJSON() ([]byte, error) {
	d := time.Duration(s).Round(time.Millisecond)
	return strconv.AppendFloat(nil, d.Seconds(), 'f', -1, 64), nil
}

// UnmarshalJSON reads a number.
func (s *wireSeconds) UnmarshalJSON(p []byte) error {
	var f float64
	if err := json.Unmarshal(p, &f); err != nil {
		return err
	}
	ns := math.Round(f * 1e9)
	if math.Abs(ns) >= math.MaxInt64 {
		return fmt.Errorf("%s seconds are more than 292 years", p)
	}
	*s = wireSeconds(ns)
	return nil
}

// MarshalJSON writes the form that [JSON] documents.
func (r Report) MarshalJSON() ([]byte, error) { return json.Marshal(reportToWire(&r)) }

// MarshalJSON writes the run as it stands in the form of [JSON].
func (r Run) MarshalJSON() ([]byte, error) { return json.Marshal(runToWire(&r)) }

// MarshalJSON writes the check as it stands in the form of [JSON].
func (c Check) MarshalJSON() ([]byte, error) { return json.Marshal(checkToWire(c)) }

// UnmarshalJSON reads what [JSON] writes. Counts and outcomes are not read, as
// they follow from the rest. Another schema is an error.
func (r *Report) UnmarshalJSON(p []byte) error {
	var w wireReport
	if err := json.Unmarshal(p, &w); err != nil {
		return err
	}
	if w.Schema != Schema {
		return fmt.Errorf("the schema is %q, not %q", w.Schema, Schema)
	}
	*r = Report{
		Command: w.Command, Module: w.Module, Seed: w.Seed, Version: w.Version,
		Began: w.Began, Elapsed: time.Duration(w.Seconds),
	}
	for _, run := range w.Runs {
		r.Runs = append(r.Runs, run.run())
	}
	return nil
}

// UnmarshalJSON reads a run as it stands in the form of [JSON].
func (r *Run) UnmarshalJSON(p []byte) error {
	var w wireRun
	if err := json.Unmarshal(p, &w); err != nil {
		return err
	}
	*r = w.run()
	return nil
}

// UnmarshalJSON reads a check as it stands in the form of [JSON].
func (c *Check) UnmarshalJSON(p []byte) error {
	var w wireCheck
	if err := json.Unmarshal(p, &w); err != nil {
		return err
	}
	*c = w.check()
	return nil
}

func reportToWire(r *Report) wireReport {
	w := wireReport{
		Schema: Schema, Version: r.Version, Command: list(r.Command), Module: r.Module, Seed: r.Seed,
		Seconds: wireSeconds(r.Elapsed), Passed: r.Passed(), Counts: r.Counts(), Runs: []wireRun{},
	}
	if !r.Began.IsZero() {
		w.Began = r.Began.UTC()
	}
	for i := range r.Runs {
		w.Runs = append(w.Runs, runToWire(&r.Runs[i]))
	}
	return w
}

func runToWire(r *Run) wireRun {
	w := wireRun{
		Scenario: r.Scenario, About: r.About, File: r.File, Module: r.Module, Seed: r.Seed,
		Outcome: r.Outcome(), Why: r.Why(),
		Exit: r.Exit, Signal: r.Signal, TimedOut: r.TimedOut, Error: r.Error,
		Seconds: wireSeconds(r.Elapsed), Checks: []wireCheck{}, Fired: list(r.Fired),
		Transcript: r.Transcript, Output: r.Output,
	}
	for _, c := range r.Checks {
		w.Checks = append(w.Checks, checkToWire(c))
	}
	return w
}

func checkToWire(c Check) wireCheck {
	return wireCheck{
		Name: c.Name, Status: c.Status, Message: c.Message,
		File: c.File, Line: c.Line, Col: c.Col, Seconds: wireSeconds(c.Elapsed),
	}
}

func (w wireRun) run() Run {
	r := Run{
		Scenario: w.Scenario, About: w.About, File: w.File, Module: w.Module, Seed: w.Seed,
		Exit: w.Exit, Signal: w.Signal, TimedOut: w.TimedOut, Error: w.Error,
		Elapsed: time.Duration(w.Seconds), Fired: w.Fired, Transcript: w.Transcript, Output: w.Output,
	}
	for _, c := range w.Checks {
		r.Checks = append(r.Checks, c.check())
	}
	return r
}

func (w wireCheck) check() Check {
	return Check{
		Name: w.Name, Status: w.Status, Message: w.Message,
		File: w.File, Line: w.Line, Col: w.Col, Elapsed: time.Duration(w.Seconds),
	}
}

// list is s, or an empty slice for nil, so that JSON has [] and never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
