package atengine

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// module is the modem of these tests. It notes what its handlers are given.
type module struct {
	line   *Line[*module]
	notes  []string
	done   Completion[*module]
	ok     bool // what the last Finish said
	window int  // how much a transparent connection still takes
	stream *Transparent

	before func(*Call[*module]) (Response, bool)
	after  func(*Call[*module], *Response)
}

func (m *module) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

var errRefused = errors.New("refused")

// cmeError is an error with a number of its own.
type cmeError int

func (e cmeError) Error() string { return "no rights" }

func (m *module) Result(_ *module, c *Call[*module], r Result, err error) Result {
	if c == nil {
		panic("Policy is not given a call")
	}
	if err == nil {
		return r
	}
	var cme cmeError
	if errors.As(err, &cme) {
		return Extended("+CME ERROR", int(cme), "operation not allowed")
	}
	return Error
}

func (m *module) Before(c *Call[*module]) (Response, bool) {
	if m.before == nil {
		return Response{}, false
	}
	return m.before(c)
}

func (m *module) After(c *Call[*module], r *Response) {
	if m.after != nil {
		m.after(c, r)
	}
}

// args notes the parameters of a call, as the handler sees them.
func args(m *module, c *Call[*module]) Response {
	name := c.Command.Name
	if c.Variant != nil {
		name += ":" + c.Variant.Key
	}
	var given []string
	for i, p := range c.params {
		switch {
		case !c.Has(i) && p.Kind == Text:
			given = append(given, "-")
		case !c.Has(i):
			given = append(given, fmt.Sprintf("-%d", c.Int(i)))
		case p.Kind == Text:
			given = append(given, fmt.Sprintf("%q", c.Text(i)))
		case p.Kind == Hex:
			given = append(given, fmt.Sprintf("0X%04X", c.Int(i)))
		default:
			given = append(given, fmt.Sprint(c.Int(i)))
		}
	}
	m.note("%s %s", name, strings.Join(append([]string{c.Form.String()}, given...), " "))
	return Response{}
}

func query(m *module, c *Call[*module]) Response {
	args(m, c)
	m.notes[len(m.notes)-1] += " (query)"
	return Response{}
}

func (m *module) wait(c *Call[*module]) Response {
	var r Response
	r, m.done = c.Wait()
	return r
}

func (m *module) prompt(length, most int, echo bool) *Prompt {
	return &Prompt{Length: length, Max: most, Echo: echo, Done: func(data []byte, end Ending, dropped int) Response {
		m.note("data %q %s, dropped %d", data, end, dropped)
		if end == Cancel {
			return Response{}
		}
		return End(Literal("SEND OK"))
	}}
}

func (m *module) upload(length, idle, ack int) *Upload {
	return &Upload{Length: length, Idle: time.Duration(idle) * time.Second, AckEvery: ack, Done: func(data []byte, end Ending) Response {
		m.note("upload %q %s", data, end)
		r := Infof("+UP: %d", len(data))
		if end == TimedOut {
			r.Result = Extended("+CME ERROR", 421, "time out")
		}
		return r
	}}
}

func (m *module) transparent() *Transparent {
	m.stream = &Transparent{
		Send: func(p []byte) int {
			n := min(len(p), m.window)
			m.window -= n
			if n > 0 {
				m.note("sent %q", p[:n])
			}
			return n
		},
		Left: func(end Ending, keep bool) {
			m.note("left %s, keep %v", end, keep)
			m.line.URC("+LEFT")
		},
	}
	return m.stream
}

type row = Command[*module]

