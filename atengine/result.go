package atengine

import (
	"errors"
	"fmt"
	"strconv"
)

// Result is the final result code of a command line.
//
// A basic result has a number for ATV0 (V.250 6.3.1); an extended one
// (+CME ERROR) has a prefix, and prints its number or its text as AT+CMEE
// says; any other text (SEND OK) is the same in every setting. The zero value
// is OK.
type Result struct {
	text   string
	code   int8 // V.250 number + 1; 0: text always
	prefix string
	num    int
	none   bool
}

// The basic result codes with their V.250 numbers.
var (
	OK        = Result{}
	Connect   = Result{text: "CONNECT", code: 1 + 1}
	Ring      = Result{text: "RING", code: 2 + 1}
	NoCarrier = Result{text: "NO CARRIER", code: 3 + 1}
	Error     = Result{text: "ERROR", code: 4 + 1}
	// Silent ends a command without a result code.
	Silent = Result{none: true}
)

// Literal is a result that has no number: "SEND OK", "SEND FAIL".
func Literal(text string) Result { return Result{text: text} }

// Extended is a result of 27.007 9.2: prefix "+CME ERROR", a number and its
// verbose text. With AT+CMEE=0 it is a plain ERROR.
func Extended(prefix string, num int, text string) Result {
	return Result{text: text, prefix: prefix, num: num}
}

// IsOK reports whether the result is OK.
func (r Result) IsOK() bool { return r == OK }

// String is the result as it reads with ATV1 and AT+CMEE=2.
func (r Result) String() string {
	switch {
	case r.none:
		return ""
	case r == OK:
		return "OK"
	case r.prefix != "":
		return r.prefix + ": " + r.text
	}
	return r.text
}

// append writes the result as the settings shape it.
func (r Result) append(w []byte, s *Settings) []byte {
	if r.none || s.Quiet {
		return w
	}
	text, code := r.text, r.code
	switch {
	case r == OK:
		text, code = "OK", 1
	case r.prefix != "" && s.CMEE == 0:
		return Error.append(w, s)
	case r.prefix != "" && s.CMEE == 1:
		text = r.prefix + ": " + strconv.Itoa(r.num)
	case r.prefix != "":
		text = r.prefix + ": " + r.text
	}
	if code > 0 && !s.Verbose {
		return append(strconv.AppendInt(w, int64(code-1), 10), s.cr())
	}
	w = s.lead(w)
	w = append(w, text...)
	return append(w, s.cr(), s.lf())
}

// What the engine itself finds wrong with a command line. The module's Policy
// maps these to a Result, as it does its own errors.
var (
	ErrUnknown = errors.New("unknown command")
	ErrForm    = errors.New("the command has no such form")
	ErrSyntax  = errors.New("malformed command line")
	ErrTooLong = errors.New("command line too long")
)

// ParamError is a parameter outside what its row declares.
type ParamError struct {
	Command string // "+QSSLOPEN"
	Param   string // "clientID"; empty when there is one too many
	Reason  string // "12 is outside 0-11"
}

func (e *ParamError) Error() string {
	if e.Param == "" {
		return fmt.Sprintf("AT%s: %s", e.Command, e.Reason)
	}
	return fmt.Sprintf("AT%s: <%s>: %s", e.Command, e.Param, e.Reason)
}
