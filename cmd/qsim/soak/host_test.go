//go:build soak

package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
	"github.com/quectel-sim/qsim/control"
)

// patience is how long a modem may be silent. It is far more than it ever is, and
// less than what makes a run look alive.
const patience = 60 * time.Second

// host is the program at one modem's device.
type host struct {
	number   int
	path     string
	random   *rand.Rand
	control  *ctl.Client // of its modem
	faulty   bool        // its modem has faults armed
	dev      device.Device
	last     string            // what it has done last
	unread   []byte            // has come, and was not looked at
	amidst   bool              // a line of an answer may come next
	files    map[string][]byte // that the modem has at the start
	counts   *counts
	patience time.Duration // for what comes next
}

// open opens the device.
func (h *host) open() (err error) {
	h.unread = nil
	h.dev, err = device.Open(h.path, 0)
	return err
}

// close closes the device, whatever the modem is at.
func (h *host) close() error {
	if h.dev == nil {
		return nil
	}
	err := h.dev.Close()
	h.dev = nil
	return err
}

// leave closes the device, and waits until the modem has seen it: a PTY cannot tell
// who opens it at once from who has just closed it.
func (h *host) leave() error {
	if err := h.close(); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		var s control.State
		if err := h.control.Call(context.Background(), http.MethodGet, "/v1/state", nil, &s); err != nil {
			return err
		}
		if !s.Ports[0].Host {
			return nil
		}
		if time.Now().After(end) {
			return errors.New("the modem still has a host, and nobody is there")
		}
	}
}

// reopen is what a host does that was restarted.
func (h *host) reopen() error { return errors.Join(h.leave(), h.open()) }

// send writes bytes in pieces of any size. A modem that has stopped reading is an
// error.
func (h *host) send(p []byte) error {
	for len(p) > 0 {
		if err := h.dev.SetWriteDeadline(time.Now().Add(h.patience)); err != nil {
			return err
		}
		n, err := h.dev.Write(p[:1+h.random.IntN(len(p))])
		if err != nil {
			return fmt.Errorf("sending: %w", err)
		}
		p = p[n:]
	}
	return nil
}

// fill reads until n bytes are there.
func (h *host) fill(n int) error {
	return h.read(func() bool { return len(h.unread) >= n }, h.patience)
}

// read reads until enough has come.
func (h *host) read(enough func() bool, patience time.Duration) error {
	buf := make([]byte, 4096)
	if err := h.dev.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for !enough() {
		n, err := h.dev.Read(buf)
		if err != nil {
			return fmt.Errorf("%w after %.300q", err, h.unread)
		}
		h.unread = append(h.unread, buf[:n]...)
	}
	return nil
}

// take takes n bytes.
func (h *host) take(n int) ([]byte, error) {
	if err := h.fill(n); err != nil {
		return nil, err
	}
	h.amidst = false
	p := h.unread[:n:n]
	h.unread = h.unread[n:]
	return p, nil
}

// text takes the next text in its frame, CR LF on both sides, or a prompt. Lines of
// one answer follow each other with one CR LF between them.
func (h *host) text() (string, error) {
	for {
		end := []byte("\r\n")
		rest, framed := bytes.CutPrefix(h.unread, end)
		switch {
		case len(h.unread) < len(end):
		case !framed && (!h.amidst || h.unread[0] != '+'):
			return "", fmt.Errorf("no frame: %.300q", h.unread)
		case framed && bytes.HasPrefix(rest, []byte("> ")):
			h.unread, h.amidst = rest[2:], false
			return ">", nil
		default:
			if line, behind, ok := bytes.Cut(rest, end); ok {
				h.unread, h.amidst = behind, true
				return string(line), nil
			}
		}
		if err := h.fill(len(h.unread) + 1); err != nil {
			return "", err
		}
	}
}

// want takes the next text, which must be this one.
func (h *host) want(text string) error {
	got, err := h.text()
	if err == nil && got != text {
		err = fmt.Errorf("got %q, want %q", got, text)
	}
	return err
}

// command sends a line and takes its answer up to the final result, which must be
// OK.
func (h *host) command(line string) ([]string, error) {
	if err := h.send([]byte(line + "\r")); err != nil {
		return nil, err
	}
	var answer []string
	for {
		text, err := h.text()
		switch {
		case err != nil:
			return answer, fmt.Errorf("%s: %w", line, err)
		case text == "OK":
			return answer, nil
		case text == "ERROR" || strings.HasPrefix(text, "+CM"):
			return answer, fmt.Errorf("%s: %s", line, text)
		}
		answer = append(answer, text)
	}
}

