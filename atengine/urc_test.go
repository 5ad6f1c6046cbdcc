package atengine

import (
	"fmt"
	"strings"
	"testing"
)

func TestURC(t *testing.T) {
	talks(t, map[string]string{
		"at once": `
			! urc +X
			< +X`,
		"ruling 24: held once an A was typed, until the line is done": `
			! echo
			>> A
			<< A
			! urc +X: 1
			! urc +X: 2
			>> T\r
			<< T\r
			< OK
			< +X: 1
			< +X: 2`,
		"ruling 24: also for a small a, and for one after garbage": `
			>> zza
			! urc +X
			>> t\r
			< OK
			< +X`,
		"ruling 24: other bytes hold nothing": `
			>> +++
			! urc +X
			< +X
			>> \E\0 xyz
			! urc +X
			< +X`,
		"ruling 24: a line that is no command lets them out": `
			>> abc
			! urc +X
			>> \r
			< +X`,
		"ruling 24: for at most 5 s after the last byte": `
			>> AT+CS
			! urc +X
			.4999ms
			>> Q
			.4999ms
			.1ms
			< +X
			! urc +Y
			< +Y
			>> \r
			< +CSQ: 28,99
			< OK`,
		"ruling 24: the hold begins with the last byte, not with the URC": `
			>> AT
			.3s
			! urc +X
			.2s
			< +X`,
		"ruling 24: a byte renews the hold": `
			>> A
			.6s
			>> T
			! urc +X
			.4s
			>> \r
			< OK
			< +X
			.10s`,
		"ruling 24: the host that goes types no more": `
			>> AT
			! urc +X
			! close
			< +X`,
		"while a command runs": `
			> AT+WAIT;+CSQ
			! urc +X: 1
			! urc +X: 2
			.10s
			! finish
			< +CSQ: 28,99
			< OK
			< +X: 1
			< +X: 2`,
		"while a prompt is open": `
			> AT+PROMPT=2
			<< \r\n>\s
			! urc +X
			.10s
			>> ab
			< SEND OK
			< +X`,
		"while raw data comes and goes": `
			> AT+UP=2
			< CONNECT
			! urc +X
			>> ab
			< +UP: 2
			< OK
			< +X
			! room 15
			> AT+DOWN=30
			< CONNECT
			<< 0123
			! urc +Y
			! resume
			<< 456789012345678
			! room 100
			! resume
			<< 90123456789
			< +DOWN: 30
			< OK
			< +Y`,
		"while the port is a connection's": `
			> AT+DATA
			< CONNECT
			! urc +X
			.10s
			! gone
			< NO CARRIER
			< +X`,
		"without room they wait, in order": `
			! room 0
			! urc +X: 1
			! room 100
			! urc +X: 2
			! resume
			< +X: 1
			< +X: 2`,
		"with room for one, one leaves": `
			! room 0
			! urc +X: 1
			! urc +X: 2
			! urc +X: 3
			! room 1
			! resume
			< +X: 1
			! resume
			< +X: 2
			> AT
			< +X: 3
			! resume
			< OK`,
		"push": `
			! push a\r\nb
			<< \r\n+PUSH: 4\r\na\r\nb
			= push true
			>> A
			! push a
			= push false
			>> T\r
			< OK
			! room 0
			! push a
			= push false
			! urc +X
			! room 1
			! push a
			= push false
			! resume
			< +X
			> AT+WAIT
			! push a
			= push false`,
	})
}

func TestHoldURCs(t *testing.T) {
	talks(t, map[string]string{
		"they wait, answers do not, and come in order": `
			! cache on
			! urc +X: 1
			> AT+CSQ
			< +CSQ: 28,99
			< OK
			! urc +X: 2
			! push a
			= push false
			! cache
			< +X: 1
			< +X: 2
			! push a
			<< \r\n+PUSH: 1\r\na
			= push true`,
		"lifted while a command runs: behind its result": `
			! cache on
			! urc +X
			> AT+WAIT
			! cache
			! finish
			< OK
			< +X`,
		"lifted without room: when there is some": `
			! cache on
			! urc +X
			! room 0
			! cache
			! room 100
			! resume
			< +X`,
		"a reset lifts it": `
			! cache on
			! urc +X
			! reset
			! urc +Y
			< +Y`,
	})
	// What the host sends goes on meanwhile: whoever waits for Idle is told.
	r := newRig(t)
	r.play("! cache on\n! urc +X\n> AT\n< OK")
	if r.idles == 0 {
		t.Error("Idle is not called while URCs are held")
	}
	// They have the bound of all that wait.
	for range maxURCs {
		r.line.URC("+X")
	}
	if r.line.Dropped() != 1 {
		t.Errorf("%d dropped", r.line.Dropped())
	}
}

func TestIdleTellsWhenToPush(t *testing.T) {
	r := newRig(t)
	told := func(when string) {
		t.Helper()
		if r.idles == 0 {
			t.Errorf("Idle is not called %s", when)
		}
		r.idles = 0
	}
	quiet := func(when string) {
		t.Helper()
		if r.idles != 0 {
			t.Errorf("Idle is called %s", when)
		}
	}
	r.play("> AT+WAIT\n! push a")
	quiet("while a command runs")
	r.play("! finish\n< OK")
	told("after a command")
	r.play(">> AT\n! push a\n.4s")
	quiet("while a line is typed")
	r.play(".1s")
	told("5 s after a half-typed line")
	r.play("! room 0\n! resume")
	quiet("without room")
	r.play("! room 1\n! resume")
	told("with room again")
	r.play("! close")
	told("when the half-typed line is gone")
}

func TestURCsAreBounded(t *testing.T) {
	r := newRig(t)
	r.play("> AT+WAIT")
	for i := range maxURCs + 10 {
		r.line.URC(fmt.Sprintf("+X: %d", i))
	}
	if r.line.Dropped() != 10 || len(r.notes) != 10 {
		t.Errorf("%d dropped, %d noted", r.line.Dropped(), len(r.notes))
	}
	r.m.done.Finish(Response{})
	want := "\r\nOK\r\n"
	for i := range maxURCs {
		want += fmt.Sprintf("\r\n+X: %d\r\n", i)
	}
	if got := string(r.out.buf); got != want {
		t.Errorf("%q", strings.ReplaceAll(got, "\r\n", "|"))
	}
	r.out.buf = nil
	r.play("! urc +Y\n< +Y")
}
