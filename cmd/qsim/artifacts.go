package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// The names of what a run leaves among its artifacts, beside the transcript, the
// events and the effective scenario.
const (
	junitFile  = "junit.xml"
	reportJSON = "report.json"
	reportHTML = "report.html"
)

// writeReports writes a report into a directory, in each form that is asked for.
func writeReports(dir string, r *report.Report, forms ...string) error {
	writers := map[string]func(io.Writer, *report.Report) error{
		junitFile: report.JUnit, reportJSON: report.JSON, reportHTML: report.HTML,
	}
	for _, name := range forms {
		if err := writeFile(filepath.Join(dir, name), func(w io.Writer) error { return writers[name](w, r) }); err != nil {
			return cli.Environment("--artifacts", err, "")
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// tellGitHub annotates the places of what was not met, and adds to the summary
// of the step, where qsim runs under GitHub Actions.
func tellGitHub(w io.Writer, r *report.Report) error {
	if !report.UnderActions() {
		return nil
	}
	for _, run := range r.Runs {
		run.File = inWorkspace(run.File)
		run.Checks = slices.Clone(run.Checks)
		for i := range run.Checks {
			run.Checks[i].File = inWorkspace(run.Checks[i].File)
		}
		if err := report.Annotations(w, &run); err != nil {
			return err
		}
	}
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	if err := report.AppendSummary(path, r); err != nil {
		// It is for people; what the run came to does not hang on it.
		fmt.Fprintf(w, "qsim: GITHUB_STEP_SUMMARY: %v\n", err)
	}
	return nil
}

// inWorkspace is the path of a file as the runner of GitHub knows it: from the
// checkout, wherever qsim was started in it.
func inWorkspace(file string) string {
	top := os.Getenv("GITHUB_WORKSPACE")
	if top == "" || file == "" || strings.HasSuffix(file, scenario.Bundled) {
		return file
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	from, err := filepath.Rel(top, whole)
	if err != nil || strings.HasPrefix(from, "..") {
		return file
	}
	return from
}
