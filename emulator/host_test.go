package emulator_test

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// patience bounds every wait of a test for something that has to come.
const patience = 30 * time.Second

// host is a host program that reads all the time, for tests that a transcript
// is no fit for: where many bytes come, or in no fixed order.
type host struct {
	t    *testing.T
	dev  io.ReadWriteCloser
	mu   sync.Mutex
	got  []byte
	more chan struct{} // closed when got has grown, or the device has ended
	done chan struct{} // the reader has returned
}

func newHost(t *testing.T, dev io.ReadWriteCloser) *host {
	h := &host{t: t, dev: dev, more: make(chan struct{}), done: make(chan struct{})}
	go h.read()
	t.Cleanup(func() { h.close() })
	return h
}

func (h *host) read() {
	defer close(h.done)
	buf := make([]byte, 4096)
	for {
		n, err := h.dev.Read(buf)
		h.mu.Lock()
		h.got = append(h.got, buf[:n]...)
		close(h.more)
		h.more = make(chan struct{})
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (h *host) close() {
	_ = h.dev.Close() // may be closed already: the tests do that
	<-h.done
}

func (h *host) send(text string) {
	h.t.Helper()
	if _, err := io.WriteString(h.dev, text); err != nil {
		h.t.Error(err)
	}
}

// take waits until what has come matches re, and takes it up to the end of the
// match.
func (h *host) take(re *regexp.Regexp) string {
	h.t.Helper()
	limit := time.After(patience)
	for {
		h.mu.Lock()
		more := h.more
		if at := re.FindIndex(h.got); at != nil {
			text := string(h.got[:at[1]])
			h.got = slices.Clone(h.got[at[1]:])
			h.mu.Unlock()
			return text
		}
		h.mu.Unlock()
		select {
		case <-more:
		case <-limit:
			h.t.Fatalf("no %s came, but %.300q", re, h.pending())
		}
	}
}

func (h *host) pending() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.got)
}

// final is what ends the answer to a command line.
var final = regexp.MustCompile(`\r\n(?:(?:OK|ERROR|\+CM[ES] ERROR: [^\r]*|CONNECT|NO CARRIER|SEND OK|SEND FAIL)\r\n|> )`)

// ask sends a command line and returns the answer.
func (h *host) ask(line string) string {
	h.t.Helper()
	h.send(line + "\r")
	return h.take(final)
}

// newModem is a modem without a network behind a pipe, and its host, which has
// switched the echo off.
func newModem(t *testing.T, o emulator.Options) (*emulator.Modem, *host) {
	t.Helper()
	if o.Network == nil {
		o.Network = network.Offline{}
	}
	m, err := emulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	p, dev := port.Pipe()
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, dev)
	h.ask("ATE0")
	return m, h
}

// bytes waits for n bytes and takes them.
func (h *host) bytes(n int) []byte {
	h.t.Helper()
	limit := time.After(patience)
	for {
		h.mu.Lock()
		more := h.more
		if len(h.got) >= n {
			p := slices.Clone(h.got[:n])
			h.got = slices.Clone(h.got[n:])
			h.mu.Unlock()
			return p
		}
		h.mu.Unlock()
		select {
		case <-more:
		case <-limit:
			h.t.Fatalf("%d bytes came, not %d", len(h.pending()), n)
		}
	}
}

var (
	openURC = regexp.MustCompile(`\r\n\+Q(?:SSL|I)OPEN: \d+,\d+\r\n`)
	pushURC = regexp.MustCompile(`\r\n\+QSSLURC: "recv",\d+,\d+\r\n`)
)
