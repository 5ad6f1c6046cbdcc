package fault_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// FuzzRules gives an engine any rules, and its modem any bytes of a host. Nothing
// must panic or stand still: once the rules are gone, a modem that has restarted
// answers AT, and can be closed.
func FuzzRules(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var rules, host []byte
		for _, part := range archive.Files {
			switch part.Name {
			case "rules.yaml":
				rules = part.Data
			case "session.chat":
				host = sent(f, part.Data)
			}
		}
		f.Add(rules, host)
	}
	host := []byte("AT+QISDE=0;+QIACT=1\rAT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\rAT+CSQ\rAT+QSSLSEND=4,5\rhello")
	for _, rule := range []string{
		"{on: {urc: /./}, do: [{urc: a}, {urc: b}]}",
		"{on: {event: boot}, do: [reboot, reboot]}",
		"{on: {event: note}, do: [{raw: x}, {power: off}, {power: on}]}",
		"{on: {event: tls.received}, do: {peer: {send: 1GiB, chunk: 1GiB}}}",
		"{on: {event: tls.connected}, do: [{close: reset}, {pdp: deactivate}, reboot, {hang: modem}]}",
		"{on: {line: {commands: 0-9}}, do: [{order: [3, 2]}, {hang: command}, {delay: 1s}, {wire: {dir: in, duplicate: 1}}]}",
		"{on: {command: QSSLOPEN}, do: [{delay: 1ms}, {hang: {what: command, for: 1ms}}, {close: unread}]}",
	} {
		f.Add([]byte("faults:\n  - "+rule+"\n"), host)
	}
	lab, err := lab.Start(lab.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := lab.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, rules, input []byte) {
		var s setting
		if decl.Decode("rules.yaml", rules, &s).Err() != nil || bytes.Contains(bytes.ToUpper(input), []byte("&W")) {
			return // no rules; or settings that outlive a restart
		}
		e := fault.New(s.Faults, fault.Options{Seed: 1, Journal: func(fault.Entry) {}})
		m, err := emulator.New(emulator.Options{Seed: 1, Clock: clock.New(1000), Network: lab.Network(network.Offline{}), Events: e})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Attach(m); err != nil {
			t.Fatal(err)
		}
		p := newTape([][]byte{input})
		if len(input) == 0 {
			p = newTape(nil)
		}
		if err := m.Attach(p); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.played:
		case <-time.After(300 * time.Millisecond): // a stall or a split holds the host back: that is no fault
		}
		alive(t, m, e)
		closed := make(chan error)
		go func() { closed <- m.Close() }()
		select {
		case err := <-closed:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the modem cannot be closed")
		}
	})
}

// alive takes the rules away, restarts the modem, and has it answer AT. What the
// rules have led to may still come, and take the answer along once.
func alive(t *testing.T, m *emulator.Modem, e *fault.Engine) {
	t.Helper()
	err := m.Do(func(l emulator.Levers) error {
		for _, r := range e.Rules() {
			e.Remove(r.ID)
		}
		l.Reboot()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		var said []byte
		err := m.Do(func(l emulator.Levers) error {
			switch l.State().Boot {
			case emulator.PhaseOff, emulator.PhaseWaiting:
				l.Reboot()
			default:
				said = l.Type([]byte("AT\r"))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(said, []byte("OK\r\n")) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the modem does not answer any more")
}

// sent is what the host of a transcript sends, without knowing what the modem
// says.
func sent(tb testing.TB, text []byte) (out []byte) {
	tb.Helper()
	s, err := chat.Parse("session.chat", text)
	if err != nil {
		tb.Fatal(err)
	}
	for _, step := range s.Steps {
		data, _ := step.Data.Expand(nil)
		switch step.Op {
		case chat.OpSend:
			out = append(append(out, data...), '\r')
		case chat.OpSendRaw:
			out = append(out, data...)
		}
	}
	return out
}

// FuzzMatcher reads any matcher of an argument: what it matches does not change
// when it is written and read again, and {not:} is the opposite.
func FuzzMatcher(f *testing.F) {
	for _, text := range []string{"4", "'4'", "[1, 2]", "{not: 3}", "/^a+$/", "{from: 3, to: 7}", "{max: -1}", "0xC02F", "[{not: /x/}, '']", "~", "'it''s'", "'t''{'"} {
		for _, value := range []string{"4", "04", "0XC02F", "aa", "", "-1", "5"} {
			f.Add(text, value)
		}
	}
	type args struct {
		Args map[string]decl.Matcher `yaml:"args"`
	}
	read := func(text string) (decl.Matcher, error) {
		var a args
		err := decl.Decode("m.yaml", []byte("args:\n  a: "+text+"\n"), &a).Err()
		return a.Args["a"], err
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		m, err := read(text)
		if err != nil || m.IsZero() || strings.ContainsAny(text, "\r\n") {
			return
		}
		again, err := read(m.String())
		if err != nil {
			t.Fatalf("%q is written %q: %v", text, m.String(), err)
		}
		if m.Match(value) != again.Match(value) {
			t.Errorf("%q, written %q, does not match the same: %q", text, m.String(), value)
		}
		not, err := read("\n    not: " + m.String())
		if err != nil {
			t.Fatalf("not %q: %v", m.String(), err)
		}
		if not.Match(value) == m.Match(value) {
			t.Errorf("%q and what it is not both say %v of %q", text, m.Match(value), value)
		}
	})
}

var _ emulator.Port = (*tape)(nil)
