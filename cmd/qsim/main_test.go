package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
)

var update = flag.Bool("update", false, "write what commands print into the scripts that compare it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"qsim": main, "at": atMain})
}

// scriptTime is far more than any script takes.
const scriptTime = 100 * time.Second

// TestScripts runs the command as a user does: testdata/script holds one script
// for each of its features.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(scriptTime),
		Setup: func(env *testscript.Env) error {
			// Under -race each process would rest for a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			probes, err := filepath.Abs(filepath.Join("testdata", "probes"))
			env.Setenv("PROBES", probes)
			return err
		},
		Condition: func(name string) (bool, error) {
			if name != "unshare" { // a user may mount disks of his own
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "disk", "/mnt").Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitCodeIs, "json": jsonField, "signal": sendSignal,
		},
	})
}

// exitCodeIs is "code N COMMAND [ARGUMENT...]": the command must end with code N.
func exitCodeIs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with code %d, want %d", args[1], got, want)
	}
}

// jsonField is "json FILE VARIABLE=FIELD...": variables get the values of fields
// of the object in the file.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: json FILE VARIABLE=FIELD...")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	for _, arg := range args[1:] {
		variable, field, _ := strings.Cut(arg, "=")
		value, ok := object[field]
		if !ok {
			ts.Fatalf("%s has no field %q", args[0], field)
		}
		ts.Setenv(variable, fmt.Sprint(value))
	}
}

// sendSignal is "signal NUMBER PID".
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NUMBER PID")
	}
	number, err := strconv.Atoi(args[0])
	ts.Check(err)
	pid, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.Signal(number)))
}

// atMain is the program "at LINE...": on the device of QSIM_DEVICE it sends each
// line and prints what the modem says, to the final result code. A LINE of the
// form wait:TEXT sends nothing and waits for a line that begins with TEXT.
func atMain() {
	if err := at(os.Getenv("QSIM_DEVICE"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "at:", err)
		os.Exit(1)
	}
}

func at(path string, lines []string) (err error) {
	dev, err := device.Open(path, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	if err := dev.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	var pending []byte
	for _, line := range lines {
		text, wait := strings.CutPrefix(line, "wait:")
		last := func(said string) bool { return wait && strings.HasPrefix(said, text) }
		if !wait {
			last = final
			if _, err := dev.Write([]byte(line + "\r")); err != nil {
				return err
			}
		}
		for done := false; !done; {
			end := strings.IndexByte(string(pending), '\n')
			if end < 0 {
				buf := make([]byte, 512)
				n, err := dev.Read(buf)
				if err != nil {
					return fmt.Errorf("%s: %w after %q", line, err, pending)
				}
				pending = append(pending, buf[:n]...)
				continue
			}
			said := strings.Trim(string(pending[:end]), "\r")
			pending = pending[end+1:]
			fmt.Println(said)
			done = last(said)
		}
	}
	return nil
}

// final reports whether a line ends the answer to a command.
func final(line string) bool {
	return line == "OK" || line == "ERROR" || line == "NO CARRIER" || strings.HasPrefix(line, "+CME ERROR") || strings.HasPrefix(line, "+CMS ERROR")
}

// TestSubcommands: each is known by its name, alone as in the whole.
func TestSubcommands(t *testing.T) {
	for _, c := range subcommands {
		for _, root := range []*cobra.Command{newRoot(), newRoot(c.name)} {
			if found, _, err := root.Find([]string{c.name}); err != nil || found.Name() != c.name {
				t.Errorf("%s: %v, %v", c.name, found.Name(), err)
			}
		}
	}
	if n := len(newRoot("run").Commands()); n != 1 {
		t.Errorf("%d commands are made for one", n)
	}
}