func rows() []*row {
	info := func(name string, lines ...string) *row {
		return &row{Name: name, Exec: func(*module, *Call[*module]) Response { return Info(lines...) }}
	}
	return append(Basics[*module](),
		info("I", "Quectel", "EC200S", "Revision: EC200SCNAAR01A05M16"),
		info("+CSQ", "+CSQ: 28,99"),
		info("+GSN", "863593057609372"),
		info("+LIST", "+LIST: a", "+LIST: b"),
		info("+NOTHING"),
		&row{Name: "Z", Last: true, Params: []Param{Int("value", 0, 0).Or(0)}, Exec: args},
		&row{Name: "&F", Params: []Param{Int("value", 0, 0).Or(0)}, Exec: args},
		&row{Name: "&W", Params: []Param{Int("value", 0, 0).Or(0)}, Exec: args},
		&row{Name: "+EXEC", Params: []Param{Int("n", 0, 9).Or(7)}, Exec: args, Write: args},
		&row{
			Name: "+FAIL", Params: []Param{Int("n", 0, 999)},
			Write: func(_ *module, c *Call[*module]) Response { return Fail(cmeError(c.Int(0))) },
			Read:  func(*module, *Call[*module]) Response { return Fail(errRefused) },
		},
		&row{
			Name: "+END", Params: []Param{Str("result", 0, 20)},
			Write: func(_ *module, c *Call[*module]) Response {
				switch text := c.Text(0); text {
				case "":
					return End(Silent)
				case "NO CARRIER":
					return End(NoCarrier)
				default:
					return Response{Lines: []string{"+END: 1"}, Result: Literal(text)}
				}
			},
		},
		&row{
			Name: "+BODY",
			Exec: func(*module, *Call[*module]) Response {
				return Response{Lines: []string{"+BODY: 3"}, Body: []byte("a\r\n")}
			},
		},
		&row{Name: "+NUM", Params: []Param{Int("n", 1, 16)}, Read: args, Write: args},
		&row{
			Name: "+OPEN", Write: args,
			Params: []Param{Int("ctx", 1, 16), Str("host", 1, 8), OneOf("mode", 0, 2, 4), Int("port", 0, 65535).Opt(), Int("id", 0, 5).Or(3)},
		},
		&row{Name: "+PAIR", Params: []Param{Int("a", 0, 1).Opt(), Int("b", 0, 1).Opt()}, Write: args},
		&row{Name: "+HEX", Params: []Param{Code("suite", 0x0035, 0xC02F, 0xFFFF)}, Write: args},
		&row{Name: "+QUOTED", Params: []Param{Int("level", 0, 2).QuotedToo()}, Write: args},
		&row{Name: "+BARE", Params: []Param{Str("name", 0, 4).Bare()}, Write: args},
		&row{Name: "+FILE", Params: []Param{Str("name", 1, 80)}, Test: "OK", Write: args},
		&row{Name: "+GET", Params: []Param{Int("id", 0, 5), Int("n", 0, 9).Opt()}, Write: args, Query: query, QueryArgs: 1},
		&row{Name: "+PLAIN", Plain: true, Params: []Param{Int("a", 0, 2), Int("b", 0, 2).Opt()}, Write: args},
		&row{
			Name: "+CFG",
			Variants: []Variant[*module]{
				{Key: "version", Params: []Param{Int("ctx", 0, 5), Int("v", 0, 4)}, Write: args, Query: query, QueryArgs: 1},
				{Key: "cacertex", Params: []Param{Int("ctx", 0, 5).Opt(), Str("path", 1, 8).Opt()}, Write: args, Query: query, QueryArgs: 1},
				{Key: "level", Params: []Param{Int("ctx", 0, 5), Int("v", 0, 4).Or(2)}, Write: args, Query: query, QueryArgs: 1},
				{Key: "only", Params: []Param{Int("v", 0, 1)}, Write: args},
				{Key: "bare", Query: query},
			},
		},
		&row{Name: "+WAIT", Exec: (*module).wait},
		&row{
			Name: "+NOW", // finishes before it returns
			Exec: func(m *module, c *Call[*module]) Response {
				r, done := c.Wait()
				m.ok = done.Finish(Info("+NOW: 1"))
				m.done = done
				return r
			},
		},
		&row{
			Name: "+TELL", // makes something unsolicited
			Exec: func(m *module, c *Call[*module]) Response {
				c.Line.URC("+TOLD")
				return Info("+TELL: 1")
			},
		},
		&row{
			Name: "+RESET",
			Exec: func(m *module, c *Call[*module]) Response {
				s := c.Line.Settings
				c.Line.Reset(s)
				return Info("nobody sees this")
			},
		},
		&row{
			Name: "+OFF", // a prompt whose data switches off
			Exec: func(m *module, c *Call[*module]) Response {
				return Begin(&Prompt{Length: 1, Done: func([]byte, Ending, int) Response {
					c.Line.Reset(c.Line.Settings)
					return Info("nobody sees this")
				}})
			},
		},
		&row{
			Name: "+DIAL", Test: "+DIAL: 1\n+DIAL: 2", Params: []Param{Str("number", 0, 20).Bare()},
			Write: func(_ *module, c *Call[*module]) Response { return c.Refuse(0, "does not answer") },
		},
		&row{Name: "D", Params: []Param{Str("number", 1, 20).Rest()}, Last: true, Exec: args},
		&row{
			Name: "+PROMPT", Params: []Param{ // length 0: open
				Int("length", 0, 4096).Or(0), Int("echo", 0, 1).Or(0), Int("idle", 0, 60).Or(0), Int("form", 0, 2).Or(0),
			},
			Write: func(m *module, c *Call[*module]) Response {
				p := m.prompt(c.Int(0), 8, c.Int(1) == 1)
				p.Idle, p.Form = time.Duration(c.Int(2))*time.Second, PromptForm(c.Int(3))
				return Begin(p)
			},
		},
		&row{
			Name: "+TEXT", Params: []Param{Int("echo", 0, 1)},
			Write: func(m *module, c *Call[*module]) Response {
				p := m.prompt(0, 64, c.Int(0) == 1)
				p.Again = true
				return Begin(p)
			},
		},
		&row{
			Name: "+STATE", Test: "+STATE: (0-9)", Params: []Param{Int("n", 0, 9)}, Write: args,
			Tests: func(m *module, _ *Call[*module]) Response { return Infof("+STATE: (0-%d)", len(m.notes)) },
		},
		&row{
			Name: "+SLOW", // a prompt whose data takes time
			Exec: func(m *module, c *Call[*module]) Response {
				return Begin(&Prompt{Length: 2, Done: func([]byte, Ending, int) Response { return m.wait(c) }})
			},
		},
		&row{
			Name: "+UP", Params: []Param{Int("length", 0, 1<<20), Int("idle", 0, 60).Or(5), Int("ack", 0, 4096).Or(0)},
			Write: func(m *module, c *Call[*module]) Response { return Begin(m.upload(c.Int(0), c.Int(1), c.Int(2))) },
		},
		&row{
			Name: "+DOWN", Params: []Param{Int("length", 0, 1<<20), Int("announce", 0, 1).Or(0)},
			Write: func(m *module, c *Call[*module]) Response {
				data := []byte(strings.Repeat("0123456789", c.Int(0)/10+1)[:c.Int(0)])
				announce := Result{}
				if c.Int(1) == 1 {
					announce = Literal(fmt.Sprintf("CONNECT %d", len(data)))
				}
				return Begin(&Download{Data: data, Announce: announce, Done: func(end Ending) Response {
					m.note("download %s", end)
					return Infof("+DOWN: %d", len(data))
				}})
			},
		},
		&row{
			Name: "+RATE", Exec: func(m *module, _ *Call[*module]) Response {
				p := m.transparent()
				p.Rate = "150000000"
				return Begin(p)
			},
		},
		&row{Name: "+DATA", Exec: func(m *module, _ *Call[*module]) Response { return Begin(m.transparent()) }},
		&row{
			Name: "O", Last: true, Params: []Param{Int("n", 0, 0).Or(0)},
			Exec: func(m *module, _ *Call[*module]) Response {
				if m.stream == nil {
					return End(NoCarrier)
				}
				return Begin(m.stream)
			},
		},
	)
}
