package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/report"
)

// matrixJobs is how many scenarios the tests run at a time: hosts and modules
// spend their time waiting for each other.
const matrixJobs = 16

// matrixPatience is far more than any run takes.
const matrixPatience = time.Minute

// eachScenario runs a host against bundled scenarios and hands the account of
// each run to check, in the order of their names.
func eachScenario(t *testing.T, names, host []string, check func(t *testing.T, run *report.Run)) {
	t.Helper()
	runs := make([]report.Run, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range matrixJobs {
		workers.Go(func() {
			for i := range next {
				s, err := library.Open(names[i])
				if err != nil {
					runs[i].Error = err.Error()
					continue
				}
				one := &trial{options: settings.New().With(s), args: host, timeout: matrixPatience}
				runs[i] = one.run(context.Background())
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, name := range names {
		t.Run(name, func(t *testing.T) { check(t, &runs[i]) })
	}
}

// robustHost builds the robust example and returns how to run it: with the CA
// certificate of the lab at hand, so that it uploads it where it is missing.
func robustHost(t *testing.T) []string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "robust")
	build := exec.Command("go", "build", "-o", bin, "github.com/quectel-sim/qsim/examples/robust")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ca, err := filepath.Abs(filepath.Join("..", "..", "lab", "pki", "ca.pem"))
	if err == nil {
		_, err = os.Stat(ca)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []string{bin, "-ca", ca}
}

// TestRobustHost: the robust example survives every bundled scenario.
func TestRobustHost(t *testing.T) {
	t.Parallel()
	host := robustHost(t)
	for _, set := range library.Sets() {
		names, err := library.Set(set)
		if err != nil {
			t.Fatal(err)
		}
		how := host
		if set == "sockets" {
			how = append(slices.Clone(host), "-service", "tcp")
		}
		eachScenario(t, names, how, func(t *testing.T, run *report.Run) {
			if !run.Passed() {
				t.Errorf("%s\nthe host said:\n%s\n%s", run.Why(), run.Output, run.Transcript)
			}
		})
	}
}

// TestIdleHost: a host that does nothing and ends with 0 passes none of those
// from the field. (Some of the codes concern only who gives a certain command.)
func TestIdleHost(t *testing.T) {
	t.Parallel()
	var names []string
	for _, set := range []string{"field", "sockets"} {
		of, err := library.Set(set)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, of...)
	}
	eachScenario(t, names, []string{"true"}, func(t *testing.T, run *report.Run) {
		if run.Passed() || run.Exit != 0 || run.Error != "" {
			t.Errorf("passed: %v; exit code %d, %s", run.Passed(), run.Exit, run.Error)
		}
	})
}

// clockShown is what AT+CCLK? tells: the one answer that is a time.
var clockShown = regexp.MustCompile(`\+CCLK: "[^"]*"`)

// TestSameReport: the same seed gives the same bytes and the same report, but for
// times.
func TestSameReport(t *testing.T) {
	// Alone, not beside the others, and without those in which the host waits for
	// what never comes: how long it does is no matter of the seed.
	names := []string{
		"error-550", "error-553", "error-558", "error-561", "error-564", "error-566", "error-573",
		"cme-mixed", "urc-in-echo", "urc-in-response",
	}
	host := robustHost(t)
	var reports [2]report.Report
	for i := range reports {
		runs := make([]report.Run, 0, len(names))
		t.Run(fmt.Sprint("run ", i+1), func(t *testing.T) {
			eachScenario(t, names, host, func(_ *testing.T, run *report.Run) {
				run.Transcript = clockShown.ReplaceAllString(run.Transcript, "+CCLK")
				runs = append(runs, *run)
			})
		})
		reports[i] = *report.Normalised(&report.Report{Runs: runs})
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
		t.Errorf("the second run differs (-first +second):\n%s", diff)
	}
}
