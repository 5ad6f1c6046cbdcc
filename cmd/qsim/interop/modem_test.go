//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds everything that must happen; nothing waits for it to pass.
const patience = 60 * time.Second

// qsim is the program under test, built once.
var qsim string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	// chat and smsd are where programs of administrators are.
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "qsim-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	qsim = filepath.Join(dir, "qsim")
	if out, err := exec.Command("go", "build", "-o", qsim, "github.com/quectel-sim/qsim/cmd/qsim").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "qsim does not build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// modem is a qsim run with its device.
type modem struct {
	t       *testing.T
	dir     string // for the program's own files as well
	device  string // the link
	control string
	cmd     *exec.Cmd
	log     bytes.Buffer
	text    string // the transcript, once stopped
	stopped bool
}

// newModem starts qsim run and waits until the modem takes commands. The modem
// ends with the test; one that failed shows its line.
func newModem(t *testing.T, flags ...string) *modem {
	t.Helper()
	// gnokii has room for few characters of a device's name, so t.TempDir is too long.
	dir, err := os.MkdirTemp("", "q")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // the system cleans up what is left
	m := &modem{t: t, dir: dir}
	m.device = filepath.Join(m.dir, "tty")
	m.control = "unix:" + filepath.Join(m.dir, "control")
	args := append([]string{
		"run", "--json", "--lab", "--offline", "--speed", "10", "--link", m.device, "--control", m.control,
		"--artifacts", m.file("artifacts"),
	}, flags...)
	m.cmd = exec.Command(qsim, args...)
	m.cmd.Stderr = &m.log
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.stop()
		if t.Failed() {
			t.Logf("the line:\n%s\nqsim's log:\n%s", m.text, m.log.String())
		}
	})
	ready := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(out).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &struct{}{})
		}
		ready <- err
	}()
	select {
	case err := <-ready:
		if err != nil {
			t.Fatalf("qsim does not start: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("qsim does not start")
	}
	return m
}

// file is a path in the modem's directory.
func (m *modem) file(name string) string { return filepath.Join(m.dir, name) }

// write makes a file in the modem's directory. Each {device} in its text is the
// path of the device, each {dir} the directory.
func (m *modem) write(name, text string) string {
	m.t.Helper()
	text = strings.NewReplacer("{device}", m.device, "{dir}", m.dir).Replace(text)
	if err := os.WriteFile(m.file(name), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return m.file(name)
}

// stop ends the modem and returns the transcript of its line.
func (m *modem) stop() string {
	m.t.Helper()
	if m.stopped {
		return m.text
	}
	m.stopped = true
	_ = m.cmd.Process.Signal(syscall.SIGTERM) // it may have ended: Wait tells
	kill := time.AfterFunc(patience, func() { _ = m.cmd.Process.Kill() })
	defer kill.Stop()
	if err := m.cmd.Wait(); err != nil {
		m.t.Errorf("qsim: %v", err)
	}
	text, err := os.ReadFile(m.file("artifacts/transcript.chat"))
	if err != nil {
		m.t.Error(err)
	}
	m.text = string(text)
	return m.text
}

// deliver has the network deliver a message to the module.
func (m *modem) deliver(from, text string) {
	m.t.Helper()
	out, err := exec.Command(qsim, "ctl", "--control", m.control, "sms", "--from", from, text).CombinedOutput()
	if err != nil {
		m.t.Fatalf("qsim ctl sms: %v\n%s", err, out)
	}
}

// wantLines fails the test unless each of lines is in the transcript, in this
// order.
func (m *modem) wantLines(lines ...string) {
	m.t.Helper()
	rest := "\n" + m.stop()
	for _, line := range lines {
		_, after, ok := strings.Cut(rest, "\n"+line)
		if !ok {
			m.t.Errorf("the line has no %q", line)
			return
		}
		rest = "\n" + after
	}
}

// A message that programs send, in the parts of it that a PDU shows: the number
// in swapped digits, the text packed in septets (23.040 9.1.2.3, 23.038 6.1.2).
const (
	number       = "8613800138000"
	numberInPDU  = "683108108300F0"
	message      = "hello"
	messageInPDU = "E8329BFD06"
)

// wantSent fails the test unless the message went out.
func (m *modem) wantSent() {
	m.t.Helper()
	text := m.stop()
	_, after, ok := strings.Cut(text, "AT+CMGS=")
	if !ok {
		m.t.Fatal("no message was sent")
	}
	after = strings.ToUpper(after)
	for _, part := range []string{numberInPDU, messageInPDU, "\n< +CMGS: ", "\n< OK"} {
		_, rest, ok := strings.Cut(after, part)
		if !ok {
			m.t.Fatalf("what was sent has no %q", part)
		}
		after = rest
	}
}
