package main

import (
	"context"
	"encoding/json"
	"errors"
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
		Short: "A modem, or many, until interrupted",
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
link, listen, control, modems and lab, the servers in reach. Logs go to stderr.

With --ports the modem has several, each with its own device and its own line state:
usbmodem, usbat and, of three, uart1. Devices tells all of them, in this order; --link
PATH leads to the first, PATH.1 and PATH.2 to the others, and --listen takes the next
port numbers for them.

With --count there are several modems in the process, numbered from 0. Each has its
own device (a line of stdout each), seed (that of --seed and those behind it), IMEI
and files, and with --scenario its own faults and verdict; the lab and the control
interface they share: qsim ctl --modem N. What is a path for one modem has the number
in it: --link PATH leads to PATH0, PATH1 and so on, and --ufs and --artifacts have a
directory of that name for each. With --json, modems lists them. Linux has 4,096 PTYs
for all programs, unless sysctl kernel.pty.max says otherwise.

` + placesHelp,
		Example: `  qsim run --lab --link ./ttyQ
  qsim run --lab --json
  qsim run --count 100 --lab --link ./ttyQ --control unix:qsim.sock
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
	f, err := bench.StartAll(s.Options)
	if err != nil {
		return err
	}
	if err := announce(f.Ready(), s, stdout); err != nil {
		return errors.Join(cli.Environment("stdout", err, ""), f.Close())
	}
	s.Log.Info("modem ends", "reason", again.wait(ctx, f, s))
	missed, err := judgeRun(s, f, []string{"qsim", "run"}, newRun(s.Options, s.Scenario, f.Ready().Module))
	if err = errors.Join(err, f.Close()); err == nil && missed {
		return cli.Exit(cli.CodeFailed)
	}
	return err
}

// announce says on w that the modems take commands.
func announce(r bench.Ready, s *settings.Settings, w io.Writer) error {
	logReady(s, r)
	if s.JSON {
		return printJSON(w, r)
	}
	text := r.Device + "\n"
	for _, m := range r.Modems[min(1, len(r.Modems)):] {
		text += m.Device + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// logReady tells what runs, the seed included, so that it can be run again.
func logReady(s *settings.Settings, r bench.Ready) {
	facts := []any{"device", r.Device, "module", r.Module, "seed", r.Seed, "version", r.Version}
	if r.Link != "" {
		facts = append(facts, "link", r.Link)
	}
	if n := len(r.Modems); n > 0 {
		facts = append(facts, "modems", n)
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
	for flag, words := range settingWords {
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

// settingWords are what the shell offers for settings. They are made when it asks:
// a process that starts has better things to do.
var settingWords = map[string]func() []string{
	"module": bench.ModuleNames, "log-level": these(settings.Levels...), "rtc": these("now"),
	"boot": these(settings.Boots...), "quirk": settings.QuirkWords,
	"ports": these("1", "2", "3"), "listen": these("tcp://127.0.0.1:0"),
	"seed": these(), "speed": these(), "connect-to": these(), "timeout": these(),
}

// these are words that are known.
func these(words ...string) func() []string { return func() []string { return words } }

// completeWith has the shell offer words for a flag.
func completeWith(cmd *cobra.Command, flag string, words func() []string) {
	// It fails for a flag that is not there, which a test would show at once.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
}
