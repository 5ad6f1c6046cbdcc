package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/report"
)

// probe is testdata/probes/error-NNN.chat: it provokes a code where its scenario
// forces it, asks for it, and looks whether it has passed.
func probe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "probes", name+".chat"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// underScenario plays a transcript on a modem under a bundled scenario, and
// returns what came of the scenario's expectations.
func underScenario(t *testing.T, name, script string) []report.Check {
	t.Helper()
	s, err := library.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	o := settings.New().With(s)
	o.Offline = true
	b, err := bench.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	dev, err := device.Open(b.Device(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	parsed, err := chat.Parse(name, []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chat.Play(context.Background(), dev, parsed, chat.Options{Timeout: 20 * time.Second, Settle: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	checks, _, err := b.Verdict()
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// codes are the names of the scenarios for the result codes.
func codes(t *testing.T, f func(t *testing.T, code emulator.Code, name string)) {
	t.Helper()
	for code := emulator.UnknownError; code <= emulator.PortBusy; code++ {
		name := fmt.Sprintf("error-%d", int(code))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, code, name)
		})
	}
}

// asked is how AT+QIGETERROR tells a code.
func asked(code emulator.Code) string {
	return fmt.Sprintf("> AT+QIGETERROR\n< +QIGETERROR: %d,%s\n< OK\n", int(code), code.String())
}

// inMode2 is an open in transparent mode that fails with a code.
func inMode2(code emulator.Code) string {
	return "> AT+QSSLOPEN=1,0,4,\"echo.lab\",4433,2\n< ERROR\n" + asked(code)
}

// TestCodes: each of the 25 codes comes in the shape that is documented, and
// AT+QIGETERROR agrees; a host that asks for the code has done its duty.
func TestCodes(t *testing.T) {
	codes(t, func(t *testing.T, code emulator.Code, name string) {
		script := probe(t, name)
		if n := strings.Count(script, asked(code)); n != 2 || !strings.Contains(script, inMode2(code)) {
			t.Fatalf("the probe asks %d times for %d, and in mode 2 it should be one:\n%s", n, int(code), script)
		}
		if first, _, _ := strings.Cut(script, asked(code)); !strings.Contains(first, shapeOf(code)) {
			t.Errorf("the probe does not provoke it as\n%s", shapeOf(code))
		}
		for _, c := range underScenario(t, name, script) {
			if c.Status != report.Passed {
				t.Errorf("%s: %s %s", c.Name, c.Status, c.Message)
			}
		}
	})
}

// shapeOf is how a code shows where its scenario forces it outside mode 2.
func shapeOf(code emulator.Code) string {
	const prompt = "<< \\r\\n>\\x20\n>> hello\n<< hello\n"
	switch code {
	case emulator.WriteFailed:
		return "> AT+QSSLSEND=4,5\n" + prompt + "< SEND FAIL\n"
	case emulator.SendCancelled:
		return "> AT+QSSLSEND=4,5\n" + prompt + "< OK\n"
	case emulator.SocketClosed:
		return "> AT+QSSLSEND=4,5\n< ERROR\n"
	case emulator.ReadFailed:
		return "> AT+QSSLRECV=4,1500\n< ERROR\n"
	case emulator.OpenPDPFailed, emulator.OperationNotAllow, emulator.APNNotConfigured:
		return "> AT+QIACT=1\n< ERROR\n"
	case emulator.ClosePDPFailed:
		return "> AT+QIDEACT=1\n< ERROR\n"
	}
	return fmt.Sprintf("< OK\n< +QSSLOPEN: 4,%d\n", int(code))
}

// TestCodesInMode2: the open in transparent mode is enough of a probe.
func TestCodesInMode2(t *testing.T) {
	codes(t, func(t *testing.T, code emulator.Code, name string) {
		for _, c := range underScenario(t, name, inMode2(code)) {
			if c.Status != report.Passed {
				t.Errorf("%s: %s %s", c.Name, c.Status, c.Message)
			}
		}
	})
}

// TestCodesIgnored: a host that goes on as if nothing had been does not pass,
// nor does one that switches the module off.
func TestCodesIgnored(t *testing.T) {
	codes(t, func(t *testing.T, code emulator.Code, name string) {
		first, _, _ := strings.Cut(probe(t, name), asked(code))
		for what, script := range map[string]string{
			"ignored": first + "> AT+CSQ\n< +CSQ: 24,99\n< OK\n", "switched off": first + "> AT+QPOWD\n< OK\n",
		} {
			missed := false
			for _, c := range underScenario(t, name, script) {
				missed = missed || c.Status == report.Failed
			}
			if !missed {
				t.Errorf("%s: the host passed", what)
			}
		}
	})
}
