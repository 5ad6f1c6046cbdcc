package chat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// event is bytes on the wire, after a pause.
type event struct {
	dir   Dir
	text  string
	after time.Duration
}

func host(text string) event  { return event{dir: Host, text: text} }
func modem(text string) event { return event{dir: Modem, text: text} }

// later is the event after a pause.
func (e event) later(d time.Duration) event { e.after = d; return e }

// record is the transcript of the events, and the time that they took.
func record(t testing.TB, events []event) string {
	t.Helper()
	var out bytes.Buffer
	r := NewRecorder(&out)
	now := time.Unix(1_000_000, 0)
	for _, e := range events {
		now = now.Add(e.after + time.Millisecond)
		if err := r.Record(e.dir, []byte(e.text), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRecord(t *testing.T) {
	tests := []struct {
		name   string
		events []event
		want   string
	}{
		{"a command", []event{host("AT\r"), modem("AT\r\r\nOK\r\n")}, "> AT\n< OK\n"},
		{"typed by hand", []event{
			host("A"), modem("A"), host("T").later(time.Second), modem("T"), host("I"), modem("I"),
			host("\r"), modem("\r\r\nQuectel\r\nEC200S\r\n\r\nOK\r\n"),
		}, "> ATI\n< Quectel\n<| EC200S\n< OK\n"},
		{"bytes of the modem one by one", func() []event {
			events := []event{host("AT+CSQ\r")}
			for _, b := range []byte("AT+CSQ\r\r\n+CSQ: 28,99\r\n\r\nOK\r\n") {
				events = append(events, modem(string([]byte{b})))
			}
			return events
		}(), "> AT+CSQ\n< +CSQ: 28,99\n< OK\n"},
		{"echo off, and on", []event{
			host("ATE0\r"), modem("ATE0\r\r\nOK\r\n"), host("AT\r"), modem("\r\nOK\r\n"),
			host("ATE1\r"), modem("\r\nOK\r\n"), host("AT\r"), modem("AT\r\r\nOK\r\n"),
		}, "> ATE0\n< OK\n@echo off\n> AT\n< OK\n> ATE1\n< OK\n@echo on\n> AT\n< OK\n"},
		{"line feeds of the host", []event{host("AT\r\n"), modem("AT\r\r\nOK\r\n")}, "> AT\n>> \\n\n< OK\n"},
		{"prompt and payload", []event{
			host("AT+QSSLSEND=4\r"), modem("AT+QSSLSEND=4\r\r\n> "), host("Test data\x1a"), modem("Test data"), modem("\r\nSEND OK\r\n"),
		}, "> AT+QSSLSEND=4\n<< \\r\\n>\\x20\n>> Test data\\x1a\n<< Test data\n< SEND OK\n"},
		{"received data", []event{
			host("AT+QSSLRECV=4,9\r"), modem("AT+QSSLRECV=4,9\r\r\n+QSSLRECV: 9\r\nTest data\r\n\r\nOK\r\n"),
		}, "> AT+QSSLRECV=4,9\n< +QSSLRECV: 9\n<| Test data\n< OK\n"},
		{"pushed data", []event{
			modem("\r\n+QSSLURC: \"recv\",4,9\r\nTest data"), modem("\r\nNO CARRIER\r\n").later(time.Second),
		}, "< +QSSLURC: \"recv\",4,9\n<< Test data\n< NO CARRIER\n"},
		{"guard time", []event{
			host("AT+QISWTMD=4,2\r"), modem("AT+QISWTMD=4,2\r\r\nCONNECT\r\n"), host("data"),
			host("+").later(1030 * time.Millisecond), host("+").later(300 * time.Millisecond), host("+"),
			modem("\r\nOK\r\n").later(time.Second), host("AT\r").later(5 * time.Second), modem("AT\r\r\nOK\r\n"),
		}, "> AT+QISWTMD=4,2\n< CONNECT\n>> data\n@wait 1.1s\n>> +++\n< OK\n> AT\n< OK\n"},
		{"no answer", []event{
			host("AT\r"), host("AT\r").later(time.Second), host("AT\r").later(time.Second), modem("AT\r\r\nOK\r\n"),
		}, ">> AT\\r\n>> AT\\r\n> AT\n< OK\n"},
		{"commands without waiting", []event{
			host("AT\rATI\r"), modem("AT\r\r\nOK\r\nATI\r\r\nOK\r\n"),
		}, ">> AT\\r\n@echo off\n> ATI\n<< AT\\r\n< OK\n<< ATI\\r\n< OK\n"},
		{"payload like a command", []event{
			host("AT+QSSLSEND=4,4\r"), modem("AT+QSSLSEND=4,4\r\r\n> "), host("AT\r\n"), modem("AT\r\n\r\nSEND OK\r\n"),
		}, "> AT+QSSLSEND=4,4\n<< \\r\\n>\\x20\n>> AT\\r\\n\n<< AT\n<< \\r\\n\n< SEND OK\n"},
		{"slow", []event{
			host("AT+QIACT=1\r"), modem("AT+QIACT=1\r"), modem("\r\nOK\r\n").later(4 * time.Second),
		}, "> AT+QIACT=1\n@timeout 9s\n< OK\n"},
		{"payload without echo", []event{
			host("line one\nline two\n"), modem("\r\n+QFUPL: 18,1\r\n\r\nOK\r\n"),
		}, ">> line one\\n\n>> line two\\n\n< +QFUPL: 18,1\n< OK\n"},
		{"repeat", []event{host("A/"), modem("A/"), modem("\r\nOK\r\n")}, ">> A/\n<< A/\n< OK\n"},
		{"braces", []event{modem("\r\n{\"a\":1}\r\n")}, "< {{\"a\":1}\n"},
		{"an unfinished line", []event{host("AT+CS"), modem("AT+C")}, ">> AT+CS\n<< AT+C\n"},
		{"nothing", nil, ""},
	}
	for _, tt := range tests {
		if got := record(t, tt.events); got != tt.want {
			t.Errorf("%s:\n got:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
}

// streams is the bytes of each side.
func streams(t interface{ Fatal(...any) }, text string) (host, modem string) {
	s, err := Parse("recorded", []byte(text))
	if err != nil {
		t.Fatal(err, "\n", text)
	}
	flow, err := s.Flow(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sides [Modem + 1]strings.Builder
	for _, c := range flow {
		sides[c.Dir].Write(c.Bytes)
	}
	return sides[Host].String(), sides[Modem].String()
}

// Whatever passes the wire, the transcript holds each side's bytes exactly.
func TestRecordKeepsEveryByte(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		piece := rapid.OneOf(anyBytes(), rapid.SampledFrom([]string{
			"AT\r", "AT+CSQ\r", "at", "\r\nOK\r\n", "\r\n> ", "\r\n+X: 1\r\n", "AT\r\r\nOK\r\n", "+++", "++", "", "\x1a",
		}))
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
			return event{
				dir:   rapid.SampledFrom([]Dir{Host, Modem}).Draw(t, "dir"),
				text:  piece.Draw(t, "text"),
				after: time.Duration(rapid.SampledFrom([]int{0, 0, 50, 150, 300, 1000, 9000}).Draw(t, "ms")) * time.Millisecond,
			}
		}), 0, 30).Draw(rt, "events")
		var want [Modem + 1]strings.Builder
		for _, e := range events {
			want[e.dir].WriteString(e.text)
		}
		text := record(t, events)
		host, modem := streams(rt, text)
		if host != want[Host].String() || modem != want[Modem].String() {
			rt.Fatalf("host  %q\nwant  %q\nmodem %q\nwant  %q\n%s", host, want[Host].String(), modem, want[Modem].String(), text)
		}
	})
}

// A recorded session of a plausible modem plays against that modem, even if
// host and modem cut their bytes otherwise.
func TestRecordedSessionPlays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var events []event
		echo := true
		for range rapid.IntRange(1, 8).Draw(rt, "commands") {
			line := "AT" + rapid.StringMatching(`[A-Z+=",0-9]{0,12}`).Draw(rt, "line") + "\r"
			events = append(events, host(line))
			answer := "\r\nOK\r\n"
			if echo {
				answer = line + answer
			}
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 1:
				answer = strings.TrimSuffix(answer, "\r\nOK\r\n") + "\r\n> "
				payload := anyBytes().Draw(rt, "payload") + "\x1a"
				events = append(events, modem(answer), host(payload))
				answer = payload[:len(payload)-1] + "\r\nSEND OK\r\n"
			case 2:
				answer += "\r\n+QSSLURC: \"recv\",4,5\r\n" + anyBytes().Draw(rt, "push")
			case 3:
				echo = !echo
			}
			events = append(events, modem(answer))
		}
		script, err := Parse("recorded", []byte(record(t, events)))
		if err != nil {
			rt.Fatal(err)
		}
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		var flow []Chunk
		for _, e := range events {
			flow = append(flow, Chunk{Dir: e.dir, Bytes: []byte(e.text)})
		}
		done := mirror(far, flow)
		if _, err := Play(t.Context(), near, script, Options{Settle: -1, Timeout: 20 * time.Second}); err != nil {
			rt.Fatalf("%v\n%s", err, Format(script))
		}
		if err := <-done; err != nil {
			rt.Fatal(err)
		}
	})
}