// commands sends lines that must be OK.
func (h *host) commands(lines ...string) error {
	for _, line := range lines {
		if _, err := h.command(line); err != nil {
			return err
		}
	}
	return nil
}

// quiet is for how long nothing comes before a line counts as free.
const quiet = 30 * time.Millisecond

// drain drops what comes, until nothing does.
func (h *host) drain() error {
	for {
		h.unread = nil
		err := h.read(func() bool { return len(h.unread) > 0 }, quiet)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// amid sends a line and waits for its OK, among whatever else comes.
func (h *host) amid(line string, patience time.Duration) error {
	h.unread = nil
	if err := h.send([]byte(line + "\r")); err != nil {
		return err
	}
	return h.read(func() bool { return bytes.Contains(h.unread, []byte("\r\nOK\r\n")) }, patience)
}

// recover makes the modem what it was at the start, from wherever it is: the last
// word on whether it still works.
func (h *host) recover() error {
	h.patience = patience
	if err := h.reopen(); err != nil {
		return err
	}
	end := time.Now().Add(patience)
	for ok := false; !ok; {
		if time.Now().After(end) {
			return fmt.Errorf("AT is not answered: %.300q", h.unread)
		}
		err := h.amid("ATV1Q0", time.Second) // noise can be ATV or ATQ1
		if ok = err == nil; !ok && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	if err := h.booted(); err != nil {
		return err
	}
	if err := h.amid("AT&F;E0", patience); err != nil {
		return err
	}
	for id := range 12 {
		for _, line := range []string{"AT+QSSLCLOSE=%d,0", "AT+QICLOSE=%d,0"} {
			if err := h.amid(fmt.Sprintf(line, id), patience); err != nil {
				return err
			}
		}
	}
	if err := h.drain(); err != nil {
		return err
	}
	if err := h.tidy(); err != nil {
		return err
	}
	if err := h.commands(`AT+CCLK="26/11/26,12:00:00+00"`); err != nil { // a boot has forgotten it
		return err
	}
	for {
		up, err := h.command("AT+QIACT?")
		if err != nil || len(up) > 0 {
			return err
		}
		// After a boot the network is not there at once; a context that it has taken
		// away must be given back first.
		if err = h.commands("AT+QIACT=1"); err != nil {
			if time.Now().After(end) {
				return err
			}
			if err := h.commands("AT+QIDEACT=1"); err != nil {
				return err
			}
		}
	}
}

// booted waits until a boot that was under way has said all that it says.
func (h *host) booted() error {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var s control.State
		if err := h.control.Call(context.Background(), http.MethodGet, "/v1/state", nil, &s); err != nil {
			return err
		}
		if s.Boot.String() == "ready" && s.Registration.String() == "home" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the boot does not end: %v, %v", s.Boot, s.Registration)
		}
	}
}

// openFile is a line of AT+QFOPEN?.
var openFile = regexp.MustCompile(`",(\d+),\d$`)

// tidy closes all files, and deletes those that hosts have made, whatever they are
// called.
func (h *host) tidy() error {
	open, err := h.command("AT+QFOPEN?")
	if err != nil {
		return err
	}
	for _, line := range open {
		m := openFile.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("%q is no open file", line)
		}
		if err := h.commands("AT+QFCLOSE=" + m[1]); err != nil {
			return err
		}
	}
	listed, err := h.command("AT+QFLST")
	if err != nil || len(listed) == len(h.files) {
		return err
	}
	if err := h.commands(`AT+QFDEL="*"`); err != nil {
		return err
	}
	for name, data := range h.files {
		if _, err := h.control.Bytes(context.Background(), http.MethodPut, ctl.FilePath(name), data, "application/octet-stream"); err != nil {
			return err
		}
	}
	return nil
}

// remember reads the files that a modem has at the start.
func (h *host) remember() error {
	var list control.Files
	if err := h.control.Call(context.Background(), http.MethodGet, "/v1/files", nil, &list); err != nil {
		return err
	}
	h.files = map[string][]byte{}
	for _, f := range list.Files {
		data, err := h.control.Bytes(context.Background(), http.MethodGet, ctl.FilePath(f.Name), nil, "")
		if err != nil {
			return err
		}
		h.files[f.Name] = data
	}
	return nil
}
