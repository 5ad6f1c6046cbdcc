package atengine

import (
	"strings"
	"testing"
	"time"
)

// FuzzLine lets a host send anything in any chunks, while time passes, commands
// end, and what a port can do happens: ops says when. After all that the line
// answers AT with OK once the host has closed and what waited has ended.
func FuzzLine(f *testing.F) {
	const feed, pass, read, end, take, shut, tell, misc = 0, 1, 2, 3, 4, 5, 6, 7
	op := func(what, n int) byte { return byte(what | n<<3) }
	for _, host := range hostLines {
		f.Add([]byte(strings.ReplaceAll(host, "{}", "\r\n")), []byte{op(feed, 3), op(tell, 0), op(feed, 9), op(end, 0)})
	}
	f.Add([]byte("AT+DATA\r+++abc+++AT\rATO\r"), []byte{
		op(feed, 7), op(pass, 4), op(feed, 2), op(pass, 4), op(feed, 2), op(take, 0), op(misc, 3), op(feed, 9),
	})
	f.Add([]byte("AT+UP=9\r+++AT+DOWN=99\r+++AT+PROMPT=0\rxyz"), []byte{
		op(feed, 7), op(pass, 4), op(feed, 2), op(pass, 4), op(read, 1), op(feed, 12), op(pass, 31), op(shut, 0),
	})
	f.Add([]byte("AT+WAIT\rAT+DATA\rabc"), []byte{op(feed, 7), op(shut, 0), op(feed, 7), op(end, 2), op(misc, 0), op(misc, 1)})
	f.Add([]byte("ATS3=10S5=43\nATS12=10&D0+DATA\n+++"), []byte{op(feed, 31), op(pass, 1), op(misc, 2), op(take, 7)})

	f.Fuzz(func(t *testing.T, host, ops []byte) {
		r := newRig(t)
		r.out.bound = 64
		given := 0
		for _, op := range ops {
			n := int(op >> 3)
			switch op & 7 {
			case feed:
				n = min(n+1, len(host))
				r.feed(string(host[:n]))
				host = host[n:]
			case pass:
				r.time.advance(time.Duration(n) * 250 * time.Millisecond)
			case read:
				r.out.buf = r.out.buf[:len(r.out.buf)*n/32]
				r.line.Resume()
				r.feed("")
			case end:
				answers := []Response{{}, Fail(errRefused), Begin(r.m.transparent()), Begin(r.m.prompt(n, 8, true)), Begin(r.m.upload(n, 1, 2))}
				r.m.done.Finish(answers[n%len(answers)])
			case take:
				r.m.window = n
				r.line.Resume()
			case shut:
				r.act("close", "")
			case tell:
				r.line.URC("+X: 1")
				given++
			case misc:
				r.act([]string{"dtr", "gone", "push", "net", "reset", "resume"}[n%6], "")
			}
			r.bounded()
		}
		r.feed(string(host))
		r.bounded()

		r.line.HostClosed()
		r.out.bound, r.left = 1<<20, nil
		for r.m.done.Waiting() || r.line.Transparent() {
			r.m.done.Finish(Response{})
			r.line.EndTransparent(NoCarrier)
		}
		r.line.Resume()
		r.line.Settings = Factory()
		r.line.Echo = false
		r.out.buf = nil
		if n := r.line.Feed([]byte("AT\r")); n != 3 || string(r.out.buf) != "\r\nOK\r\n" {
			t.Fatalf("%d bytes used, answer %q", n, r.out.buf)
		}
	})
}

