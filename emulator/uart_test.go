package emulator_test

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.bug.st/serial"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// ratedPipe is a pipe whose host has a line rate, as on a PTY.
type ratedPipe struct {
	emulator.Port
	rate atomic.Int64
}

func (p *ratedPipe) Baud() (int, error) { return int(p.rate.Load()), nil }

// wire is a modem in a bubble behind a port that has a rate.
type wire struct {
	*bench
	pipe *ratedPipe
}

func onWire(t *testing.T, o emulator.Options, f func(w *wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, events: &eventLog{}, timeout: time.Hour}
		o.Events, o.Network, o.Clock = b.events, network.Offline{}, clock.New(1)
		var err error
		if b.modem, err = emulator.New(o); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := b.modem.Close(); err != nil {
				t.Error(err)
			}
		}()
		p, host := port.Pipe()
		defer host.Close()
		w := &wire{bench: b, pipe: &ratedPipe{Port: p}}
		w.at(115200)
		if err := b.modem.Attach(w.pipe); err != nil {
			t.Fatal(err)
		}
		b.dev = host
		f(w)
	})
}

// at sets the host's rate.
func (w *wire) at(rate int64) { w.pipe.rate.Store(rate) }

// gets sends bytes and returns what comes within a second.
func (w *wire) gets(text string) string {
	w.t.Helper()
	if _, err := w.dev.Write([]byte(text)); err != nil {
		w.t.Fatal(err)
	}
	return w.comes()
}

// comes is what comes within a second.
func (w *wire) comes() string {
	w.t.Helper()
	if err := w.dev.(*port.PipeHost).SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		w.t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 256)
	for {
		n, err := w.dev.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			return string(got)
		}
	}
}

// garbled checks that something has come, of which nothing can be read.
func (w *wire) garbled(got string) {
	w.t.Helper()
	if got == "" || strings.Contains(got, "OK") || strings.Contains(got, "AT") || strings.Contains(got, "+X") {
		w.t.Errorf("%q is no garbage", got)
	}
}

const answered = "AT\r\r\nOK\r\n"

// TestRate: a rate holds from the OK of AT+IPR on. At another one the module
// hears garbage and is heard as garbage, and with the rate all is well again.
func TestRate(t *testing.T) {
	onWire(t, emulator.Options{}, func(w *wire) {
		if got := w.gets("AT+IPR=9600\r"); got != "AT+IPR=9600\r\r\nOK\r\n" {
			t.Fatalf("%q: not at the old rate", got)
		}
		if got := w.gets("AT\r"); strings.Contains(got, "OK") {
			t.Errorf("%q at the wrong rate", got)
		}
		if !w.events.noted("the host's rate is 115200 bit/s, the module's 9600: both see garbage") {
			t.Error("it is not noted")
		}
		unasked := func() string {
			w.pull(func(emulator.Levers) { w.modem.SendURC("+X: 1") })
			return w.comes()
		}
		garbage := unasked()
		w.garbled(garbage)
		if again := unasked(); again != garbage {
			t.Errorf("other garbage the second time: %q, %q", garbage, again)
		}
		w.at(9600)
		w.gets("\r") // ends the line of garbage
		if got := w.gets("AT\r"); got != answered {
			t.Errorf("%q at the right rate", got)
		}
		if got := unasked(); got != "\r\n+X: 1\r\n" {
			t.Errorf("%q", got)
		}
		// Rates as near as this are the same to a UART.
		w.at(9500)
		if got := w.gets("AT\r"); got != answered {
			t.Errorf("%q at 9500", got)
		}
		// B0 hangs up; it is no rate.
		w.at(0)
		if got := w.gets("AT\r"); got != answered {
			t.Errorf("%q at B0", got)
		}
		w.at(9600)
		if got := w.gets("AT&F;+IPR?;+IPR=115200;&W\r"); !strings.HasSuffix(got, "\r\n+IPR: 9600\r\n\r\nOK\r\n") {
			t.Errorf("%q: AT&F keeps the rate, and the OK has the old one", got)
		}
		w.garbled(w.gets("AT\rAT\rAT\r"))
	})
}

