package chat

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	lit := func(s string) Pattern { return Literal(s) }
	tests := []struct {
		line string
		want Step
	}{
		{"", Step{}},
		{"   ", Step{}},
		{"#", Step{Op: OpComment}},
		{"# needs: PDP", Step{Op: OpComment, Text: "needs: PDP"}},
		{"#tight", Step{Op: OpComment, Text: "tight"}},
		{"> AT", Step{Op: OpSend, Data: lit("AT")}},
		{">", Step{Op: OpSend}},
		{">  AT", Step{Op: OpSend, Data: lit(" AT")}},
		{"> > x", Step{Op: OpSend, Data: lit("> x")}},
		{`> AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,1`, Step{Op: OpSend, Data: lit(`AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,1`)}},
		{`< +CSQ: 28,99`, Step{Op: OpExpect, Data: lit("+CSQ: 28,99")}},
		{`<| Revision: {rev:any}`, Step{Op: OpExpectMore, Data: Pattern{{Lit: "Revision: "}, {Name: "rev", Class: Any}}}},
		{`<< \r\n>\x20`, Step{Op: OpExpectRaw, Data: lit("\r\n> ")}},
		{`>> +++`, Step{Op: OpSendRaw, Data: lit("+++")}},
		{`>> \x1A\x1b\\\t\a{{`, Step{Op: OpSendRaw, Data: lit("\x1a\x1b\\\t\a{")}},
		{`>> \x80é`, Step{Op: OpSendRaw, Data: lit("\x80é")}},
		{`< {{"a":{n}}`, Step{Op: OpExpect, Data: Pattern{{Lit: `{"a":`}, {Name: "n"}, {Lit: "}"}}}},
		{`< +QFUPL: {size},{sum:hex}`, Step{Op: OpExpect, Data: Pattern{{Lit: "+QFUPL: "}, {Name: "size"}, {Lit: ","}, {Name: "sum", Class: Hex}}}},
		{`> {a}{b}`, Step{Op: OpSend, Data: Pattern{{Name: "a"}, {Name: "b"}}}},
		{"@section 3.3 Buffer mode", Step{Op: OpSection, Text: "3.3 Buffer mode"}},
		{"@echo on", Step{Op: OpEcho, On: true}},
		{"@echo off ", Step{Op: OpEcho}},
		{"@wait 1.1s", Step{Op: OpWait, Duration: 1100 * time.Millisecond}},
		{"@quiet 200ms", Step{Op: OpQuiet, Duration: 200 * time.Millisecond}},
		{"@timeout 1h", Step{Op: OpTimeout, Duration: time.Hour}},
		{"@file cacert.pem", Step{Op: OpFile, Text: "cacert.pem"}},
		{"@size n a dir/b.pem", Step{Op: OpSize, Name: "n", Text: "a dir/b.pem"}},
		{"@reopen", Step{Op: OpReopen}},
	}
	for _, tt := range tests {
		s, err := Parse("x", []byte(tt.line+"\n"))
		if err != nil {
			t.Errorf("%q: %v", tt.line, err)
			continue
		}
		if diff := cmp.Diff([]Step{tt.want}, s.Steps); diff != "" {
			t.Errorf("%q: -want +got\n%s", tt.line, diff)
		}
	}
}