// FuzzChunks sends a host's bytes at once, and cut at any places: the module sees
// the same, and the host reads the same. LFs are left out, since whether one
// belongs to the CR before it is a matter of time (ruling 23).
func FuzzChunks(f *testing.F) {
	for i, host := range hostLines {
		f.Add([]byte("AT\r"+strings.ReplaceAll(host, "{}", "\r")+"AT\r"), []byte{byte(i % 3), 1, 0, byte(i)})
	}
	f.Add([]byte("AT+UP=9\r+++AT+DOWN=99\r+++AT+PROMPT=0\rxyz"), []byte{7, 2, 2})
	f.Fuzz(func(t *testing.T, host, cuts []byte) {
		text := strings.ReplaceAll(string(host), "\n", "")
		whole, cut := newRig(t), newRig(t)
		whole.feed(text)
		for i, rest := 0, text; rest != ""; i++ {
			n := 1
			if i < len(cuts) {
				n = min(1+int(cuts[i]), len(rest))
			}
			cut.feed(rest[:n])
			cut.bounded()
			rest = rest[n:]
		}
		if want, got := whole.settle(), cut.settle(); got != want {
			t.Errorf("at once the module saw\n%s\nin pieces\n%s", want, got)
		}
		if want, got := string(whole.out.buf), string(cut.out.buf); got != want {
			t.Errorf("at once  %s\nin pieces %s", visible(want), visible(got))
		}
	})
}

// bounded checks that the line holds no more than it may.
func (r *rig) bounded() {
	r.t.Helper()
	l := r.line
	switch {
	case len(l.buf) > MaxLine, len(l.last) > MaxLine, len(l.cur) > MaxLine:
		r.t.Fatal("a command line is over its bound")
	case len(l.ahead) > maxAhead:
		r.t.Fatalf("%d bytes typed ahead", len(l.ahead))
	case len(l.urcs) > maxURCs:
		r.t.Fatalf("%d URCs wait", len(l.urcs))
	case len(l.w) != 0:
		r.t.Fatalf("%d bytes are not flushed", len(l.w))
	}
}

// FuzzParams writes anything after AT+X= for each command with parameters: a
// handler never sees a value outside what its row declares.
func FuzzParams(f *testing.F) {
	for _, args := range []string{
		"", ",", "1", "17", "-1", `"1"`, `1,"a",0`, `1,"a",0,,5`, `1,"a,b;c",4`, "0XC02F", "0xffff", `"version",1,4`, `"cacertex"`,
		`"bare",`, "99999999999999999999", `"`, `""`, `"a"b"`, " 1 , 2 ", "1;+NUM=2", "?", "=?", `a"b`, "0x", "+1", "1_0",
	} {
		f.Add(args)
	}
	f.Fuzz(func(t *testing.T, args string) {
		r := newRig(t)
		r.m.before = func(c *Call[*module]) (Response, bool) {
			if c.Err == nil {
				checkCall(t, c)
			}
			return Response{}, c.Err == nil
		}
		for _, row := range r.line.cfg.Table.Commands() {
			for _, mark := range []string{"", "=", "?", "=?"} {
				r.feed("AT" + row.Name + mark + args + "\r")
			}
		}
		if r.line.state != collecting {
			t.Fatalf("the line is in state %d", r.line.state)
		}
	})
}

func checkCall(t *testing.T, c *Call[*module]) {
	t.Helper()
	if len(c.args) > len(c.params) {
		t.Fatalf("AT%s has %d parameters, %d are declared", c.Command.Name, len(c.args), len(c.params))
	}
	for i := range c.Len() {
		p := c.params[i]
		switch {
		case !c.Has(i):
			if !p.Optional {
				t.Fatalf("AT%s lacks <%s>", c.Command.Name, p.Name)
			}
		case p.Kind == Text && (len(c.Text(i)) < p.Min || len(c.Text(i)) > p.Max || !p.rest && strings.Contains(c.Text(i), `"`)):
			t.Fatalf("AT%s got <%s> %q", c.Command.Name, p.Name, c.Text(i))
		case p.Values != nil:
			if _, reason := p.number(c.Int(i)); reason != "" {
				t.Fatalf("AT%s got <%s> %d", c.Command.Name, p.Name, c.Int(i))
			}
		case p.Kind == Integer && (c.Int(i) < p.Min || c.Int(i) > p.Max):
			t.Fatalf("AT%s got <%s> %d", c.Command.Name, p.Name, c.Int(i))
		}
	}
}
