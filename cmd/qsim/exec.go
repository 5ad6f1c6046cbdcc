package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
)

func execCommand() *cobra.Command {
	s := settings.New()
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "A modem, and one command beside it",
		Long: `Run a modem, and COMMAND beside it; when COMMAND ends, so does the modem. It has
the terminal, or whatever stdin, stdout and stderr are, and in its environment

  QSIM_DEVICE     the device to open
  QSIM_ARTIFACTS  the directory of --artifacts, if there is one

Signals are passed on, and no process that COMMAND left behind stays, unless
stdin is a terminal: then its Ctrl-C reaches COMMAND as it reaches qsim.

The exit code is that of COMMAND, 128+N when signal N killed it, 124 when
--timeout was over (SIGTERM, and 5 s later SIGKILL), 125 when qsim itself could
not, 126 when COMMAND could not be run, 127 when it was not found. With --json
the object of qsim run --json goes to stderr, before COMMAND starts.

` + placesHelp,
		Example: `  qsim exec --lab -- ./host-tests
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
	b, err := bench.Start(s.Options)
	if err != nil {
		return err
	}
	defer func() {
		// The child's own code counts before what went wrong after it.
		if closing := b.Close(); err == nil || errors.Is(err, cli.Exit(0)) {
			err = closing
		} else if closing != nil {
			s.Log.Error("the modem did not end well", "error", closing)
		}
	}()
	r := b.Ready()
	logReady(s, r)
	if s.JSON {
		if err := printJSON(os.Stderr, r); err != nil {
			return cli.Environment("stderr", err, "")
		}
	}
	c.set("QSIM_DEVICE", r.Device)
	if s.Artifacts != "" {
		dir, err := filepath.Abs(s.Artifacts)
		if err != nil {
			return cli.Environment("--artifacts", err, "")
		}
		c.set("QSIM_ARTIFACTS", dir)
	}
	code, err := c.run(s.Timeout)
	if errors.Is(err, errTimeout) {
		return &cli.Failure{Code: cli.CodeTimeout, What: args[0], Why: fmt.Sprintf("still running after %v", s.Timeout)}
	}
	if err != nil {
		return err
	}
	return cli.Exit(code)
}
