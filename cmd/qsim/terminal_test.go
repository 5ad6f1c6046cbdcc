package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestHangup: a qsim that was started from a terminal reads its scenario again
// on SIGHUP as long as the terminal is there, and ends when it goes.
func TestHangup(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "ttyQ")
	if err := os.WriteFile(file, []byte("about: Nothing goes wrong.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	terminal, slave, err := pty.Open()
	if err != nil {
		t.Skip("no terminal: ", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test binary is qsim where it is called so.
	qsim := filepath.Join(dir, "qsim")
	if err := os.Symlink(self, qsim); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(qsim, "run", "--scenario", file, "--link", link)
	cmd.Stdin = slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	bound := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer bound.Stop()
	_ = slave.Close() // the other process has it
	log := bufio.NewReader(stderr)
	var said strings.Builder
	await := func(text string) {
		t.Helper()
		for {
			line, err := log.ReadString('\n')
			said.WriteString(line)
			if err != nil {
				t.Fatalf("%v; it said\n%s", err, &said)
			}
			if strings.Contains(line, text) {
				return
			}
		}
	}
	await("modem ready")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await("scenario read again")
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	await(`reason="signal: hangup"`)
	rest, err := io.ReadAll(log)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v; it said\n%s%s", err, &said, rest)
	}
	if err != nil || strings.Contains(string(rest), "read again") {
		t.Errorf("%v, %s", err, rest)
	}
	if left, err := filepath.Glob(link + "*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
