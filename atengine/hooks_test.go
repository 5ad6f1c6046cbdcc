package atengine

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// hook is any of the hooks, by function.
type hook struct {
	line  func(body []byte) []byte
	first func(*Call[*module])
	ended func(*Call[*module], Result)
	edit  func(part Part, n int, p []byte) []Piece
}

func (h hook) Line(_ *Line[*module], body []byte) []byte { return h.line(body) }
func (h hook) Before(c *Call[*module]) (Response, bool) {
	h.first(c)
	return Response{}, false
}
func (h hook) Ended(c *Call[*module], r Result) { h.ended(c, r) }
func (h hook) Edit(_ *Line[*module], part Part, n int, p []byte) []Piece {
	return h.edit(part, n, p)
}

// TestEditParts: each part comes to the editor by itself, with its framing, and
// what it makes of it is what the host reads.
func TestEditParts(t *testing.T) {
	r := newRig(t)
	var seen []string
	change := map[string][]Piece{}
	r.line.cfg.Hooks.Edit = hook{edit: func(part Part, n int, p []byte) []Piece {
		name := [...]string{"echo", "line", "body", "final", "prompt", "urc"}[part]
		seen = append(seen, fmt.Sprintf("%s %d %q", name, n, p))
		return change[name]
	}}
	r.play(`
		> AT+LIST;+BODY
		< +LIST: a\r\n+LIST: b
		<< \r\n+BODY: 3\r\na\r\n\r\n\r\nOK\r\n
		> AT+PROMPT=1
		<< \r\n>\s
		>> x
		< SEND OK
		! urc +X: 1
		< +X: 1
		= data "x" complete, dropped 0`)
	want := []string{
		`line 1 "\r\n+LIST: a\r\n"`, `line 2 "+LIST: b\r\n"`, `line 1 "\r\n+BODY: 3\r\n"`, `body 0 "a\r\n"`, `final 0 "\r\nOK\r\n"`,
		`prompt 0 "\r\n> "`, `final 0 "\r\nSEND OK\r\n"`, `urc 0 "\r\n+X: 1\r\n"`,
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
	change["line"] = []Piece{}                             // dropped
	change["final"] = []Piece{{Bytes: []byte("\r\nGOOD")}} // instead
	change["prompt"] = []Piece{{Bytes: []byte("\r\n>")}}
	r.play(`
		> AT+LIST
		<< \r\nGOOD
		> AT+PROMPT=1
		<< \r\n>
		>> x
		<< \r\nGOOD
		= data "x" complete, dropped 0`)
}

// pauses is an output that notes where it is asked to pause.
type pauses struct{ output }

func (p *pauses) Pause(d time.Duration) { p.Write(fmt.Appendf(nil, "[%v]", d)) }

func TestEditPauses(t *testing.T) {
	r := newRig(t)
	out := &pauses{output{bound: 1 << 20}}
	r.line.cfg.Output = out
	r.line.cfg.Hooks.Edit = hook{edit: func(part Part, _ int, p []byte) []Piece {
		if part != PartFinal {
			return nil
		}
		return []Piece{{Bytes: p[:2]}, {Wait: time.Second, Bytes: p[2:]}}
	}}
	r.line.Feed([]byte("AT+CSQ\r"))
	if got, want := string(out.buf), "\r\n+CSQ: 28,99\r\n\r\n[1s]OK\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHoldEcho: the echo comes whole, when the line is known, and never grows
// without bound.
func TestHoldEcho(t *testing.T) {
	r := newRig(t)
	r.line.Echo = true
	r.line.cfg.Hooks.HoldEcho = true
	var known string
	r.line.cfg.Hooks.Lines = hook{line: func(body []byte) []byte { known = string(body); return body }}
	r.line.cfg.Hooks.Edit = hook{edit: func(part Part, _ int, p []byte) []Piece {
		if part != PartEcho {
			return nil
		}
		return []Piece{{Bytes: fmt.Appendf(nil, "<%s:%s>", known, p[:len(p)-1])}}
	}}
	r.play(`
		>> AT+C
		>> SX\bQ\r
		<< <+CSQ:AT+CSX\b \bQ>\r\n+CSQ: 28,99\r\n\r\nOK\r\n
		>> not for it\r
		<< <+CSQ:not for it>`)
	for range 10000 {
		r.line.Feed([]byte("x"))
		r.out.buf = nil
	}
	if n := len(r.line.heldEcho); n > maxHeld {
		t.Errorf("%d bytes of echo are held", n)
	}
}

// TestHoldEchoInOrder: what was held stays in front of what follows, when nobody
// wants it any more in the midst of a line, and when there is too much of it.
func TestHoldEchoInOrder(t *testing.T) {
	r := newRig(t)
	r.line.Echo = true
	r.line.cfg.Hooks.HoldEcho = true
	r.line.Feed([]byte("AT+C"))
	r.line.cfg.Hooks.HoldEcho = false
	r.play(`
		>> SQ\r
		<< AT+CSQ\r\r\n+CSQ: 28,99\r\n\r\nOK\r\n
		>> AT\r
		<< AT\r\r\nOK\r\n`)

	r.line.cfg.Hooks.HoldEcho = true
	var typed []byte
	for n := range 3 * maxHeld {
		typed = fmt.Appendf(typed, "%x", n%16)
	}
	for part := range slices.Chunk(typed, 100) {
		r.line.Feed(part)
	}
	r.line.Feed([]byte("\r"))
	if got, want := string(r.out.buf), string(typed)+"\r"; got != want {
		t.Errorf("%d bytes came back, %d were typed, or in another order", len(got), len(want))
	}
}

// TestResetInHook: a hook may take the line its power. The command does not run,
// nor does what follows it.
func TestResetInHook(t *testing.T) {
	for _, where := range []string{"line", "command"} {
		t.Run(where, func(t *testing.T) {
			r := newRig(t)
			reset := func() { r.line.Reset(Factory()) }
			if where == "line" {
				r.line.cfg.Hooks.Lines = hook{line: func(body []byte) []byte { reset(); return body }}
			} else {
				r.line.cfg.Hooks.Before = hook{first: func(*Call[*module]) { reset() }}
			}
			r.line.Feed([]byte("AT+CSQ;+CSQ\rAT+CSQ\r"))
			if string(r.out.buf) != "" || r.line.State() != "command" {
				t.Errorf("it says %q, in state %s", r.out.buf, r.line.State())
			}
		})
	}
}

// TestLinesAndEnded: a line can be put in another order, and every command's
// result is told, of unknown and malformed ones too.
func TestLinesAndEnded(t *testing.T) {
	r := newRig(t)
	var ended []string
	r.line.cfg.Hooks.Ended = hook{ended: func(c *Call[*module], res Result) {
		ended = append(ended, fmt.Sprintf("%s %s %s: %s, err %v", c.Name, c.Form, c.Given, res, c.Err != nil))
	}}
	r.line.cfg.Hooks.Lines = hook{line: func(body []byte) []byte {
		parts := Split(body)
		if len(parts) != 3 {
			return body
		}
		return slices.Concat(parts[1], []byte(";"), parts[2], []byte(";"), parts[0])
	}}
	r.play(`
		> AT+CSQ;+LIST;+GSN
		< +LIST: a\r\n+LIST: b
		< 863593057609372
		< +CSQ: 28,99
		< OK
		> AT+NONE=4
		< ERROR
		> AT+CSQ=
		< ERROR
		> AT+PROMPT=1
		<< \r\n>\s
		>> x
		< SEND OK
		= data "x" complete, dropped 0`)
	want := []string{
		"+LIST exec : OK, err false", "+GSN exec : OK, err false", "+CSQ exec : OK, err false",
		"+NONE write 4: ERROR, err true", "+CSQ write : ERROR, err true", "+PROMPT write 1: SEND OK, err false",
	}
	if !slices.Equal(ended, want) {
		t.Errorf("got  %q\nwant %q", ended, want)
	}
}

// TestAfterHoldsBack: an answer can be held back, the line is busy meanwhile,
// and After does not see it twice.
func TestAfterHoldsBack(t *testing.T) {
	r := newRig(t)
	var done Completion[*module]
	var held Response
	times := 0
	r.m.after = func(c *Call[*module], a *Response) {
		times++
		held = *a
		*a, done = c.Wait()
	}
	r.play(`
		> AT+CSQ
		> AT+GSN`)
	r.m.after = nil
	if !done.Finish(held) {
		t.Fatal("it does not wait")
	}
	if got, want := string(r.out.buf), "\r\n+CSQ: 28,99\r\n\r\nOK\r\n\r\n863593057609372\r\n\r\nOK\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if times != 1 || done.Finish(held) {
		t.Errorf("After was asked %d times", times)
	}
}

// TestDeaf: a command that never answers is over with a reset.
func TestDeaf(t *testing.T) {
	r := newRig(t)
	r.m.before = func(c *Call[*module]) (Response, bool) { return c.Deaf(), string(c.Name) == "+CSQ" }
	r.play(`
		> AT+CSQ
		> AT
		.1000s`)
	r.line.Reset(r.line.Settings)
	r.play(`
		> AT
		< OK`)
}

func TestRaw(t *testing.T) {
	r := newRig(t)
	r.m.before = func(*Call[*module]) (Response, bool) {
		return Response{Raw: []byte("%DBG\n"), Lines: []string{"x"}, Result: Silent}, true
	}
	r.play(`
		> AT+CSQ
		<< %DBG\n\r\nx\r\n`)
}

func TestSplit(t *testing.T) {
	for body, want := range map[string][]string{
		"":                        nil,
		"E0V1+CSQ;+GSN":           {"E0", "V1", "+CSQ", "+GSN"},
		`+OPEN=1,"a;b",2 ; +CSQ?`: {`+OPEN=1,"a;b",2`, "+CSQ?"},
		"S3=13S4?;;&D2":           {"S3=13", "S4?", "&D2"},
		"+CSQ!;+GSN":              {"+CSQ!", "+GSN"},
		"+CSQ$;+GSN":              {"+CSQ$;+GSN"},
		"D*99#;x":                 {"D*99#;x"},
	} {
		var got []string
		for _, c := range Split([]byte(body)) {
			got = append(got, string(c))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
	for body, want := range map[string]string{"+csq?": "+CSQ", "e0": "E", "": "", "$": "", "&D2": "&D"} {
		if got := NameOf([]byte(body)); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

// TestArg: parameters by their names, for those who look at a command before it
// runs.
func TestArg(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		command, name, want string
		ok                  bool
	}{
		{`+OPEN=1,"a",4`, "mode", "4", true},
		{`+OPEN=1,"a",4`, "HOST", "a", true},
		{`+OPEN=1,"a",4,7,5`, "id", "5", true},
		{`+OPEN=1,"a",4`, "id", "3", true}, // its default
		{`+OPEN=1,"a",4,7`, "id", "3", true},
		{`+OPEN=1,"a",4`, "port", "", false},
		{`+OPEN=1,"a",9`, "id", "", false}, // will be refused
		{`+OPEN=1`, "id", "", false},
		{`+OPEN=?`, "id", "", false},
		{`+OPEN=1,"a",4`, "suite", "", false},
		{`+HEX=0xc02f`, "suite", "0XC02F", true},
		{`+GET=1`, "n", "", false},
		{`+CFG="version",2,3`, "key", "version", true},
		{`+CFG="version",2,3`, "v", "3", true},
		{`+CFG="level",2`, "v", "", false}, // a query
		{`+CFG="level",2,0`, "v", "0", true},
	} {
		if got, ok := r.line.Preview([]byte(c.command)).Arg(c.name); got != c.want || ok != c.ok {
			t.Errorf("%s: %s is %q, %v; want %q, %v", c.command, c.name, got, ok, c.want, c.ok)
		}
	}
}