func TestParseFile(t *testing.T) {
	s := mustParse(t, "\uFEFF> AT\r\n\r\n< OK")
	want := []Step{{Op: OpSend, Data: Literal("AT")}, {}, {Op: OpExpect, Data: Literal("OK")}}
	if diff := cmp.Diff(want, s.Steps); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"AT", `1:1: "AT" starts no line of a transcript; a line starts with > or >> (the host sends), < or <| or << (the modem says), # or @`},
		{" > AT", `1:1: the line starts with a blank; remove the blank`},
		{">AT", `1:2: a blank must follow >; write "> AT"`},
		{">>>x y", `1:3: a blank must follow >>; write ">> >x"`},
		{"<|x", `1:3: a blank must follow <|; write "<| x"`},
		{">> ", `1:3: >> has no bytes; write them, or remove the line`},
		{"<<", `1:3: << has no bytes; write them, or remove the line`},
		{`<< \r\n> `, `1:9: a blank ends the line, where editors strip it; write \x20`},
		{`> \q`, `1:3: unknown escape; write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{`> a\`, `1:4: unknown escape; write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{`> \x1`, `1:3: unknown escape; write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{`> \x1g`, `1:3: unknown escape; write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{"> a\tb", `1:4: character U+0009 cannot be seen; write \t in a line that is sent or expected, a blank elsewhere`},
		{"> a\u200bb", `1:4: character U+200B cannot be seen; write \xe2\x80\x8b in a line that is sent or expected, a blank elsewhere`},
		{"> a\xffb", `1:4: byte 0xff is not UTF-8; write \xff`},
		{`> {"a":1}`, `1:3: this is no placeholder; write {name}, {name:hex} or {name:any}, or {{ for a brace`},
		{`< {port`, `1:3: this is no placeholder; write {name}, {name:hex} or {name:any}, or {{ for a brace`},
		{`< {port:oct}`, `1:3: this is no placeholder; write {name}, {name:hex} or {name:any}, or {{ for a brace`},
		{`< {9}`, `1:3: this is no placeholder; write {name}, {name:hex} or {name:any}, or {{ for a brace`},
		{`<< \r\n{n}`, `1:4: {n} ends the line, so its own end cannot be told; let the bytes that follow it stand on the same line`},
		{`< {a}{b}`, `1:3: {a} and {b} cannot be told apart; use one placeholder for both`},
		{`< {a}0`, `1:3: {a} would take the "0" after it; let the placeholder cover it`},
		{`< {a:hex}f`, `1:3: {a} would take the "f" after it; let the placeholder cover it`},
		{"@section", `1:10: @section: the title is missing; write @section TITLE`},
		{"@echo 1", `1:7: @echo: "1" is neither on nor off; write @echo on or @echo off`},
		{"@wait 1", `1:7: @wait: "1" is no duration; write a number with its unit, as 1.1s or 200ms`},
		{"@wait", `1:7: @wait: "" is no duration; write a number with its unit, as 1.1s or 200ms`},
		{"@quiet -1s", `1:8: @quiet: -1s is out of range; write more than 0 and at most 1h0m0s`},
		{"@timeout 61m", `1:10: @timeout: 61m is out of range; write more than 0 and at most 1h0m0s`},
		{"@file ../x", `1:7: @file: "../x" is no file name; write a relative name with slashes and without ..`},
		{"@file", `1:7: @file: "" is no file name; write a relative name with slashes and without ..`},
		{"@size 1 x", `1:7: @size: "1" is no name; write @size VAR FILE`},
		{"@size n /x", `1:9: @size: "/x" is no file name; write a relative name with slashes and without ..`},
		{"@reopen now", `1:9: @reopen: takes no argument; write @reopen alone`},
		{"@dtr drop", `1:1: "@dtr" is no directive; the directives are @section @echo @wait @quiet @timeout @file @size @reopen`},
	}
	for _, tt := range tests {
		_, err := Parse("f.chat", []byte(tt.line))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: error %v, want a SyntaxError", tt.line, err)
			continue
		}
		if got := err.Error(); got != "f.chat:"+tt.want {
			t.Errorf("%q:\n got %s\nwant f.chat:%s", tt.line, got, tt.want)
		}
	}
	_, err := Parse("f.chat", []byte("> AT\n\n< OK\n?\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "f.chat:4:1: ") {
		t.Errorf("error %v, want it on line 4", err)
	}
}

// anyBytes draws bytes rich in what framing and escapes are about.
func anyBytes() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.SampledFrom([]string{"\r", "\n", "\r\n", " ", "{", "}", "\\", "AT", "OK", "é", "\u200b", "\uFFFD", "\t", "\x1a", "+++", "> ", "\xc3"}),
			rapid.Map(rapid.Byte(), func(b byte) string { return string([]byte{b}) }),
		)).Draw(t, "bytes"), "")
	})
}

