package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/scenarios/report"
)

func execCommand() *cobra.Command {
	s := settings.New()
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "A modem, and one command beside it",
		Long: `Run a modem, and COMMAND beside it; when COMMAND ends, so does the modem. It has
the terminal, or whatever stdin, stdout and stderr are, and in its environment

  QSIM_DEVICE     the device to open
  QSIM_DEVICES    with --ports or --count all devices, parted by blanks
  QSIM_CONTROL    the control interface, for qsim ctl
  QSIM_ARTIFACTS  the directory of --artifacts, if there is one

  QSIM_SCENARIO   the name of the scenario, if there is one
  QSIM_SPEED      seconds that pass for the module in one of yours, if not 1

With --scenario the modem goes wrong as the scenario says, and COMMAND is held to
what it expects: what was not met is told on stderr, and the exit code is 1 though
COMMAND ended with 0. Among the artifacts are then also scenario.yaml, with all
that it left open, and junit.xml.

Signals are passed on, and no process that COMMAND left behind stays, unless
stdin is a terminal: then its Ctrl-C reaches COMMAND as it reaches qsim. A
second signal ends qsim at once when COMMAND has ended already. On Linux COMMAND
gets SIGTERM when qsim itself is killed.

The exit code is that of COMMAND, 128+N when signal N killed it, 124 when
--timeout was over (SIGTERM, and 5 s later SIGKILL), 125 when qsim itself could
not, 2 when a scenario file is wrong, 126 when COMMAND could not be run, 127 when
it was not found. With --json
the object of qsim run --json goes to stderr, before COMMAND starts.

` + placesHelp,
		Example: `  qsim exec --lab -- ./host-tests
  qsim exec --lab --scenario error-565 -- ./host-tests
  qsim exec --lab --timeout 5m --artifacts out -- pytest -v
  qsim exec --lab -- sh -c 'picocom -q $QSIM_DEVICE'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return cli.Usage("exec", "qsim exec --lab -- ./host-tests", "it wants a command to run")
		},
	}
	bindSettings(cmd, s)
	cmd.Flags().SetInterspersed(false) // what follows COMMAND is COMMAND's
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.Load(cmd.Flags()); err != nil {
			return err
		}
		return runBeside(s, args)
	}
	return cmd
}

// execFailure is a failure of exec: qsim itself could not.
func execFailure(f *cli.Failure) error {
	if f.Code >= cli.CodeTimeout {
		return f
	}
	self := *f
	self.Code = cli.CodeSelf
	return &self
}

// runBeside runs a modem and a command beside it.
func runBeside(s *settings.Settings, args []string) (err error) {
	c, err := newChild(args)
	if err != nil {
		return err
	}
	defer c.forget()
	s.Control = cmp.Or(s.Control, bench.PrivateControl)
	f, err := bench.StartAll(s.Options)
	if err != nil {
		return err
	}
	defer func() {
		// The child's own code counts before what went wrong after it.
		if closing := f.Close(); err == nil || errors.Is(err, cli.Exit(0)) {
			err = closing
		} else if closing != nil {
			s.Log.Error("the modem did not end well", "error", closing)
		}
	}()
	r := f.Ready()
	logReady(s, r)
	if s.JSON {
		if err := printJSON(os.Stderr, r); err != nil {
			return cli.Environment("stderr", err, "")
		}
	}
	for _, variable := range hostEnvironment(r, s.Options) {
		c.add(variable)
	}
	began := time.Now()
	code, err := c.run(s.Timeout)
	late := errors.Is(err, errTimeout)
	if err != nil && !late {
		return err
	}
	run := newRun(s.Options, s.Scenario, r.Module)
	run.TimedOut, run.Elapsed = late, time.Since(began)
	setExit(&run, code)
	missed, err := judgeRun(s, f, args, run)
	switch {
	case late:
		return &cli.Failure{Code: cli.CodeTimeout, What: args[0], Why: fmt.Sprintf("still running after %v", s.Timeout)}
	case err != nil:
		return err
	case code == 0 && missed:
		return cli.Exit(cli.CodeFailed)
	}
	return cli.Exit(code)
}

// judgeRun tells what of the scenario was not met, modem by modem, and writes it
// down where that is asked for. host is what is known of the host.
func judgeRun(s *settings.Settings, f *bench.Fleet, args []string, host report.Run) (missed bool, err error) {
	if s.Scenario == nil {
		return false, nil
	}
	ready := f.Ready()
	r := &report.Report{
		Command: args, Module: ready.Module, Seed: ready.Seed, Version: version.Get().Version,
		Began: time.Now().Add(-host.Elapsed), Elapsed: host.Elapsed,
	}
	for i, b := range f.Benches() {
		run, who := host, ""
		if len(f.Benches()) > 1 {
			run.Seed += uint64(i)
			run.Scenario += fmt.Sprintf(", modem %d", i)
			who = fmt.Sprintf("modem %d: ", i)
		}
		if err := conclude(b, &run); err != nil {
			return false, cli.Environment("the scenario", err, "")
		}
		for _, c := range run.Checks {
			if c.Status == report.Passed || c.Status == report.Skipped {
				continue
			}
			missed = true
			fmt.Fprintf(os.Stderr, "qsim: %s:%d:%d: %s%s: %s\n", c.File, c.Line, c.Col, who, c.Name, c.Message)
		}
		r.Runs = append(r.Runs, run)
	}
	if s.Artifacts != "" {
		if err := writeReports(s.Artifacts, r, junitFile); err != nil {
			return missed, err
		}
	}
	if err := tellGitHub(os.Stderr, r); err != nil {
		return missed, cli.Environment("GITHUB_STEP_SUMMARY", err, "")
	}
	return missed, nil
}