// The guard time of a recorded +++ is kept when it is played.
func TestRecordedGuardTime(t *testing.T) {
	text := record(t, []event{host("data"), host("+++").later(1050 * time.Millisecond), modem("\r\nOK\r\n").later(time.Second)})
	synctest.Test(t, func(t *testing.T) {
		near, far := pipe(t)
		gap := make(chan time.Duration, 1)
		go func() {
			buf := make([]byte, 4)
			if _, err := io.ReadFull(far, buf); err != nil {
				return
			}
			start := time.Now()
			if _, err := io.ReadFull(far, buf[:3]); err != nil {
				return
			}
			gap <- time.Since(start)
			_, _ = io.WriteString(far, "\r\nOK\r\n") // Play tells if it does not arrive
		}()
		if _, err := Play(t.Context(), near, mustParse(t, text), Options{}); err != nil {
			t.Fatal(err)
		}
		if d := <-gap; d < time.Second {
			t.Errorf("the host was silent for %v before +++, want a second", d)
		}
	})
}

func TestRecorderMarks(t *testing.T) {
	var out bytes.Buffer
	r := NewRecorder(&out)
	now := time.Unix(0, 0)
	steps := []error{
		r.Note("qsim\nEC200S"),
		r.Section("one"),
		r.Record(Host, []byte("AT"), now),
		r.Record(Modem, []byte("AT"), now),
		r.Reopened(),
		r.Section(""),
		r.Close(),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "# qsim EC200S\n@section one\n>> AT\n<< AT\n@reopen\n@section -\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A line is in the transcript as soon as it is complete.
func TestRecorderDoesNotWait(t *testing.T) {
	var out bytes.Buffer
	r := NewRecorder(&out)
	now := time.Unix(0, 0)
	for _, step := range []struct{ add, want string }{
		{"AT\r\r\nO", "> AT\n"}, {"K\r\n", "> AT\n< OK\n"}, {"\r\nRING\r\n", "> AT\n< OK\n< RING\n"},
	} {
		if out.Len() == 0 {
			if err := r.Record(Host, []byte("AT\r"), now); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Record(Modem, []byte(step.add), now); err != nil {
			t.Fatal(err)
		}
		if out.String() != step.want {
			t.Errorf("after %q: %q, want %q", step.add, out.String(), step.want)
		}
	}
}

// What the recorder holds back stays within its bounds.
func TestRecorderIsBounded(t *testing.T) {
	r := NewRecorder(io.Discard)
	now := time.Unix(0, 0)
	endless := bytes.Repeat([]byte("x"), 100_000)
	for _, dir := range []Dir{Host, Modem, Host} {
		for range 10 {
			if err := r.Record(dir, endless, now); err != nil {
				t.Fatal(err)
			}
			if len(r.host) > recordPending || len(r.modem) > recordPending || r.out.Len() > 0 {
				t.Fatalf("%d, %d and %d bytes held", len(r.host), len(r.modem), r.out.Len())
			}
		}
	}
}

// fullDisk takes one write.
type fullDisk struct{ full bool }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.full {
		return 0, fmt.Errorf("disk full")
	}
	d.full = true
	return len(p), nil
}

func TestRecorderReportsWriteErrors(t *testing.T) {
	r := NewRecorder(&fullDisk{})
	if err := r.Note("fits"); err != nil {
		t.Fatal(err)
	}
	if err := r.Note("does not"); err == nil {
		t.Error("no error from a full disk")
	}
	if err := r.Record(Host, []byte("AT"), time.Unix(0, 0)); err == nil || err.Error() != "disk full" {
		t.Errorf("Record: %v, want the first error", err)
	}
	if err := r.Close(); err == nil {
		t.Error("Close hides the error")
	}
}