// TestRateBehindACommandThatWaits: the rate changes behind the result of the
// whole line.
func TestRateBehindACommandThatWaits(t *testing.T) {
	onWire(t, emulator.Options{}, func(w *wire) {
		w.gets("ATE0\r")
		// An open that answers when it has failed.
		if got := w.gets("AT+QIACT=1;+IPR=9600;+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\r"); got != "\r\nERROR\r\n" {
			t.Errorf("%q", got)
		}
		if got := w.gets("AT\r"); strings.Contains(got, "OK") {
			t.Errorf("%q", got)
		}
		w.at(9600)
		if got := w.gets("\rAT\r"); got != "\r\nOK\r\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestStoredRate: a reboot brings back the rate that AT&W stored, for RDY already.
func TestStoredRate(t *testing.T) {
	reboot := func(w *wire) string {
		w.pull(emulator.Levers.Reboot)
		time.Sleep(7500 * time.Millisecond)
		first := w.comes()
		time.Sleep(time.Minute) // and all the rest of it
		w.comes()
		return first
	}
	for _, c := range []struct {
		store string
		rate  int64 // at which RDY can be read
	}{{"", 115200}, {";&W", 9600}} {
		onWire(t, emulator.Options{}, func(w *wire) {
			w.gets("AT+IPR=9600" + c.store + "\r")
			w.at(115200 + 9600 - c.rate)
			if c.rate == 9600 {
				w.garbled(reboot(w))
			} else if got := reboot(w); !strings.HasPrefix(got, "\r\nRDY\r\n") {
				// It is the factory's again, and nobody has spoken of rates.
				t.Errorf("%q", got)
			}
			w.at(c.rate)
			if got := reboot(w); !strings.HasPrefix(got, "\r\nRDY\r\n") {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestLineRateQuirk: by default a rate counts when AT+IPR has changed it.
func TestLineRateQuirk(t *testing.T) {
	for value, heard := range map[string][2]bool{
		"once-set": {true, false}, "always": {false, false}, "never": {true, true},
	} {
		onWire(t, emulator.Options{Quirks: map[string]string{"line-rate": value}}, func(w *wire) {
			tries := func(when string, want bool) {
				t.Helper()
				w.at(9600)
				w.gets("\r")
				if got := w.gets("AT\r"); (got == answered) != want {
					t.Errorf("%s, %s: %q", value, when, got)
				}
				w.at(115200)
				w.gets("\r")
			}
			tries("at the start", heard[0])
			w.gets("AT+IPR=115200\r") // that is what it is
			tries("after the same rate", heard[0])
			w.gets("AT+IPR=57600\r")
			tries("after another rate", heard[1])
		})
	}
}

// TestAutomaticRate: with AT+IPR=0 the first line is lost, and the module has the
// host's rate from then on.
func TestAutomaticRate(t *testing.T) {
	onWire(t, emulator.Options{}, func(w *wire) {
		w.gets("AT+IPR=0;&W\r")
		w.pull(func(emulator.Levers) { w.modem.SendURC("+X: 1") })
		for _, step := range []struct {
			rate       int64
			sent, came string
		}{
			{115200, "hello\r", ""},
			{115200, "AT\r", ""},
			{115200, "AT\r", answered},
			{9600, "at\r", ""}, // the host has changed
			{9600, "AT+IPR?\r", "AT+IPR?\r\r\n+IPR: 0\r\n\r\nOK\r\n"},
			{1200, "AT\r", ""}, // none of its rates
			{1200, "AT\r", ""},
			{460800, "xxAT\rAT\r", answered},
		} {
			w.at(step.rate)
			if got := w.gets(step.sent); got != step.came {
				t.Errorf("at %d: %q, want %q", step.rate, got, step.came)
			}
		}
		w.pull(emulator.Levers.Reboot) // what it says of itself cannot be read
		time.Sleep(20 * time.Second)
		if got := w.comes(); got != "" {
			t.Errorf("%q", got)
		}
		w.gets("AT\r")
		if got := w.gets("AT\r"); got != answered {
			t.Errorf("%q", got)
		}
	})
}

// TestRateIsTheUARTs: of several ports only the UART has a rate.
func TestRateIsTheUARTs(t *testing.T) {
	o := emulator.Options{Quirks: map[string]string{"line-rate": "always"}}
	onWire(t, o, func(w *wire) {
		w.at(9600)
		w.garbled(w.gets("AT\rAT\rAT\rAT\r"))
		hosts := []*ratedPipe{}
		for range 2 {
			p, host := port.Pipe()
			defer host.Close()
			hosts = append(hosts, &ratedPipe{Port: p})
			hosts[len(hosts)-1].rate.Store(9600)
			if err := w.modem.Attach(hosts[len(hosts)-1]); err != nil {
				t.Fatal(err)
			}
			w.dev = host
		}
		uart := &wire{bench: w.bench}
		uart.garbled(uart.gets("AT\rAT\rAT\rAT\r"))
		hosts[1].rate.Store(115200)
		uart.gets("\r")
		if got := uart.gets("AT\r"); got != answered {
			t.Errorf("%q", got)
		}
	})
}

// TestRatePTY: all that on a real PTY, by its termios.
func TestRatePTY(t *testing.T) {
	b := &bench{t: t, events: &eventLog{}}
	var err error
	b.modem, err = emulator.New(emulator.Options{Network: network.Offline{}, Events: b.events})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.modem.Close(); err != nil {
			t.Error(err)
		}
	})
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.modem.Attach(pty); err != nil {
		t.Fatal(err)
	}
	dev, err := serial.Open(pty.Path(), &serial.Mode{BaudRate: 9600})
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, dev)
	// Nobody has spoken of rates: a host that never cared is heard.
	if got := h.ask("ATE0"); !strings.HasSuffix(got, "\r\nOK\r\n") {
		t.Fatalf("%q", got)
	}
	h.ask("AT+IPR=460800")
	h.send("AT\r")
	waitNoted(t, b, "the host's rate is 9600 bit/s, the module's 460800: both see garbage")
	b.pull(func(emulator.Levers) { b.modem.SendURC("+X: 1") })
	if err := dev.SetMode(&serial.Mode{BaudRate: 460800}); err != nil {
		t.Fatal(err)
	}
	h.send("\r")
	got := h.ask("AT+CSQ")
	if !strings.HasSuffix(got, "\r\n+CSQ: 24,99\r\n\r\nOK\r\n") || strings.Contains(got, "+X") || strings.Count(got, "OK") != 1 {
		t.Errorf("%q", got)
	}
	b.pull(func(emulator.Levers) { b.modem.SendURC("+X: 2") })
	h.take(regexp.MustCompile(`\r\n\+X: 2\r\n`))
}

// waitNoted waits for a note.
func waitNoted(t *testing.T, b *bench, text string) {
	t.Helper()
	b.events.until(t, text, func(all []emulator.Event) bool {
		for _, e := range all {
			if e.Kind == emulator.Noted && strings.Contains(e.Text, text) {
				return true
			}
		}
		return false
	})
}
