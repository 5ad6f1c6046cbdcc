// Package settings is what can be set for a modem on the command line. Each
// setting has one name and three places to say it, the first of which wins:
//
//   - a flag: --connect-to echo.lab:443::4433
//   - an environment variable: QSIM_CONNECT_TO, several rules parted by commas.
//     An empty one counts as not set
//   - a key of the YAML file that --config or QSIM_CONFIG names:
//     connect-to: [...]
//
// What none of them says is the profile of the module, or the default. All
// three places take the same values and refuse the same ones. Paths are
// relative to the working directory, also in a file.
package settings

import (
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/emulator"
)

// Settings are the values. Bind gives them flags, Load the rest.
type Settings struct {
	bench.Options
	Config   string        // the file that holds settings
	JSON     bool          // print what runs as JSON
	LogLevel slog.Level    // of stderr
	Timeout  time.Duration // how long to run; 0: without end

	said map[string]bool // what a flag or a variable says
}

// setting is one of them: its name, what it takes, what it does.
type setting struct {
	name  string
	does  string
	value func(*Settings) pflag.Value
	list  bool // can be set several times, and in a file be a list

	variable string // "": QSIM_ and the name
}

// environment is the variable that says the setting.
func (s setting) environment() string {
	if s.variable != "" {
		return s.variable
	}
	return "QSIM_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// all settings, in the order of the help.
var all = []setting{
	{name: "count", does: "how many modems, each with a device, an IMEI, a seed and files of its own", value: func(s *Settings) pflag.Value { return count(&s.Count) }},
	{name: "module", does: "module to be, see qsim modules", value: func(s *Settings) pflag.Value { return module(&s.Module) }},
	{name: "seed", does: "seed of all that is random, IMEI and SIM included; of several modems each has the next", value: func(s *Settings) pflag.Value { return seed(&s.Seed) }},
	{name: "speed", does: "seconds that pass for the module and the network in one of yours", value: func(s *Settings) pflag.Value { return speed(&s.Speed) }},
	{name: "rtc", does: "what AT+CCLK? shows at the start", value: func(s *Settings) pflag.Value { return rtc(&s.RTC) }},
	{name: "boot", does: "ready: it has long been up; cold: it boots when the device is opened, its clock at 1970 unless --rtc gives a time", value: func(s *Settings) pflag.Value { return boot(&s.Boot.Cold) }},
	{name: "quirk", does: "how the module behaves where modules differ: NAME=VALUE, see qsim modules --json (repeatable)", value: func(s *Settings) pflag.Value { return quirks(&s.Quirks) }, list: true},
	{name: "ufs", does: "directory that keeps the module's files, stored settings and messages (default in memory); of several modems DIR/0 and so on", value: func(s *Settings) pflag.Value { return text(&s.UFS, "DIR") }},
	{name: "lab", does: "put the lab's servers in reach, and its certificates into the file store", value: func(s *Settings) pflag.Value { return boolean(&s.Lab) }},
	{name: "offline", does: "reach nothing but the lab", value: func(s *Settings) pflag.Value { return boolean(&s.Offline) }},
	{name: "scenario", does: "what goes wrong, and what the host must do about it: a file, or a name of qsim scenario list", value: scenarioValue},
	{name: "connect-to", does: "lead connections elsewhere, as curl does: HOST:PORT:TOHOST:TOPORT (repeatable)", value: func(s *Settings) pflag.Value { return rules(&s.ConnectTo) }, list: true},
	{name: "ports", does: "how many ports the modem has, 1 to 3: usbmodem, usbat, uart1", value: func(s *Settings) pflag.Value { return ports(&s.Ports) }},
	{name: "link", does: "symbolic link to the device; PATH.1 and PATH.2 lead to those of further ports, PATH0 and so on to those of several modems", value: func(s *Settings) pflag.Value { return text(&s.Link, "PATH") }},
	{name: "listen", does: "TCP port instead of a PTY: tcp://HOST:PORT, port 0 for a free one; further ports and modems have the next numbers", value: func(s *Settings) pflag.Value { return listen(&s.Listen) }},
	// QSIM_CONTROL is the address of a modem that runs, for qsim ctl.
	{name: "control", variable: "QSIM_SERVE_CONTROL", does: "serve the control interface, for qsim ctl: unix:PATH or HOST:PORT", value: func(s *Settings) pflag.Value { return controlAddress(&s.Control) }},
	{name: "control-insecure", does: "let --control be an address that other machines reach: nobody is asked who he is", value: func(s *Settings) pflag.Value { return boolean(&s.ControlInsecure) }},
	{name: "ready-file", does: "file that is there while the modem takes commands, with the object of --json", value: func(s *Settings) pflag.Value { return text(&s.ReadyFile, "FILE") }},
	{name: "artifacts", does: "directory for " + bench.Transcript + ", which qsim play replays, and " + bench.Events + "; of several modems DIR/0 and so on", value: func(s *Settings) pflag.Value { return text(&s.Artifacts, "DIR") }},
	{name: "keylog", does: "file to add TLS secrets to, in NSS format, so that a capture can be read", value: func(s *Settings) pflag.Value { return text(&s.KeyLog, "FILE") }},
	{name: "timeout", does: "end after this long, such as 90s or 5m (default never)", value: func(s *Settings) pflag.Value { return timeout(&s.Timeout) }},
	{name: "log-level", does: "what stderr tells: debug, info, warn or error", value: func(s *Settings) pflag.Value { return level(&s.LogLevel) }},
	{name: "json", does: "describe the running modem as one JSON object", value: func(s *Settings) pflag.Value { return boolean(&s.JSON) }},
	{name: "config", does: "YAML file with any of these settings", value: func(s *Settings) pflag.Value { return text(&s.Config, "FILE") }},
}

// lookup finds a setting by name.
func lookup(name string) (setting, bool) {
	i := slices.IndexFunc(all, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return all[i], true
}

// New returns the defaults.
func New() *Settings {
	return &Settings{Options: bench.Options{Module: emulator.DefaultModule, Seed: 1, Speed: 1, Ports: 1, Count: 1}}
}

// Bind gives fs the flags of the named settings, or of all when none is named.
func (s *Settings) Bind(fs *pflag.FlagSet, names ...string) {
	for _, one := range all {
		if len(names) > 0 && !slices.Contains(names, one.name) {
			continue
		}
		f := fs.VarPF(one.value(s), one.name, "", one.does)
		if f.Value.Type() == "bool" {
			f.NoOptDefVal = "true"
		}
		f.Annotations = map[string][]string{annotation: {one.environment()}}
	}
}

// annotation marks the flags of settings, and holds their variables.
const annotation = "qsim.variable"

// Variable is the environment variable that says what flag f says. It is "" for
// a flag that is no setting.
func Variable(f *pflag.Flag) string {
	if v := f.Annotations[annotation]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Load completes what the flags of fs said, once they are parsed: by the
// environment, then by the file. Its errors are *cli.Failure.
func (s *Settings) Load(fs *pflag.FlagSet) error {
	if err := fromEnvironment(fs); err != nil {
		return err
	}
	s.said = map[string]bool{}
	fs.VisitAll(func(f *pflag.Flag) { s.said[f.Name] = f.Changed })
	if s.Config != "" {
		if err := fromFile(s.Config, fs); err != nil {
			return err
		}
	}
	if s.Link != "" && s.Listen != "" {
		return cli.Usage("--link", "a TCP port has no device: leave one of the two out", "does not go with --listen")
	}
	s.Options = s.With(s.Scenario)
	s.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: s.LogLevel}))
	return nil
}

func fromEnvironment(fs *pflag.FlagSet) (err error) {
	fs.VisitAll(func(f *pflag.Flag) {
		variable := Variable(f)
		if variable == "" || f.Changed || err != nil {
			return
		}
		value := os.Getenv(variable)
		if value == "" {
			return
		}
		if bad := f.Value.Set(value); bad != nil {
			err = cli.About(variable, bad)
		}
		f.Changed = true
	})
	return err
}
