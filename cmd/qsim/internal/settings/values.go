package settings

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// value is a setting that knows how to read and to show itself.
type value[T any] struct {
	to    *T
	what  string // the type, as the help shows it
	read  func(string) (T, error)
	shown func(T) string
}

var _ pflag.Value = value[int]{}

func (v value[T]) Type() string { return v.what }

// String is the value, or nothing where it is what it is anyway: pflag then
// shows no default.
func (v value[T]) String() string {
	if v.to == nil { // pflag asks the zero value of the type
		return ""
	}
	return v.shown(*v.to)
}

func (v value[T]) Set(s string) error {
	x, err := v.read(s)
	if err == nil {
		*v.to = x
	}
	return err
}

// bad is the error of a value that was refused.
func bad(s, why, hint string) error { return cli.Usage("", hint, "%q %s", s, why) }

func text(to *string, what string) pflag.Value {
	return value[string]{to, what, func(s string) (string, error) {
		if s == "" {
			return "", cli.Usage("", "", "it is empty")
		}
		return s, nil
	}, func(s string) string { return s }}
}

func boolean(to *bool) pflag.Value {
	return value[bool]{to, "bool", func(s string) (bool, error) {
		switch strings.ToLower(s) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return false, bad(s, "is neither true nor false", "")
	}, strconv.FormatBool}
}

func module(to *string) pflag.Value {
	return value[string]{to, "NAME", func(s string) (string, error) {
		p, err := bench.Module(s)
		return p.Name, err
	}, func(s string) string { return s }}
}

func seed(to *uint64) pflag.Value {
	return value[uint64]{to, "N", func(s string) (uint64, error) {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return 0, bad(s, "is no seed", fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)))
		}
		return n, nil
	}, func(n uint64) string { return strconv.FormatUint(n, 10) }}
}

func ports(to *int) pflag.Value {
	return value[int]{to, "N", func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > emulator.MaxPorts {
			return 0, bad(s, "is no number of ports", fmt.Sprintf("1 to %d", emulator.MaxPorts))
		}
		return n, nil
	}, strconv.Itoa}
}

func count(to *int) pflag.Value {
	return value[int]{to, "N", func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > bench.MaxCount {
			return 0, bad(s, "is no number of modems", fmt.Sprintf("1 to %d", bench.MaxCount))
		}
		return n, nil
	}, strconv.Itoa}
}

// Bounds of the speed: slower than this a host's own timeouts strike, faster
// than this a timer of the machine is too coarse.
const (
	slowest = 0.01
	fastest = 1000
)

func speed(to *float64) pflag.Value {
	return value[float64]{to, "N", func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || !(n >= slowest && n <= fastest) { // NaN is neither
			return 0, bad(s, "is no speed", fmt.Sprintf("a number from %g to %d", slowest, fastest))
		}
		return n, nil
	}, func(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }}
}

// The years that AT+CCLK can show: it has two digits for them.
const (
	firstYear = 1970
	lastYear  = 2069
)

func rtc(to *time.Time) pflag.Value {
	return value[time.Time]{to, "now|TIME", func(s string) (time.Time, error) {
		if strings.EqualFold(s, "now") {
			return time.Time{}, nil
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return t, bad(s, "is no time", "now, or RFC 3339: 2021-08-25T12:00:00+08:00")
		}
		if y := t.Year(); y < firstYear || y > lastYear {
			return t, bad(s, "is not in a year that AT+CCLK can show", fmt.Sprintf("%d to %d", firstYear, lastYear))
		}
		return t, nil
	}, func(t time.Time) string {
		if t.IsZero() {
			return "now"
		}
		return t.Format(time.RFC3339)
	}}
}

// Boots are the ways a modem can begin.
var Boots = []string{"ready", "cold"}

