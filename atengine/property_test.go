package atengine

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hostLines are what a host may send; {} is where a line ends. None answers
// with more than longest bytes.
var hostLines = []string{
	"AT{}", "ATI{}", "AT+CSQ;+LIST;+GSN{}", "ate1v1{}", "ATE0{}", "ATV0{}", "ATQ1{}", "ATQ0{}", "A/", "AT+CMEE=2;+FAIL=3{}",
	"AT+NUM=17{}", `AT+FILE="a;b,c"{}`, "AT+NUM=1\b2{}", "{}", "garbage{}", "+++", "AT+NOW{}", "AT+WAIT;+CSQ{}", "AT+TELL{}",
	"AT+PROMPT=4{}abcd", "AT+PROMPT=4,1{}+++\x1a", "AT+PROMPT=0,1{}abc\x1a", "AT+PROMPT=0{}0123456789\x1b", "AT+SLOW;+CSQ{}xy",
	"AT+UP=6,0{}+++abc", "AT+UP=6,0,2{}AT\r\nOK", "AT+UP=0{}", "AT+BODY{}", "AT+DATA{}the rest+++is data\r",
}

const longest = 200

// drawHost draws what a host sends. It ends all its lines alike, and raw data
// does not begin with an LF: then no timing matters (ruling 23).
func drawHost(t *rapid.T) string {
	line := rapid.OneOf(rapid.SampledFrom(hostLines), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 30), func(b []byte) string {
		return strings.ReplaceAll(string(b), "\n", "")
	}))
	text := "AT{}" + strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "lines"), "")
	return strings.ReplaceAll(text, "{}", rapid.SampledFrom([]string{"\r", "\r\n"}).Draw(t, "end"))
}

// settle answers all commands that wait, and returns what the module saw.
func (r *rig) settle() string {
	for r.m.done.Waiting() {
		r.m.done.Finish(Info("+DONE"))
	}
	var seen, sent strings.Builder
	for _, n := range r.m.notes {
		if data, ok := strings.CutPrefix(n, "sent "); ok {
			text, err := strconv.Unquote(data)
			if err != nil {
				r.t.Fatal(err)
			}
			sent.WriteString(text)
		} else {
			seen.WriteString(n + "\n")
		}
	}
	return seen.String() + sent.String()
}

// However the bytes are cut into chunks, the answer is the same.
func TestChunkingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		host := drawHost(rt)
		whole, cut := newRig(t), newRig(t)
		whole.feed(host)
		for rest := host; rest != ""; {
			n := rapid.IntRange(1, min(8, len(rest))).Draw(rt, "chunk")
			cut.feed(rest[:n])
			rest = rest[n:]
		}
		a, b := whole.settle(), cut.settle()
		if got, want := string(cut.out.buf), string(whole.out.buf); got != want {
			rt.Fatalf("in pieces %s\nat once   %s", visible(got), visible(want))
		}
		if a != b {
			rt.Fatalf("in pieces %s\nat once   %s", b, a)
		}
	})
}

// However slowly the host reads, it reads the same, and no more than one
// response is ever past the output's bound.
func TestSlowHostReadsTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		host := drawHost(rt)
		fast, slow := newRig(t), newRig(t)
		fast.feed(host)
		a := fast.settle()

		bound := rapid.IntRange(1, 60).Draw(rt, "bound")
		slow.out.bound = bound
		var read []byte
		take := func() {
			n := rapid.IntRange(0, len(slow.out.buf)).Draw(rt, "read")
			read = append(read, slow.out.buf[:n]...)
			slow.out.buf = slices.Delete(slow.out.buf, 0, n)
			slow.line.Resume()
			slow.feed("")
		}
		for rest := host; rest != "" || len(slow.left) > 0; {
			n := rapid.IntRange(0, min(20, len(rest))).Draw(rt, "chunk")
			slow.feed(rest[:n])
			rest = rest[n:]
			take()
		}
		for slow.m.done.Waiting() || len(slow.out.buf) > 0 || len(slow.line.ahead) > 0 {
			slow.m.done.Finish(Info("+DONE"))
			take()
		}
		if slow.out.most > bound+longest {
			rt.Fatalf("%d bytes wait, bound %d", slow.out.most, bound)
		}
		if got, want := string(read), string(fast.out.buf); got != want {
			rt.Fatalf("slowly %s\nat once %s", visible(got), visible(want))
		}
		if b := slow.settle(); a != b {
			rt.Fatalf("slowly %s\nat once %s", b, a)
		}
	})
}

// One chunk of many commands makes no more output than there is room for.
func TestOneChunkDoesNotFlood(t *testing.T) {
	r := newRig(t)
	r.line.Echo = true
	r.out.bound = 100
	for _, flood := range []string{strings.Repeat("ATI\r", 1000), strings.Repeat("x", 10000), strings.Repeat("ax\b", 10000)} {
		r.left = nil
		r.feed(flood)
		if len(r.out.buf) > 100+longest {
			t.Errorf("%d bytes wait after %.10q...", len(r.out.buf), flood)
		}
		r.line.HostClosed()
		r.out.buf = nil
	}
}
