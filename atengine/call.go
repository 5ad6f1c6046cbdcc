package atengine

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Call is one command being run. It is valid until its handler returns; a
// handler that answers later keeps what it needs and the Completion.
type Call[M any] struct {
	Line    *Line[M]
	Command *Command[M] // nil for an unknown one
	Name    []byte      // as the host gave it, in upper case with its prefix
	Given   []byte      // what the host gave after "=", or the number of a basic command
	Err     error       // why the command will be refused; nil: it will run
	Variant *Variant[M] // the keyword's row, when the command has variants
	Form    Form

	params []Param
	args   []value
	query  bool // a write form that asks for what is set
}

// Len is how many parameters were given, trailing ones that were left empty not
// counted. A keyword is not counted.
func (c *Call[M]) Len() int {
	n := len(c.args)
	for n > 0 && !c.args[n-1].set {
		n--
	}
	return n
}

// Has reports whether parameter i was given.
func (c *Call[M]) Has(i int) bool { return i < len(c.args) && c.args[i].set }

// Int is parameter i, or its default when it was omitted.
func (c *Call[M]) Int(i int) int {
	if !c.Has(i) {
		if i < len(c.params) {
			return c.params[i].Default
		}
		return 0
	}
	return c.args[i].num
}

// Text is parameter i without its quotes, or "" when it was omitted.
func (c *Call[M]) Text(i int) string {
	if !c.Has(i) {
		return ""
	}
	return c.args[i].text
}

// Arg is the text of the parameter called name, in any case: a number in
// decimal, a Hex one as 0XC02F, a string without its quotes. The keyword of a
// command that has variants is called key. One that was left out is its default,
// if it has one and the command sets or does something. ok is false for a
// parameter that the command has not got or that was not given.
func (c *Call[M]) Arg(name string) (text string, ok bool) {
	if c.Variant != nil && strings.EqualFold(name, "key") {
		return c.Variant.Key, true
	}
	for i := range c.params {
		p := &c.params[i]
		switch {
		case !strings.EqualFold(p.Name, name):
		case !c.Has(i):
			if !p.defaults || c.query || c.Err != nil {
				return "", false
			}
			return strconv.Itoa(p.Default), true
		case p.Kind == Text:
			return c.args[i].text, true
		case p.Kind == Hex:
			return fmt.Sprintf("0X%04X", c.args[i].num), true
		default:
			return strconv.Itoa(c.args[i].num), true
		}
	}
	return "", false
}

// String is the command as the host gave it, with AT, blanks and case apart.
func (c *Call[M]) String() string {
	text := "AT" + string(c.Name)
	if string(c.Name) == "S" && c.Has(0) { // S3=13: the register is a parameter
		text += strconv.Itoa(c.Int(0))
	}
	switch c.Form {
	case Read:
		text += "?"
	case Test:
		text += "=?"
	case Write:
		text += "="
	}
	return text + string(c.Given)
}

// Wait makes the command answer later, through the Completion: return the
// Response from the handler. Until then the line is busy.
func (c *Call[M]) Wait() (Response, Completion[M]) {
	return Response{pending: true}, Completion[M]{line: c.Line, seq: c.Line.seq}
}

// Completion finishes a command that waits.
type Completion[M any] struct {
	line *Line[M]
	seq  uint64
}

// Deaf makes the command never answer: the line is busy until it is reset.
func (c *Call[M]) Deaf() Response { return Response{pending: true} }

// Finish answers the command. It does nothing, and reports false, if the
// command is no longer there: finished already, or the line was reset. A
// handler may call it before it returns.
func (c Completion[M]) Finish(r Response) bool {
	if !c.Waiting() {
		return false
	}
	if c.line.state == busy {
		c.line.resume(r)
	} else {
		early := r
		c.line.early = &early
	}
	return true
}

// Waiting reports whether the command still waits.
func (c Completion[M]) Waiting() bool {
	l := c.line
	return l != nil && l.occupied() && l.seq == c.seq && l.early == nil
}

// Response is what a command answers: information lines, then a result. The
// zero value is OK alone.
type Response struct {
	Lines  []string // information text, one element a line, without framing
	Body   []byte   // raw bytes that follow the last line (+QSSLRECV)
	Raw    []byte   // bytes that come before all of it, without any framing
	Result Result
	Err    error // set: Policy makes the result of it, Lines are dropped
	Phase  Phase // a data phase that begins now instead of the result

	pending bool
}

// Info answers information lines and OK.
func Info(lines ...string) Response { return Response{Lines: lines} }

// Infof answers one formatted information line and OK.
func Infof(format string, args ...any) Response {
	return Response{Lines: []string{fmt.Sprintf(format, args...)}}
}

