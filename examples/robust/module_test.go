package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/vfs"
)

// newModule is a module behind a PTY with the lab in reach, and without files:
// the path of the device, and the directory with the lab's.
func newModule(t *testing.T) (device, files string) {
	t.Helper()
	servers, err := lab.Start(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { servers.Close() })
	m, err := emulator.New(emulator.Options{
		Seed: 1, Clock: clock.New(20), Network: servers.Network(network.Offline{}), Files: vfs.NewMemory(1 << 20),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	p, err := port.OpenPTY()
	if err != nil {
		t.Skip("no PTY here: ", err)
	}
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	files = t.TempDir()
	for name, data := range servers.Files() {
		if err := os.WriteFile(filepath.Join(files, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p.Path(), files
}

// The program against qsim's module and the lab's servers.
func TestModule(t *testing.T) {
	device, files := newModule(t)
	ca := filepath.Join(files, "cacert.pem")
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // stderr in part; "": nothing
	}{
		{"no certificate", []string{"-n", "1"}, 1, "", "UFS:cacert.pem: it is not on the module; give it with -ca FILE"},
		{"a socket", []string{"-service", "tcp"}, 0, allEchoed + "done: 3 messages echoed\n", ""},
		{"datagrams", []string{"-service", "udp"}, 0, allEchoed + "done: 3 messages echoed\n", ""},
		{"a socket that is closed after each echo", []string{"-service", "tcp", "-port", "7050"}, 0, allEchoed + "done: 3 messages echoed\n", "the connection was closed: closing the client"},
		{"upload", []string{"-ca", ca}, 0, allEchoed + "done: 3 messages echoed\n", ""},
		{"again", nil, 0, allEchoed + "done: 3 messages echoed\n", ""},
		{"the wrong certificate", []string{"-ca", filepath.Join(files, "client.pem"), "-deadline", "3s"}, 1, "", "uploading it anew"},
		{"the right one again", []string{"-ca", ca, "-n", "1"}, 0, "message 1: 200 bytes echoed\ndone: 1 messages echoed\n", "uploading it anew"},
		{"a server that closes after each echo", []string{"-port", "4450"}, 0, allEchoed + "done: 3 messages echoed\n", "the connection was closed: closing the client"},
		{"a server that resets after each echo", []string{"-port", "4452", "-n", "1"}, 0, "message 1: 200 bytes echoed\ndone: 1 messages echoed\n", ""},
		{"a server with a bad certificate", []string{"-port", "4435", "-deadline", "3s"}, 1, "", "gave up at open"},
		{"no device", []string{filepath.Join(files, "none"), "-deadline", "1s"}, 1, "", "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			env := map[string]string{"QSIM_DEVICE": device, "QSIM_SPEED": "20"}
			code := run(tt.args, func(name string) string { return env[name] }, &stdout, &stderr)
			if code != tt.code || stdout.String() != tt.stdout {
				t.Errorf("exit code %d, printed %q", code, stdout.String())
			}
			if !strings.Contains(stderr.String(), tt.stderr) || (code == 0 && tt.stderr == "" && stderr.Len() > 0 && !strings.Contains(tt.name, "reset")) {
				t.Errorf("said %q", stderr.String())
			}
		})
	}
}

// A number out of range, or no device, is told at once.
func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "no device: give its path, or set QSIM_DEVICE"},
		{[]string{"-size", "8", "x"}, "a number is out of range"},
		{[]string{"-scale", "0", "x"}, "a number is out of range"},
		{[]string{"-ca", "/none", "x"}, "cannot be read"},
		{[]string{"-service", "sctp", "x"}, `there is no service "sctp"`},
		{[]string{"-what"}, "flag provided but not defined"},
	}
	for _, tt := range tests {
		var stdout, stderr strings.Builder
		code := run(tt.args, func(string) string { return "" }, &stdout, &stderr)
		if code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%q: %d, %q, %q", tt.args, code, stdout.String(), stderr.String())
		}
	}
}
