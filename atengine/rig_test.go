package atengine

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rig is a line with a fake module, a bounded output and a clock that stands
// still until it is told to go on. Its script is a conversation:
//
//	> AT+X=1    the host sends this and a CR, in one chunk
//	>> abc\n    the host sends these bytes: \r \n \b \t \0 \Z (Ctrl-Z) \E (ESC)
//	< OK        the modem writes this between CR LF and CR LF
//	<< \r\n>    the modem writes these bytes; a trailing blank is written \s
//	= data abc  what the module noted since the last =, a line each
//	! urc +X    something happens, see rig.act
//	.5s         time passes
//	.!5s        time passes, but timers are late
//	# text      a comment
//
// All that the modem writes must stand in the script, after what made it.
type rig struct {
	t     testing.TB
	line  *Line[*module]
	out   output
	time  timers
	m     *module
	notes []string
	idles int
	fed   int    // bytes used by the last >
	left  []byte // bytes that the last > had and the line did not use
}

// output is an Output with a bound.
type output struct {
	buf   []byte
	bound int
	most  int // the most that ever waited
}

func (o *output) Write(p []byte) {
	o.buf = append(o.buf, p...)
	o.most = max(o.most, len(o.buf))
}
func (o *output) Room() int { return o.bound - len(o.buf) }

// timers is a clock moved by hand.
type timers struct {
	now   time.Time
	armed []*timer
}

type timer struct {
	at      time.Time
	f       func()
	stopped bool
}

func (t *timer) Stop() { t.stopped = true }

func (ts *timers) Now() time.Time { return ts.now }

func (ts *timers) AfterFunc(d time.Duration, f func()) Stopper {
	t := &timer{at: ts.now.Add(d), f: f}
	ts.armed = append(ts.armed, t)
	return t
}

// advance moves the clock and runs what is due, in order.
func (ts *timers) advance(d time.Duration) {
	end := ts.now.Add(d)
	for {
		ts.armed = slices.DeleteFunc(ts.armed, func(t *timer) bool { return t.stopped })
		var next *timer
		for _, t := range ts.armed {
			if !t.at.After(end) && (next == nil || t.at.Before(next.at)) {
				next = t
			}
		}
		if next == nil {
			ts.now = end
			return
		}
		if next.at.After(ts.now) {
			ts.now = next.at
		}
		next.stopped = true
		next.f()
	}
}

// newRig returns a rig with factory settings but no echo.
func newRig(t testing.TB) *rig {
	r := &rig{t: t, out: output{bound: 1 << 20}, time: timers{now: time.Unix(1e9, 0)}, m: &module{window: 1 << 20}}
	table, err := NewTable(rows()...)
	if err != nil {
		t.Fatal(err)
	}
	r.line = NewLine(Config[*module]{
		Owner: r.m, Table: table, Output: &r.out, Timers: &r.time, Policy: r.m,
		Hooks: &Hooks[*module]{Before: r.m, After: r.m},
		Note:  func(text string) { r.notes = append(r.notes, text) },
		Idle:  func() { r.idles++ },
	})
	r.line.Echo = false
	r.m.line = r.line
	return r
}

// play runs a script.
func play(t testing.TB, script string) *rig {
	t.Helper()
	r := newRig(t)
	r.play(script)
	return r
}

func (r *rig) play(script string) {
	r.t.Helper()
	lines := strings.Split(script, "\n")
	for i := 0; i < len(lines); {
		step := strings.TrimSpace(lines[i])
		i++
		if step == "" || step[0] == '#' {
			continue
		}
		r.step(step)
		var want, noted strings.Builder
		for ; i < len(lines); i++ {
			text := strings.TrimSpace(lines[i])
			if raw, ok := strings.CutPrefix(text, "<<"); ok {
				want.WriteString(unescape(strings.TrimSpace(raw)))
			} else if body, ok := strings.CutPrefix(text, "<"); ok {
				want.WriteString("\r\n" + unescape(strings.TrimSpace(body)) + "\r\n")
			} else if note, ok := strings.CutPrefix(text, "="); ok {
				noted.WriteString(strings.TrimSpace(note) + "\n")
			} else if text != "" {
				break
			}
		}
		if got := string(r.out.buf); got != want.String() {
			r.t.Fatalf("after %q the modem wrote\n\t%s\nnot\n\t%s", step, visible(got), visible(want.String()))
		}
		r.out.buf = r.out.buf[:0]
		if noted.Len() > 0 {
			if diff := cmp.Diff(strings.TrimSpace(noted.String()), strings.Join(r.m.notes, "\n")); diff != "" {
				r.t.Fatalf("after %q the module noted (-want +got)\n%s", step, diff)
			}
			r.m.notes = nil
		}
	}
}