// Fail answers an error. Policy decides how it looks.
func Fail(err error) Response { return Response{Err: err} }

// End answers a result alone.
func End(r Result) Response { return Response{Result: r} }

// Begin starts a data phase.
func Begin(p Phase) Response { return Response{Phase: p} }

// Refuse answers that parameter i is wrong in a way that only the handler knows.
func (c *Call[M]) Refuse(i int, reason string) Response {
	return Fail(&ParamError{Command: c.Command.Name, Param: c.params[i].Name, Reason: reason})
}

// bind reads the arguments of cmd into the call as params declare them.
func (c *Call[M]) bind(params []Param, args []byte) error {
	c.params = params
	c.args = c.args[:0]
	more := len(bytes.TrimLeft(args, " ")) > 0
	for i := 0; more; i++ {
		var arg []byte
		if i < len(params) && params[i].rest {
			arg, more = bytes.Trim(args, " "), false
		} else {
			arg, args, more = nextArg(args)
		}
		if i >= len(params) {
			return &ParamError{Command: c.Command.Name, Reason: fmt.Sprintf("takes at most %d parameters", len(params))}
		}
		if len(arg) == 0 {
			c.args = append(c.args, value{})
			continue
		}
		v, reason := params[i].read(arg)
		if reason != "" {
			return &ParamError{Command: c.Command.Name, Param: params[i].Name, Reason: reason}
		}
		c.args = append(c.args, v)
	}
	return nil
}

// complete checks that none of the first n declared parameters is missing that
// must be there.
func (c *Call[M]) complete(n int) error {
	for i, p := range c.params[:n] {
		if !p.Optional && !c.Has(i) {
			return &ParamError{Command: c.Command.Name, Param: p.Name, Reason: "is missing"}
		}
	}
	return nil
}

// handler finds what runs this call and reads its parameters.
func (c *Call[M]) handler(cmd command) (Handler[M], error) {
	row := c.Command
	switch cmd.form {
	case Test:
		if row.Tests != nil {
			return row.Tests, nil
		}
		return testForm[M], nil
	case Read:
		if row.Read == nil {
			return nil, ErrForm
		}
		if cmd.index != nil { // S3?
			if err := c.bind(row.Params[:min(1, len(row.Params))], cmd.index); err != nil {
				return nil, err
			}
			return row.Read, c.complete(len(c.params))
		}
		return row.Read, nil
	case Exec:
		if row.Exec == nil {
			return nil, ErrForm
		}
		if row.extended() {
			c.params = row.Params // for what an omitted one means
			return row.Exec, nil
		}
		if err := c.bind(row.Params, cmd.args); err != nil {
			return nil, err
		}
		return row.Exec, c.complete(len(c.params))
	}
	if cmd.index != nil { // S3=13
		joined := append(append(append([]byte{}, cmd.index...), ','), cmd.args...)
		if err := c.bind(row.Params, joined); err != nil {
			return nil, err
		}
		return row.Write, c.complete(len(c.params))
	}
	if row.Variants != nil {
		return c.variant(cmd.args)
	}
	return c.writeForm(row.Params, cmd.args, row.Write, row.Query, row.QueryArgs)
}

// variant picks the row of the keyword that args begins with.
func (c *Call[M]) variant(args []byte) (Handler[M], error) {
	first, rest, _ := nextArg(args)
	key := Param{Name: "key", Kind: Text, Min: 1, Max: 64}
	v, reason := key.read(first)
	if reason != "" {
		return nil, &ParamError{Command: c.Command.Name, Param: key.Name, Reason: reason}
	}
	for i := range c.Command.Variants {
		row := &c.Command.Variants[i]
		if strings.EqualFold(row.Key, v.text) {
			c.Variant = row
			return c.writeForm(row.Params, rest, row.Write, row.Query, row.QueryArgs)
		}
	}
	return nil, &ParamError{Command: c.Command.Name, Param: key.Name, Reason: fmt.Sprintf("%q is not known", v.text)}
}

// writeForm reads the parameters of a write form and tells a query, where
// optional parameters are left out, from a setting.
func (c *Call[M]) writeForm(params []Param, args []byte, write, query Handler[M], queryArgs int) (Handler[M], error) {
	if err := c.bind(params, args); err != nil {
		return nil, err
	}
	if c.query = query != nil && c.Len() <= queryArgs; c.query {
		return query, c.complete(queryArgs)
	}
	if write == nil {
		return nil, ErrForm
	}
	return write, c.complete(len(params))
}

func testForm[M any](_ M, c *Call[M]) Response { return Info(c.Command.TestLines()...) }
