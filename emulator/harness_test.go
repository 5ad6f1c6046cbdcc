package emulator_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a modem on a test bench: its host's end, the lab, what happened.
type bench struct {
	t      *testing.T
	modem  *emulator.Modem
	dev    io.ReadWriteCloser // the host's end
	reopen func() io.ReadWriteCloser
	lab    *lab.Lab
	files  *vfs.FS
	events *eventLog

	timeout time.Duration // of what a transcript expects; 0: 20 s
}

// benchOptions vary a bench. The zero value is an EC200S with the lab behind an
// in-memory port.
type benchOptions struct {
	module string
	speed  float64
	pty    bool // behind a PTY
	boot   emulator.Boot
	pin    string
	rtc    time.Time
	files  *vfs.FS
	quirks map[string]string
	net    func(network.Network) network.Network // a layer over the lab
}

func newBench(t *testing.T, o benchOptions) *bench {
	t.Helper()
	b := &bench{t: t, files: o.files, events: &eventLog{}}
	var err error
	if b.lab, err = lab.Start(lab.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	if b.files == nil {
		b.files = vfs.NewMemory(1 << 20)
		for name, data := range b.lab.Files() {
			if err := b.files.Create(name, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	reach := b.lab.Network(network.Offline{})
	if o.net != nil {
		reach = o.net(reach)
	}
	b.modem, err = emulator.New(emulator.Options{
		Module: o.module, Seed: 1, Clock: clock.New(o.speed), Network: reach,
		Files: b.files, RTC: o.rtc, Quirks: o.quirks, Events: b.events,
		Boot: o.boot, PIN: o.pin,
		Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.modem.Close(); err != nil {
			t.Error(err)
		}
	})
	if o.pty {
		b.openPTY()
	} else {
		b.openPipe()
	}
	t.Cleanup(func() { b.dev.Close() })
	return b
}

func (b *bench) openPipe() {
	p, host := port.Pipe()
	if err := b.modem.Attach(p); err != nil {
		b.t.Fatal(err)
	}
	b.dev = host
	b.reopen = func() io.ReadWriteCloser {
		h, err := p.Open()
		if err != nil {
			b.t.Fatal(err)
		}
		return h
	}
}

func (b *bench) openPTY() {
	p, err := port.OpenPTY()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.modem.Attach(p); err != nil {
		b.t.Fatal(err)
	}
	open := func() io.ReadWriteCloser {
		h, err := chat.OpenTTY(p.Path())
		if err != nil {
			b.t.Fatal(err)
		}
		return h
	}
	b.dev, b.reopen = open(), open
}

// hangUp closes the device as a host that dies does, and opens it anew.
func (b *bench) hangUp() {
	b.t.Helper()
	b.events.forget()
	if err := b.dev.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.events.wait(b.t, emulator.HostClose)
	b.dev = b.reopen()
}

// settle is how long a played transcript listens for more at its end.
const settle = 20 * time.Millisecond

// play plays a transcript, given as text, against the modem.
func (b *bench) play(script string) {
	b.t.Helper()
	b.playVars(script, nil)
}

func (b *bench) playVars(script string, vars map[string]string) {
	b.t.Helper()
	s, err := chat.Parse(b.t.Name(), []byte(script))
	if err != nil {
		b.t.Fatal(err)
	}
	files := fstest.MapFS{}
	if b.lab != nil {
		for name, data := range b.lab.Files() {
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	timeout := b.timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	_, err = chat.Play(context.Background(), b.dev, s, chat.Options{Timeout: timeout, Settle: settle, Files: files, Vars: vars})
	if err != nil {
		b.t.Fatal(err)
	}
}

// playFile plays testdata/NAME.
func (b *bench) playFile(name string) {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		b.t.Fatal(err)
	}
	b.play(string(text))
}

// setUp is the quiet beginning of most sessions: echo off, a PDP context, and
// the trusted CA.
const setUp = `> ATE0
< OK
@echo off
> AT+QISDE=0
< OK
> AT+QIACT=1
< OK
> AT+QSSLCFG="cacert",1,"UFS:cacert.pem"
< OK
`

// quote writes bytes as a transcript does.
func quote(p []byte) string {
	s := strings.NewReplacer(`\`, `\\`, "\r", `\r`, "\n", `\n`, "{", "{{").Replace(string(p))
	if n := len(s) - 1; n >= 0 && s[n] == ' ' {
		s = s[:n] + `\x20`
	}
	return s
}

type eventLog struct {
	mu   sync.Mutex
	all  []emulator.Event
	more chan struct{}
}

func (l *eventLog) Event(e emulator.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, e)
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

func (l *eventLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// wait waits for an event of a kind since the last forget.
func (l *eventLog) wait(t *testing.T, kind emulator.EventKind) {
	t.Helper()
	l.until(t, string(kind), func(all []emulator.Event) bool {
		return slices.ContainsFunc(all, func(e emulator.Event) bool { return e.Kind == kind })
	})
}

// received waits until n bytes in all have come from servers since the last
// forget.
func (l *eventLog) received(t *testing.T, n int) {
	t.Helper()
	l.until(t, fmt.Sprintf("%d bytes", n), func(all []emulator.Event) bool {
		sum := 0
		for _, e := range all {
			if e.Kind == emulator.TLSReceived {
				sum += e.Bytes
			}
		}
		return sum >= n
	})
}

// until waits until what has happened since the last forget is enough.
func (l *eventLog) until(t *testing.T, what string, enough func([]emulator.Event) bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		l.mu.Lock()
		if enough(l.all) {
			l.mu.Unlock()
			return
		}
		if l.more == nil {
			l.more = make(chan struct{})
		}
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-limit:
			t.Fatalf("no %s", what)
		}
	}
}

// noted reports whether the modem noted something with text in it.
func (l *eventLog) noted(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.all, func(e emulator.Event) bool {
		return e.Kind == emulator.Noted && strings.Contains(e.Text, text)
	})
}

// testWriter logs to the test, in lines.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
