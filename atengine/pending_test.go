package atengine

import (
	"strings"
	"testing"
)

func TestPending(t *testing.T) {
	talks(t, map[string]string{
		"it answers later": `
			> AT+WAIT
			.10s
			! finish +WAIT: 1
			< +WAIT: 1
			< OK
			> AT
			< OK`,
		"it fails later": `
			> AT+WAIT;+CSQ
			! finish ERROR
			< ERROR`,
		"the rest of the line follows": `
			> AT+CSQ;+WAIT;+GSN;+WAIT
			< +CSQ: 28,99
			! finish +WAIT: 1
			< +WAIT: 1
			< 863593057609372
			! finish +WAIT: 2
			< +WAIT: 2
			< OK`,
		"a second Finish is ignored": `
			> AT+WAIT;+CSQ
			! finish
			< +CSQ: 28,99
			< OK
			! late
			> AT+PROMPT=2
			<< \r\n>\s
			! late
			>> ab
			< SEND OK`,
		"a Completion of an earlier command is ignored": `
			> AT+NOW;+WAIT
			< +NOW: 1
			! finish
			< OK`,
		"a handler may finish before it returns": `
			> AT+NOW;+CSQ
			< +NOW: 1
			< +CSQ: 28,99
			< OK
			! late`,
		"Reset meanwhile": `
			> AT+WAIT
			>> AT\r
			! reset
			! late
			> AT+CSQ
			< +CSQ: 28,99
			< OK
			! late`,
		"it may begin a phase": `
			> AT+WAIT
			! finish PROMPT
			<< \r\n>\s
			>> abcd
			< SEND OK
			> AT
			< OK`,
		"a phase may end in a wait": `
			> AT+SLOW;+CSQ
			<< \r\n>\s
			>> abAT+GSN\r
			.1s
			! finish +SLOW: 1
			< +SLOW: 1
			< +CSQ: 28,99
			< OK
			< 863593057609372
			< OK`,
		"a handler may reset the line": `
			! echo
			>> AT+RESET;+CSQ\r
			<< AT+RESET;+CSQ\r
			>> AT\r
			<< AT\r\r\nOK\r\n`,
		"what stands behind a reset is for nobody": `
			>> AT+RESET\rAT+CSQ\rAT
			> AT
			< OK`,
		"the states by their names": `
			! state
			= state command
			> AT+WAIT
			! state
			= state busy
			! finish PROMPT
			<< \r\n>\s
			! state
			= state prompt
			>> abcd
			< SEND OK
			! state
			= data "abcd" complete, dropped 0
			= state command`,
		"the end of a phase may reset the line": `
			> AT+OFF
			<< \r\n>\s
			>> x
			> AT
			< OK`,
		"the host closes: the command goes on, the next host finds a free line": `
			> AT+WAIT
			! close
			>> AT\r
			! finish
			< OK
			< OK`,
		"ruling 25: what is typed meanwhile is echoed when it is used": `
			! echo
			> AT+WAIT
			<< AT+WAIT\r
			>> AT+CSQ\rAT+GS
			.1s
			! finish
			<< \r\nOK\r\nAT+CSQ\r\r\n+CSQ: 28,99\r\n\r\nOK\r\nAT+GS
			>> N\r
			<< N\r\r\n863593057609372\r\n\r\nOK\r\n`,
		"ruling 25: a command among it may wait too": `
			> AT+WAIT
			>> AT+CSQ\rAT+WAIT\rAT+GSN\r
			! finish
			< OK
			< +CSQ: 28,99
			< OK
			>> AT\r
			! finish
			< OK
			< 863593057609372
			< OK
			< OK`,
		"ruling 25: URCs come before what was typed ahead": `
			> AT+WAIT
			>> AT+CSQ\r
			! urc +X
			! finish
			< OK
			< +X
			< +CSQ: 28,99
			< OK`,
		"ruling 25: raw data typed ahead goes to the phase": `
			> AT+WAIT
			>> AT+PROMPT=3\rabcAT\r
			! finish
			< OK
			<< \r\n>\s
			< SEND OK
			< OK
			= data "abc" complete, dropped 0
			> AT+WAIT
			>> AT+UP=2\rxyAT+DATA\rpqr
			! finish
			< OK
			< CONNECT
			< +UP: 2
			< OK
			< CONNECT
			= upload "xy" complete
			= sent "pqr"`,
		"ruling 25: the host that goes takes what it typed along": `
			> AT+WAIT
			>> AT+CSQ\r
			! close
			! finish
			< OK
			> AT
			< OK`,
		"without room it waits": `
			> AT+WAIT
			>> AT+CSQ\rAT+GSN\r
			! room 0
			! finish
			< OK
			! room 1
			! resume
			< +CSQ: 28,99
			< OK
			>> AT+NUM=1\r
			< 863593057609372
			< OK
			! fed 0
			! resume
			< OK`,
	})
}

// Ruling 25: 2 KiB are kept, the rest is dropped and journaled, once.
func TestTypedAheadIsBounded(t *testing.T) {
	r := newRig(t)
	r.play(`> AT+WAIT`)
	line := "AT+FILE=\"" + strings.Repeat("x", 53) + "\"\r" // 64 bytes
	for range 3 * maxAhead / len(line) {
		if r.feed(line); r.fed != len(line) {
			t.Fatalf("%d bytes used", r.fed)
		}
	}
	if len(r.line.ahead) != maxAhead {
		t.Errorf("%d bytes wait", len(r.line.ahead))
	}
	if len(r.notes) != 1 {
		t.Errorf("noted: %q", r.notes)
	}
	r.m.done.Finish(Response{})
	want := strings.Repeat("\r\nOK\r\n", 1+maxAhead/len(line))
	if got := string(r.out.buf); got != want {
		t.Errorf("%q", got)
	}
	if len(r.m.notes) != maxAhead/len(line) {
		t.Errorf("%d commands ran", len(r.m.notes))
	}
}

func TestRunningHandlerIsNotReentered(t *testing.T) {
	r := newRig(t)
	r.m.before = func(c *Call[*module]) (Response, bool) {
		if c.Command.Name == "+CSQ" {
			r.line.Feed([]byte("AT+GSN\r")) // a port that answers synchronously
		}
		return Response{}, false
	}
	r.play(`
		> AT+CSQ;+NUM=3
		< +CSQ: 28,99
		< OK
		< 863593057609372
		< OK`)
}

// A fault that watches the answer cannot answer the same command again.
func TestFinishWhileItFinishes(t *testing.T) {
	r := newRig(t)
	r.m.after = func(*Call[*module], *Response) {
		if r.m.done.Waiting() || r.m.done.Finish(Info("again")) {
			t.Error("a Completion that is used up waits")
		}
	}
	r.play("> AT+WAIT\n! finish +WAIT: 1\n< +WAIT: 1\n< OK")
}

func TestZeroCompletion(t *testing.T) {
	var c Completion[*module]
	if c.Waiting() || c.Finish(Response{}) {
		t.Error("a Completion of nothing waits")
	}
}
