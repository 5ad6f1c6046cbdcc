package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

// values has, for each setting, one that is taken and how it is shown.
var values = map[string]struct{ given, shown string }{
	"count":            {"1000", "1000"},
	"module":           {"ec800n", "EC800N"},
	"seed":             {"18446744073709551615", "18446744073709551615"},
	"speed":            {"0.5", "0.5"},
	"rtc":              {"2021-08-25T12:00:00+08:00", "2021-08-25T12:00:00+08:00"},
	"boot":             {"COLD", "cold"},
	"quirk":            {"recv-zero=query, no-pdp=error", "no-pdp=error,recv-zero=query"},
	"ufs":              {"dir", "dir"},
	"lab":              {"1", "true"},
	"scenario":         {"error-565", "error-565"},
	"offline":          {"TRUE", "true"},
	"connect-to":       {"a:1:b:2, [::1]::c:", "a:1:b:2,[::1]::c:"},
	"ports":            {"3", "3"},
	"link":             {"ttyQ", "ttyQ"},
	"listen":           {"tcp://:0", "tcp://:0"},
	"control":          {"unix:s", "unix:s"},
	"control-insecure": {"true", "true"},
	"ready-file":       {"ready", "ready"},
	"artifacts":        {"out", "out"},
	"keylog":           {"keys.log", "keys.log"},
	"timeout":          {"90s", "1m30s"},
	"log-level":        {"WARN", "warn"},
	"json":             {"true", "true"},
	"config":           {"qsim.yaml", "qsim.yaml"},
}

// TestThreePlaces gives each setting as a flag, in the environment and in a
// file: all of them take the same.
func TestThreePlaces(t *testing.T) {
	for _, one := range all {
		v, ok := values[one.name]
		if !ok {
			t.Errorf("no value to try for %s", one.name)
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			inDirectory(t)
			write(t, "qsim.yaml", "# nothing\n")
			shown := func(args ...string) string {
				t.Helper()
				fs, err := load(t, args...)
				if err != nil {
					t.Fatal(err)
				}
				return fs.Lookup(one.name).Value.String()
			}
			if got := shown("--" + one.name + "=" + v.given); got != v.shown {
				t.Errorf("as a flag it is %q, want %q", got, v.shown)
			}
			flags, _ := load(t)
			t.Setenv(Variable(flags.Lookup(one.name)), v.given)
			if got := shown(); got != v.shown {
				t.Errorf("in the environment it is %q, want %q", got, v.shown)
			}
			t.Setenv(Variable(flags.Lookup(one.name)), "")
			if one.name == "config" {
				return
			}
			write(t, "file.yaml", one.name+": \""+v.given+"\"\n")
			if got := shown("--config=file.yaml"); got != v.shown {
				t.Errorf("in a file it is %q, want %q", got, v.shown)
			}
		})
	}
}

// TestListReplaces: a list that is said twice is not put together.
func TestListReplaces(t *testing.T) {
	inDirectory(t)
	write(t, "f.yaml", "connect-to: [a:1:b:1, c:1:d:1]\n")
	t.Setenv("QSIM_CONNECT_TO", "e:1:f:1,g:1:h:1")
	fs, err := load(t, "--config=f.yaml", "--connect-to=i:1:j:1", "--connect-to=k:1:l:1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fs.Lookup("connect-to").Value.String(); got != "i:1:j:1,k:1:l:1" {
		t.Errorf("flags: got %q", got)
	}
	if fs, err = load(t, "--config=f.yaml"); err != nil {
		t.Fatal(err)
	}
	if got := fs.Lookup("connect-to").Value.String(); got != "e:1:f:1,g:1:h:1" {
		t.Errorf("environment: got %q", got)
	}
	t.Setenv("QSIM_CONNECT_TO", "")
	if fs, err = load(t, "--config=f.yaml"); err != nil {
		t.Fatal(err)
	}
	if got := fs.Lookup("connect-to").Value.String(); got != "a:1:b:1,c:1:d:1" {
		t.Errorf("file: got %q", got)
	}
}

// TestFilesThatAreNone: whatever is in a file, the error is one line and says
// where.
func TestFilesThatAreNone(t *testing.T) {
	inDirectory(t)
	for _, text := range []string{
		"a: b: c", "- module", "{", "module: {a: b}", "module: !!binary x", "&a *a", "a: &a [*a]", "module: &m [*m]",
		"? [a]\n: b", "1: 2", "<<: {module: EC200S}", "\x00", "module:", "--- \nlab: true\n--- \nlab: true\n",
		"lab: *none", "connect-to: [[a]]", "connect-to: {a: b}", "%YAML 9.9\n---\n", strings.Repeat("[", 100000),
		strings.Repeat("# much\n", maxConfig/7+1),
	} {
		write(t, "bad.yaml", text)
		_, err := load(t, "--config=bad.yaml")
		if err == nil {
			t.Errorf("%.40q was taken", text)
			continue
		}
		var out strings.Builder
		if code := cli.Report(&out, err); code != cli.CodeUsage {
			t.Errorf("%.40q: code %d", text, code)
		}
		line, _, _ := strings.Cut(out.String(), "\n")
		if !strings.Contains(line, "bad.yaml") || len(line) > 300 {
			t.Errorf("%.40q: %.400s", text, line)
		}
	}
	for _, text := range []string{"", "\t", "# only this\n", "---\n", "lab: &t true\njson: *t\n", "\ufefflab: true\n"} {
		write(t, "good.yaml", text)
		if _, err := load(t, "--config=good.yaml"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func load(t *testing.T, args ...string) (*pflag.FlagSet, error) {
	t.Helper()
	s := New()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	s.Bind(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs, s.Load(fs)
}

func inDirectory(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Clean(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