func boot(cold *bool) pflag.Value {
	return value[bool]{cold, "ready|cold", func(s string) (bool, error) {
		for i, word := range Boots {
			if strings.EqualFold(s, word) {
				return i == 1, nil
			}
		}
		return false, bad(s, "is no way to boot", "ready or cold")
	}, func(cold bool) string {
		if cold {
			return Boots[1]
		}
		return Boots[0]
	}}
}

// quirks adds to the quirks that are chosen: it may be set several times.
func quirks(to *map[string]string) pflag.Value {
	return value[map[string]string]{to, "NAME=VALUE", func(s string) (map[string]string, error) {
		chosen := maps.Clone(*to)
		if chosen == nil {
			chosen = map[string]string{}
		}
		for one := range strings.SplitSeq(s, ",") {
			name, val, ok := strings.Cut(strings.TrimSpace(one), "=")
			if !ok {
				return nil, bad(one, "is no quirk", "NAME=VALUE, such as recv-zero=query")
			}
			if err := emulator.CheckQuirk(name, val); err != nil {
				return nil, cli.Usage("", "qsim modules --json tells what each does", "%v", err)
			}
			chosen[name] = val
		}
		return chosen, nil
	}, func(chosen map[string]string) string {
		var shown []string
		for _, name := range slices.Sorted(maps.Keys(chosen)) {
			shown = append(shown, name+"="+chosen[name])
		}
		return strings.Join(shown, ",")
	}}
}

// QuirkWords are all that --quirk takes, for completion.
func QuirkWords() (list []string) {
	for _, q := range emulator.Quirks() {
		for _, v := range q.Values {
			list = append(list, q.Name+"="+v)
		}
	}
	return list
}

// rules adds to the list: it may be set several times.
func rules(to *[]network.Rule) pflag.Value {
	return value[[]network.Rule]{to, "RULE", func(s string) ([]network.Rule, error) {
		list := *to
		for one := range strings.SplitSeq(s, ",") {
			r, err := network.ParseRedirect(strings.TrimSpace(one))
			if err != nil {
				return nil, cli.Usage("", "", "%v", err)
			}
			list = append(list, r)
		}
		return list, nil
	}, func(list []network.Rule) string {
		shown := make([]string, len(list))
		for i, r := range list {
			shown[i] = r.String()
		}
		return strings.Join(shown, ",")
	}}
}

func listen(to *string) pflag.Value {
	const hint = "tcp://127.0.0.1:4321; port 0 takes a free one"
	return value[string]{to, "URL", func(s string) (string, error) {
		addr, ok := strings.CutPrefix(s, "tcp://")
		if !ok {
			return "", bad(s, "is no address to listen on", hint)
		}
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return "", bad(s, "has no port", hint)
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", bad(s, "has no port from 0 to 65535", hint)
		}
		return addr, nil
	}, func(s string) string {
		if s == "" {
			return ""
		}
		return "tcp://" + s
	}}
}

func controlAddress(to *string) pflag.Value {
	return value[string]{to, "ADDR", func(s string) (string, error) {
		if err := control.CheckAddress(s); err != nil {
			return "", cli.Usage("", "unix:./qsim.sock, or 127.0.0.1:0 for a free port", "%v", err)
		}
		return s, nil
	}, func(s string) string { return s }}
}

func timeout(to *time.Duration) pflag.Value {
	return value[time.Duration]{to, "DURATION", func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, bad(s, "is no duration", "such as 500ms, 90s or 5m; 0 is without end")
		}
		return d, nil
	}, func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}}
}

// Levels are the log levels.
var Levels = []string{"debug", "info", "warn", "error"}

func level(to *slog.Level) pflag.Value {
	return value[slog.Level]{to, "LEVEL", func(s string) (slog.Level, error) {
		for i, name := range Levels {
			if strings.EqualFold(s, name) {
				return slog.LevelDebug + slog.Level(4*i), nil
			}
		}
		return 0, bad(s, "is no log level", cli.DidYouMean(s, Levels, strings.Join(Levels, ", ")))
	}, func(l slog.Level) string { return strings.ToLower(l.String()) }}
}