func (r *rig) step(step string) {
	r.t.Helper()
	if raw, ok := strings.CutPrefix(step, ">>"); ok {
		r.feed(unescape(strings.TrimPrefix(raw, " ")))
	} else if text, ok := strings.CutPrefix(step, ">"); ok {
		r.feed(unescape(strings.TrimPrefix(text, " ")) + "\r")
	} else if text, ok := strings.CutPrefix(step, "."); ok {
		text, late := strings.CutPrefix(text, "!")
		d, err := time.ParseDuration(text)
		if err != nil {
			r.t.Fatal(err)
		}
		if late {
			r.time.now = r.time.now.Add(d)
		} else {
			r.time.advance(d)
		}
	} else if text, ok := strings.CutPrefix(step, "!"); ok {
		verb, arg, _ := strings.Cut(strings.TrimSpace(text), " ")
		r.act(verb, unescape(arg))
	} else {
		r.t.Fatalf("what is %q?", step)
	}
}

// feed offers s together with what an earlier feed left.
func (r *rig) feed(s string) {
	p := append(r.left, s...)
	r.fed = r.line.Feed(p)
	r.left = slices.Clone(p[r.fed:])
}

// act is one ! step.
func (r *rig) act(verb, arg string) {
	r.t.Helper()
	n, _ := strconv.Atoi(arg) // of the verbs that want a number
	switch verb {
	case "factory":
		r.line.Settings = Factory()
	case "echo":
		r.line.Echo = true
	case "finish":
		r.m.ok = r.m.done.Finish(r.answer(arg))
	case "late": // the completion is of no use any more
		if r.m.done.Finish(r.answer(arg)) || r.m.done.Waiting() {
			r.t.Fatal("a late Finish is taken")
		}
	case "urc":
		r.line.URC(arg)
	case "cache": // on, or nothing
		r.line.HoldURCs(arg == "on")
	case "push":
		r.m.note("push %v", r.line.Push("+PUSH: "+strconv.Itoa(len(arg)), []byte(arg)))
	case "state":
		r.m.note("state %s", r.line.State())
	case "close":
		r.line.HostClosed()
		r.left = nil
	case "dtr":
		r.line.DTRDrop()
	case "reset":
		s := Factory()
		s.Echo = false
		r.line.Reset(s)
	case "room":
		r.out.bound = n
	case "resume":
		r.line.Resume()
		r.feed("")
	case "window": // how much a transparent connection takes
		r.m.window = n
	case "net":
		r.line.FromNetwork([]byte(arg))
	case "gone":
		r.line.EndTransparent(NoCarrier)
	case "fed":
		if r.fed != n {
			r.t.Fatalf("the line used %d bytes, not %d", r.fed, n)
		}
	default:
		r.t.Fatalf("what is %q?", verb)
	}
}

// answer is a response as a script spells it.
func (r *rig) answer(arg string) Response {
	switch arg {
	case "":
		return Response{}
	case "ERROR":
		return Fail(errRefused)
	case "PROMPT":
		return Begin(r.m.prompt(4, 8, false))
	case "DATA":
		return Begin(r.m.transparent())
	}
	return Info(arg)
}

var escapes = []string{"\r", `\r`, "\n", `\n`, "\b", `\b`, "\t", `\t`, "\x00", `\0`, "\x1a", `\Z`, "\x1b", `\E`, "\x1e", `\x1e`, "\xff", `\xff`}

func visible(s string) string { return strings.NewReplacer(escapes...).Replace(s) }

func unescape(s string) string {
	back := slices.Clone(escapes)
	slices.Reverse(back)
	return strings.NewReplacer(append(back, `\s`, " ")...).Replace(s)
}
