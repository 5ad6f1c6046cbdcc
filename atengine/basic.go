package atengine

import "fmt"

// Basics are the commands that concern nothing but the line itself: ATE, ATV,
// ATQ, ATX, AT&C, AT&D, the S-registers and AT+CMEE. A module adds them to its
// own rows.
func Basics[M any]() []*Command[M] {
	flag := func(name, param, summary, source string, set func(*Settings, bool)) *Command[M] {
		return &Command[M]{
			Name: name, Summary: summary, Source: source,
			Params: []Param{Int(param, 0, 1).Or(0)},
			Exec: func(_ M, c *Call[M]) Response {
				set(&c.Line.Settings, c.Int(0) == 1)
				return Response{}
			},
		}
	}
	number := func(name, param, summary, source string, hi int, set func(*Settings, int)) *Command[M] {
		return &Command[M]{
			Name: name, Summary: summary, Source: source,
			Params: []Param{Int(param, 0, hi).Or(0)},
			Exec: func(_ M, c *Call[M]) Response {
				set(&c.Line.Settings, c.Int(0))
				return Response{}
			},
		}
	}
	return []*Command[M]{
		flag("E", "value", "command echo", "V.250 6.2.4", func(s *Settings, on bool) { s.Echo = on }),
		flag("V", "value", "result code format", "V.250 6.2.6", func(s *Settings, on bool) { s.Verbose = on }),
		flag("Q", "n", "result code suppression", "V.250 6.2.5", func(s *Settings, on bool) { s.Quiet = on }),
		number("X", "value", "CONNECT text and call progress", "V.250 6.2.7", 4, func(s *Settings, n int) { s.Connect = n }),
		number("&C", "value", "DCD function mode: stored and told, a PTY has no DCD", "V.250 6.2.8", 1, func(s *Settings, n int) { s.DCD = n }),
		number("&D", "value", "DTR function mode", "seed 1.4, V.250 6.2.9", 2, func(s *Settings, n int) { s.DTR = n }),
		{
			Name: "S", Summary: "S-registers 0, 3-8, 10, 12: 3, 4, 5 and 12 act, the others are stored and told", Source: "V.250 6.2, 6.3",
			Params: []Param{Int("n", 0, 12), Int("value", 0, 255).Or(0)},
			Read: func(_ M, c *Call[M]) Response {
				v, ok := c.Line.S(c.Int(0))
				if !ok {
					return Fail(c.outside(0))
				}
				return Info(fmt.Sprintf("%03d", v))
			},
			Write: func(_ M, c *Call[M]) Response {
				if !c.Line.SetS(c.Int(0), c.Int(1)) {
					return Fail(c.outside(1))
				}
				return Response{}
			},
		},
		{
			Name: "+CMEE", Summary: "format of mobile equipment errors", Source: "27.007 9.1",
			Params: []Param{Int("n", 0, 2)},
			Read:   func(_ M, c *Call[M]) Response { return Infof("+CMEE: %d", c.Line.CMEE) },
			Write: func(_ M, c *Call[M]) Response {
				c.Line.CMEE = c.Int(0)
				return Response{}
			},
		},
	}
}

// outside is the error for a parameter whose range only its handler knows.
func (c *Call[M]) outside(i int) error {
	return &ParamError{Command: c.Command.Name, Param: c.params[i].Name, Reason: fmt.Sprintf("%d is out of range", c.Int(i))}
}
