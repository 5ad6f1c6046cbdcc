package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// Defaults of a matrix.
const (
	matrixTimeout   = 2 * time.Minute // of each host
	matrixArtifacts = "qsim-matrix"
)

func matrixCommand() *cobra.Command {
	s := settings.New()
	s.Timeout, s.Artifacts, s.LogLevel = matrixTimeout, matrixArtifacts, slog.LevelError
	m := &matrix{settings: s}
	cmd := &cobra.Command{
		Use:   "matrix --scenarios WHICH [flags] -- COMMAND [ARGUMENT...]",
		Short: "A host's tests once per scenario, and the resilience table",
		Long: `Run COMMAND once for each scenario, each time beside a fresh modem, and print what
came of it: the exit code, the expectations that were met, and what was seen
instead of those that were not.

--scenarios names sets of bundled ones (codes, field, sockets), single ones (error-565),
files, and directories of files, parted by commas. COMMAND finds in its
environment what qsim exec gives it, and QSIM_SCENARIO. Its output is kept, not
shown; its stdin is empty. One that is not done after --timeout is ended and
counted.

The directory of --artifacts gets junit.xml, report.json and report.html, which
holds each transcript, and for each scenario a directory of what qsim exec leaves.

The exit code is 0 when every run passed, 1 when one did not, and 3 when qsim
could not do one. ` + placesHelp,
		Example: `  qsim matrix --lab --scenarios codes,field -- ./host-tests
  qsim matrix --lab --scenarios field,./scenarios --jobs 4 -- pytest -q`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return cli.Usage("matrix", "qsim matrix --lab --scenarios codes -- ./host-tests", "it wants a command to run")
		},
	}
	bindSettings(cmd, s, "module", "seed", "speed", "rtc", "boot", "quirk", "lab", "offline", "connect-to",
		"artifacts", "timeout", "log-level", "json", "config")
	cmd.Flags().StringSliceVar(&m.which, "scenarios", nil, "`WHICH` scenarios: sets, names, files, directories, parted by commas")
	cmd.Flags().IntVar(&m.jobs, "jobs", m.jobs, "how many run at a time; 0: as many as there are processors")
	for flag, does := range map[string]string{
		"timeout":   "end each COMMAND after this long, such as 90s or 5m",
		"artifacts": "directory for the reports, and a directory for each scenario",
		"json":      "print the report as JSON instead of the table",
	} {
		cmd.Flags().Lookup(flag).Usage = does
	}
	cmd.Flags().SetInterspersed(false) // what follows COMMAND is COMMAND's
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.Load(cmd.Flags()); err != nil {
			return err
		}
		ctx, stop := untilInterrupted()
		defer stop()
		m.args = args
		return m.run(ctx, cmd.OutOrStdout())
	}
	return cmd
}

// matrix runs one command against many scenarios.
type matrix struct {
	settings *settings.Settings
	which    []string
	jobs     int
	args     []string
}

func (m *matrix) run(ctx context.Context, stdout io.Writer) error {
	list, err := m.scenarios()
	if err != nil {
		return err
	}
	if m.jobs < 0 {
		return cli.Usage("--jobs", "", "%d is less than none", m.jobs)
	}
	if m.jobs == 0 {
		m.jobs = runtime.NumCPU()
	}
	if _, err := exec.LookPath(m.args[0]); err != nil && !errors.Is(err, exec.ErrDot) {
		return cli.Usage(m.args[0], "", "it cannot be run: %s", reasonOf(err))
	}
	if err := os.MkdirAll(m.settings.Artifacts, 0o755); err != nil {
		return cli.Environment("--artifacts", err, "")
	}
	began := time.Now()
	r := &report.Report{
		Command: m.args, Module: m.settings.Module, Seed: m.settings.Seed, Version: version.Get().Version,
		Began: began, Runs: m.all(ctx, list),
	}
	r.Elapsed = time.Since(began)
	if err := writeReports(m.settings.Artifacts, r, junitFile, reportJSON, reportHTML); err != nil {
		return err
	}
	if err := tellGitHub(os.Stderr, r); err != nil {
		return cli.Environment("GITHUB_STEP_SUMMARY", err, "")
	}
	print := func(w io.Writer, r *report.Report) error {
		return report.Table(w, r, report.TableOptions{Colour: coloured(w), Width: widthOf(w), Times: true})
	}
	if m.settings.JSON {
		print = report.JSON
	}
	if err := print(stdout, r); err != nil {
		return cli.Environment("stdout", err, "")
	}
	return failureOf(r)
}

