package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
)

func runCommand() *cobra.Command {
	s := settings.New()
	cmd := &cobra.Command{
		Use:   "run",
		Short: "A modem, until interrupted",
		Long: `Run a modem until SIGINT, SIGTERM or SIGHUP comes or --timeout is over; all
end with exit code 0, or with 1 when the host has not done what --scenario
expects. The link, its lock, the ready file and the socket of --control go with
it. A second signal ends qsim at once.

With --scenario, SIGHUP reads the scenario again instead: its faults take the
place of those there are, armed by qsim ctl or not, and what it expects is
expected from then on, which the exit code will tell. What came of the old one is
told in the log. What a scenario says of modem, lab and setup counts for a start
only. A file that is wrong changes nothing. Where qsim was started from a terminal
that has gone, SIGHUP ends it all the same.

Nobody tells qsim that the process which started it is gone: --timeout bounds a
modem that a script leaves behind, qsim exec ends with its command.

The first line of stdout is the device alone, written when the modem takes
commands: the path of a PTY, or tcp://HOST:PORT with --listen. With --json it is
one object: device, devices, module, seed, pid, version, and where there are any
link, listen, control and lab, the servers in reach. Logs go to stderr.

With --ports the modem has several, each with its own device and its own line state:
usbmodem, usbat and, of three, uart1. Devices tells all of them, in this order; --link
PATH leads to the first, PATH.1 and PATH.2 to the others, and --listen takes the next
port numbers for them.

` + placesHelp,
		Example: `  qsim run --lab --link ./ttyQ
  qsim run --lab --json
  qsim run --module EG912Y --ufs ./ufs --connect-to example.com:443:localhost:8443`,
		Args: noArguments,
	}
	bindSettings(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := s.Load(cmd.Flags()); err != nil {
			return err
		}
		again := &reloader{}
		ends := interrupts
		if s.Scenario != nil {
			again = newReloader(cmd.Flag("scenario").Value.String())
			ends = []os.Signal{os.Interrupt, syscall.SIGTERM}
		}
		ctx, stop := until(ends)
		defer stop()
		return run(ctx, s, again, cmd.OutOrStdout())
	}
	return cmd
}

// placesHelp is the end of the help of a command that has all settings.
const placesHelp = `What a flag does not say, its environment variable may (QSIM_CONNECT_TO for
--connect-to, rules parted by commas), and then the file of --config: YAML with
the names of the flags as keys.`

// run runs a modem until ctx ends, or its terminal is gone.
func run(ctx context.Context, s *settings.Settings, again *reloader, stdout io.Writer) error {
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Timeout)
		defer cancel()
	}
	b, err := bench.Start(s.Options)
	if err != nil {
		return err
	}
	if err := announce(b, s, stdout); err != nil {
		return errors.Join(cli.Environment("stdout", err, ""), b.Close())
	}
	s.Log.Info("modem ends", "reason", again.wait(ctx, b, s))
	account := newRun(s.Options, s.Scenario, b.Ready().Module)
	missed, err := judgeRun(s, b, []string{"qsim", "run"}, &account)
	if err = errors.Join(err, b.Close()); err == nil && missed {
		return cli.Exit(cli.CodeFailed)
	}
	return err
}

// announce says on w that the modem takes commands.
func announce(b *bench.Bench, s *settings.Settings, w io.Writer) error {
	r := b.Ready()
	logReady(s, r)
	if !s.JSON {
		_, err := fmt.Fprintln(w, r.Device)
		return err
	}
	return printJSON(w, r)
}

// logReady tells what runs, the seed included, so that it can be run again.
func logReady(s *settings.Settings, r bench.Ready) {
	facts := []any{"device", r.Device, "module", r.Module, "seed", r.Seed, "version", r.Version}
	if r.Link != "" {
		facts = append(facts, "link", r.Link)
	}
	s.Log.Info("modem ready", facts...)
}

// printJSON writes v on one line.
func printJSON(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(data, '\n'))
	}
	return err
}

// bindSettings gives cmd the flags of the named settings, or of all, and their
// completions.
func bindSettings(cmd *cobra.Command, s *settings.Settings, names ...string) {
	s.Bind(cmd.Flags(), names...)
	for flag, words := range map[string][]string{
		"module": bench.ModuleNames(), "log-level": settings.Levels, "rtc": {"now"},
		"boot": settings.Boots, "quirk": settings.QuirkWords(),
		"ports": {"1", "2", "3"}, "listen": {"tcp://127.0.0.1:0"}, "seed": nil, "speed": nil, "connect-to": nil, "timeout": nil,
	} {
		if cmd.Flags().Lookup(flag) != nil {
			completeWith(cmd, flag, words)
		}
	}
	for _, flag := range []string{"ufs", "artifacts"} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.MarkFlagDirname(flag) // fails for a flag that is not there
		}
	}
}

// completeWith has the shell offer words for a flag.
func completeWith(cmd *cobra.Command, flag string, words []string) {
	// It fails for a flag that is not there, which a test would show at once.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
