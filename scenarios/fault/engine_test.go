package fault_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// second gives the rig's modem another port and returns its host.
func (r *rig) second() *device {
	r.t.Helper()
	p, host := port.Pipe()
	if err := r.modem.Attach(p); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { host.Close() })
	return &device{p, host}
}

// playOn plays a transcript on another device than the rig's own.
func (r *rig) playOn(dev *device, script string) {
	r.t.Helper()
	own := r.host
	r.host = dev
	r.play("script", script)
	r.host = own
}

// TestTwoPorts: what rules make of a line concerns its port alone, and a rule may
// be about one port.
func TestTwoPorts(t *testing.T) {
	r := newRig(t, `
speed: 20
faults:
  - on: {line: {text: +CSQ}, port: usbmodem}
    do: [{delay: 4s}, {replace: {match: OK, with: KO}}]
  - on: {command: CREG}
    do: {replace: {match: OK, with: '0K'}}
  - on: {command: CGATT, port: usbat}
    do: [{wire: {dir: out, lose: 1}}, {wait: 2s}, {urc: '+X: 1'}, {urc: {text: '+X: 2', detached: true}}]
`)
	second := r.second()
	if _, err := io.WriteString(r.host, "ATE0\rAT+CSQ\r"); err != nil {
		t.Fatal(err)
	}
	r.playOn(second, `
> AT+CREG?
< +CREG: 0,1
< 0K
> AT
< OK
`)
	r.play("first", `
@echo off
<< ATE0\r\r\nOK\r\n
< +CSQ: 24,99
< KO
> AT+CGATT?
< +CGATT: 1
< OK
`)
	r.playOn(second, `
> AT+CGATT?
< +CGATT: 1
< OK
>> AT\r
@quiet 50ms
`)
	r.play("first", "@echo off\n< +X: 1\n< +X: 2\n> AT\n< OK\n")
}

// TestDelayedURCKeepsItsPort: the result of an open goes to the port that opened
// (ruling 19), also when it is held back.
func TestDelayedURCKeepsItsPort(t *testing.T) {
	r := newRig(t, `
speed: 20
faults:
  - on: {urc: '/QSSLOPEN/', port: usbat}
    do: {delay: 2s}
`)
	r.playOn(r.second(), `
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,0
< OK
@quiet 50ms
< +QSSLOPEN: 4,561
`)
	r.play("first", "> AT\n< OK\n")
}

// TestLiveRules: a rule that is put to work while a host is there acts from the
// next command on, and not once it is taken away, not even in the midst of a line
// whose echo it was to bend.
func TestLiveRules(t *testing.T) {
	r := newRig(t, "faults: []\n")
	session := chat.NewSession(r.host)
	defer session.Close()
	play := func(script string) {
		t.Helper()
		s, err := chat.Parse("session.chat", []byte(script))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.Play(t.Context(), s, chat.Options{Settle: 20 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	add := func(text string) (id int) {
		t.Helper()
		var s setting
		if err := decl.Decode("rules.yaml", []byte("faults: ["+text+"]\n"), &s).Err(); err != nil {
			t.Fatal(err)
		}
		err := r.modem.Do(func(emulator.Levers) error {
			id = r.engine.Add(s.Faults[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	remove := func(id int) {
		t.Helper()
		err := r.modem.Do(func(emulator.Levers) error {
			if !r.engine.Remove(id) || r.engine.Remove(id) {
				return fmt.Errorf("rule %d was not there once", id)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	play("> AT+CSQ\n< +CSQ: 24,99\n< OK\n")
	id := add("{on: {command: CSQ}, do: {error: 550}}")
	play("> AT+CSQ\n< ERROR\n")
	remove(id)
	play("> AT+CSQ\n< +CSQ: 24,99\n< OK\n")

	id = add("{on: {command: CSQ}, do: {drop: echo}}")
	play(">> AT+CSQ\\r\n< +CSQ: 24,99\n< OK\n>> AT+C\n")
	remove(id)
	play(">> SQ\\r\n<< AT+CSQ\\r\\r\\n+CSQ: 24,99\\r\\n\\r\\nOK\\r\\n\n")
	id = add("{on: {at: 20ms}, do: {urc: '+AT: 1'}}")
	play("< +AT: 1\n")
	remove(id)
}

// TestBendsDoNotPileUp: a rule that bends a line with every command bends it once.
func TestBendsDoNotPileUp(t *testing.T) {
	r := newRig(t, `
faults:
  - on: {command: CSQ}
    do: {wire: {dir: out, duplicate: 1, bytes: 6}}
`)
	r.play("session", ">> ATE0\\r\n<< ATE0\\r\\r\\nOK\\r\\n\n@echo off\n"+
		"> AT+CSQ;+CSQ;+CSQ\n"+strings.Repeat("< +CSQ: 24,99\n", 3)+"< OK\n> AT\n<< \\r\\r\\n\\nOOKK\\r\\r\\n\\n\n> AT\n< OK\n")
}

// TestRefused: a rule that would do nothing at its moment is no rule.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ rule, says string }{
		{"{on: {urc: x}, do: {error: 565}}", "error answers a command, and x is none"},
		{"{on: {urc: x}, do: {cms: 331}}", "cms answers a command, and x is none"},
		{"{on: {urc: x}, do: [{urc: y}, {hang: command}]}", "hang answers a command"},
		{"{on: {command: CMGS}, do: [{cms: 331}, {result: OK}]}", "two answers in one rule: cms and result"},
		{"{on: {at: 1s}, do: drop}", "drop changes an answer"},
		{"{on: {command: CSQ, result: OK}, do: {respond: OK}}", "respond changes an answer"},
		{"{on: {command: CSQ}, do: {order: [2, 1]}}", "order goes with a line"},
		{"{on: {urc: x}, do: {drop: echo}}", "has an echo"},
	} {
		var s setting
		err := decl.Decode("rules.yaml", []byte("faults: ["+c.rule+"]\n"), &s).Err()
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.rule, err, c.says)
		}
	}
}

// TestHits: the engine tells how often each rule has acted.
func TestHits(t *testing.T) {
	r := newRig(t, "faults:\n  - {name: a, on: {command: CSQ, every: 2}, do: {urc: '+A: 1'}}\n  - {name: b, on: {command: CREG}, do: drop}\n")
	r.play("session", "> AT+CSQ;+CSQ;+CSQ;+CSQ\n"+strings.Repeat("< +CSQ: 24,99\n", 4)+"< OK\n< +A: 1\n< +A: 1\n")
	err := r.modem.Do(func(emulator.Levers) error {
		var got []string
		for _, held := range r.engine.Rules() {
			got = append(got, fmt.Sprintf("%d %s %d", held.ID, held.Rule, held.Hits))
		}
		if text := strings.Join(got, ", "); text != "1 a 2, 2 b 0" {
			return fmt.Errorf("the rules are %s", text)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