// anyPattern draws a pattern that op allows.
func anyPattern(op Op) *rapid.Generator[Pattern] {
	return rapid.Custom(func(t *rapid.T) Pattern {
		var p Pattern
		for range rapid.IntRange(0, 3).Draw(t, "pieces") {
			p = p.framed("", anyBytes().Draw(t, "literal"))
			if rapid.Bool().Draw(t, "placeholder") {
				p = append(p, Piece{
					Name:  rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_]{0,5}`).Draw(t, "name"),
					Class: rapid.SampledFrom([]Class{Digits, Hex, Any}).Draw(t, "class"),
				})
			}
		}
		raw := op == OpSendRaw || op == OpExpectRaw
		if msg, _ := undecidable(op, p); msg != "" || raw && len(p) == 0 {
			return Literal("x")
		}
		return p
	})
}

// anyScript draws a script.
func anyScript() *rapid.Generator[*Script] {
	word := rapid.StringMatching(`[a-zA-Z0-9_.é]{1,12}`)
	duration := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(1, int64(MaxDuration)).Draw(t, "ns"))
	})
	step := rapid.Custom(func(t *rapid.T) Step {
		s := Step{Op: rapid.SampledFrom(append([]Op{OpBlank, OpComment}, marks...)).Draw(t, "op")}
		switch s.Op {
		case OpSend, OpSendRaw, OpExpect, OpExpectMore, OpExpectRaw:
			s.Data = anyPattern(s.Op).Draw(t, "data")
		case OpComment:
			s.Text = plain(rapid.String().Draw(t, "comment"))
		case OpSection:
			s.Text = word.Draw(t, "title") + plain(rapid.String().Draw(t, "more"))
		case OpEcho:
			s.On = rapid.Bool().Draw(t, "on")
		case OpWait, OpQuiet, OpTimeout:
			s.Duration = duration.Draw(t, "duration")
		case OpSize:
			s.Name = rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_]{0,5}`).Draw(t, "var")
			s.Text = "f" + word.Draw(t, "file")
		case OpFile:
			s.Text = "f" + word.Draw(t, "file") + "/" + "x"
		}
		return s
	})
	return rapid.Custom(func(t *rapid.T) *Script {
		return &Script{Name: "x", Steps: rapid.SliceOf(step).Draw(t, "steps")}
	})
}

func TestFormatThenParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyScript().Draw(t, "script")
		text := Format(want)
		got, err := Parse("x", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(got.Steps)+len(want.Steps) > 0 && !reflect.DeepEqual(got.Steps, want.Steps) {
			t.Fatalf("-want +got\n%s\n%s", cmp.Diff(want.Steps, got.Steps), text)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("# x\n@section t\n@echo off\n> AT\n< OK\n<| {a}x\n<< \\r\\n>\\x20\n>> \\x1a\n"))
	f.Add([]byte("@wait 1s\n@quiet 1s\n@timeout 1s\n@file a\n@size n a\n@reopen\n"))
	f.Add([]byte("\uFEFF< {a:hex}{b:any}\r\n> {{\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("f", text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Col < 1 || syntax.Hint == "" {
				t.Fatalf("error %#v lacks its place or its remedy", err)
			}
			return
		}
		again, err := Parse("f", Format(s))
		if err != nil {
			t.Fatalf("the formatted script is not valid: %v", err)
		}
		if !reflect.DeepEqual(again.Steps, s.Steps) {
			t.Fatalf("formatting changes the script:\n%s", cmp.Diff(s.Steps, again.Steps))
		}
		for _, step := range s.Steps { // matching must not panic either
			match(step.wire(), nil, text)
		}
	})
}

func TestFlow(t *testing.T) {
	s := mustParse(t, "> ATE0\n< OK\n@echo off\n@size n a\n> AT+X={n},{v}\n@file a\n< +X: {n}\n<| more\n<< raw\n")
	flow, err := s.Flow(map[string]string{"v": "7"}, fstest.MapFS{"a": {Data: []byte("abc")}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Chunk{
		{Host, []byte("ATE0\r"), 1},
		{Modem, []byte("ATE0\r"), 1},
		{Modem, []byte("\r\nOK\r\n"), 2},
		{Host, []byte("AT+X=3,7\r"), 5},
		{Host, []byte("abc"), 6},
		{Modem, []byte("\r\n+X: 3\r\n"), 7},
		{Modem, []byte("more\r\n"), 8},
		{Modem, []byte("raw"), 9},
	}
	if diff := cmp.Diff(want, flow); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"> {x}":      "test.chat:1: {x} has no value yet",
		"\n@file a":  `test.chat:2: file "a": the script was given no files`,
		"@size n zz": `test.chat:1: file "zz": the script was given no files`,
	} {
		if _, err := mustParse(t, text).Flow(nil, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}
