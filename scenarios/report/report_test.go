package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerdict(t *testing.T) {
	met := Check{Name: "opens again", Status: Passed}
	skipped := Check{Name: "opens again", Status: Skipped}
	missed := Check{Name: "closes", Status: Failed, Message: "saw\nnothing"}
	tests := []struct {
		name string
		run  Run
		want Outcome
		why  string
	}{
		{"nothing asked", Run{}, Pass, ""},
		{"met", Run{Checks: []Check{met}}, Pass, ""},
		{"skipped", Run{Checks: []Check{skipped}}, Pass, ""},
		{"missed, though it exits with 0", Run{Checks: []Check{met, missed}}, Fail, "closes: saw nothing"},
		{"missed without a message", Run{Checks: []Check{{Name: "closes", Status: Failed}}}, Fail, "closes"},
		{"not reached", Run{Checks: []Check{{Name: "closes", Status: NotReached}}}, Fail, "closes: not reached"},
		{"not judged", Run{Checks: []Check{{Name: "closes"}}}, Fail, "closes: not judged"},
		{"exit", Run{Exit: 2}, Fail, "the host exited with 2"},
		{"exit, all met", Run{Exit: 2, Checks: []Check{met}}, Fail, "the host exited with 2, though it missed no expectation"},
		{"exit, missed", Run{Exit: 2, Checks: []Check{missed}}, Fail, "the host exited with 2; closes: saw nothing"},
		{"signal", Run{Signal: "SIGSEGV", Exit: 139}, Fail, "the host was ended by SIGSEGV"},
		{"signal alone", Run{Signal: "SIGSEGV"}, Fail, "the host was ended by SIGSEGV"},
		{"timeout", Run{TimedOut: true, Signal: "SIGKILL", Checks: []Check{missed}}, Fail, "the host did not end in time; closes: saw nothing"},
		{"timeout alone", Run{TimedOut: true}, Fail, "the host did not end in time"},
		{"environment", Run{Error: "no PTY", Exit: 1, Checks: []Check{missed}}, Broken, "qsim could not make the run: no PTY"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.run.Outcome(); got != test.want {
				t.Errorf("outcome %q, want %q", got, test.want)
			}
			if got := test.run.Passed(); got != (test.want == Pass) {
				t.Errorf("passed is %v", got)
			}
			if got := test.run.Why(); got != test.why {
				t.Errorf("why is\n%q, want\n%q", got, test.why)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	tests := []struct {
		sample string
		want   Counts
		totals string
		passed bool
	}{
		{"green", Counts{Runs: 2, RunsPassed: 2, Checks: 3, Met: 2, Skipped: 1}, "2 runs: 2 passed. 2 of 2 expectations met, 1 skipped.", true},
		{
			"mixed",
			Counts{Runs: 6, RunsPassed: 1, RunsFailed: 4, Errors: 1, Checks: 8, Met: 4, Missed: 3, Skipped: 1},
			"6 runs: 1 passed, 4 failed, 1 could not be made. 4 of 7 expectations met, 1 skipped.", false,
		},
		{"one", Counts{Runs: 1, RunsFailed: 1, Checks: 3, Met: 1, Missed: 2}, "1 run: 0 passed, 1 failed. 1 of 3 expectations met.", false},
		{"empty", Counts{}, "No runs.", true},
	}
	for _, test := range tests {
		t.Run(test.sample, func(t *testing.T) {
			r := samples()[test.sample]
			if diff := cmp.Diff(test.want, r.Counts()); diff != "" {
				t.Error(diff)
			}
			if got := r.Counts().totals(); got != test.totals {
				t.Errorf("totals %q, want %q", got, test.totals)
			}
			if r.Passed() != test.passed {
				t.Errorf("passed is %v", r.Passed())
			}
		})
	}
}

func TestNormalised(t *testing.T) {
	first, second := samples()["mixed"], samples()["mixed"]
	second.Began = second.Began.Add(time.Hour)
	second.Elapsed++
	second.Version = "v0.5.0"
	for i := range second.Runs {
		run := &second.Runs[i]
		run.Elapsed += time.Second
		run.Output += "pid 4711\n"
		run.Transcript = "@timeout 12s\n" + run.Transcript + "@wait 900ms\n"
		for j := range run.Checks {
			run.Checks[j].Elapsed++
		}
	}
	before := samples()["mixed"]
	if diff := cmp.Diff(Normalised(first), Normalised(second)); diff != "" {
		t.Errorf("times are left:\n%s", diff)
	}
	if diff := cmp.Diff(before, first); diff != "" {
		t.Errorf("the report itself was changed:\n%s", diff)
	}
	var a, b bytes.Buffer
	for w, r := range map[*bytes.Buffer]*Report{&a: first, &b: second} {
		if err := Table(w, r, TableOptions{Width: 80}); err != nil {
			t.Fatal(err)
		}
	}
	if a.String() != b.String() {
		t.Errorf("tables without times differ:\n%s\n%s", a.String(), b.String())
	}

	for name, change := range map[string]func(*Report){
		"message":    func(r *Report) { r.Runs[1].Checks[0].Message = "other" },
		"exit":       func(r *Report) { r.Runs[4].Exit = 4 },
		"transcript": func(r *Report) { r.Runs[0].Transcript += "> AT\n" },
		"faults":     func(r *Report) { r.Runs[0].Fired[0].Times++ },
		"seed":       func(r *Report) { r.Seed++ },
	} {
		other := samples()["mixed"]
		change(other)
		if cmp.Equal(Normalised(first), Normalised(other)) {
			t.Errorf("another %s is lost", name)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	r := samples()["mixed"]
	for name, write := range map[string]func(io.Writer) error{
		"table":       func(w io.Writer) error { return Table(w, r, TableOptions{}) },
		"json":        func(w io.Writer) error { return JSON(w, r) },
		"junit":       func(w io.Writer) error { return JUnit(w, r) },
		"html":        func(w io.Writer) error { return HTML(w, r) },
		"annotations": func(w io.Writer) error { return Annotations(w, &r.Runs[1]) },
		"summary":     func(w io.Writer) error { return Summary(w, r) },
	} {
		if err := write(errWriter{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: error %v, want the writer's", name, err)
		}
	}
}