// all runs the command against each scenario, several at a time, and returns
// what came of them in the order of the list.
func (m *matrix) all(ctx context.Context, list []*scenario.Scenario) []report.Run {
	progress := report.NewProgress(os.Stderr, len(list), report.ProgressOptions{
		Terminal: term.IsTerminal(int(os.Stderr.Fd())), Colour: coloured(os.Stderr), Width: func() int { return widthOf(os.Stderr) },
	})
	defer progress.Close()
	runs := make([]report.Run, len(list))
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(m.jobs, len(list)) {
		workers.Go(func() {
			for i := range next {
				progress.Start(scenario.Key(list[i].Pos.File))
				runs[i] = m.one(ctx, list[i])
				progress.Done(&runs[i])
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	return runs
}

// one runs the command against one scenario.
func (m *matrix) one(ctx context.Context, s *scenario.Scenario) report.Run {
	o := m.settings.With(s)
	o.Artifacts = filepath.Join(m.settings.Artifacts, scenario.Key(s.Pos.File))
	if ctx.Err() != nil {
		run := newRun(o, s, o.Module)
		run.Error = "interrupted"
		return run
	}
	t := &trial{options: o, args: m.args, timeout: m.settings.Timeout}
	run := t.run(ctx)
	alone := &report.Report{Command: m.args, Module: run.Module, Seed: run.Seed, Version: version.Get().Version, Runs: []report.Run{run}}
	if err := writeReports(o.Artifacts, alone, junitFile); err != nil && run.Error == "" {
		run.Error = err.Error()
	}
	return run
}

// scenarios are those that --scenarios names, each once, in its order.
func (m *matrix) scenarios() ([]*scenario.Scenario, error) {
	var list []*scenario.Scenario
	var failures cli.Failures
	seen := map[string]bool{}
	add := func(word string) {
		s, err := bench.LoadScenario(word)
		var one *cli.Failure
		var several cli.Failures
		switch {
		case errors.As(err, &several):
			failures = append(failures, several...)
		case errors.As(err, &one):
			failures = append(failures, one)
		case !seen[s.Pos.File]:
			seen[s.Pos.File] = true
			list = append(list, s)
		}
	}
	for _, word := range m.which {
		words, err := expand(word)
		if err != nil {
			return nil, err
		}
		for _, w := range words {
			add(w)
		}
	}
	if err := failures.Err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, cli.Usage("--scenarios", "--scenarios codes,field", "it names no scenario")
	}
	keys := map[string]string{}
	for _, s := range list {
		key := scenario.Key(s.Pos.File)
		if other, twice := keys[key]; twice {
			return nil, cli.Usage("--scenarios", "rename one of them", "%s and %s have the same name", other, s.Pos.File)
		}
		keys[key] = s.Pos.File
	}
	return list, nil
}

// expand is the words of single scenarios that a word stands for.
func expand(word string) ([]string, error) {
	if set, err := library.Set(word); err == nil {
		return set, nil
	}
	if info, err := os.Stat(word); err == nil && info.IsDir() {
		return scenarioFiles([]string{word})
	}
	return []string{word}, nil // what there is none of is told when it is read
}

// widthOf is how wide a terminal is; 0 for what is none.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// reasonOf is why a command was not found, without its name.
func reasonOf(err error) string {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
