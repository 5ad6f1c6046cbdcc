package control

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"syscall"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/vfs"
)

// Error is why something was refused, as the body of every answer from 400 on.
type Error struct {
	Status   int       `json:"-"`
	Code     string    `json:"code"`               // one word for programs
	Message  string    `json:"message"`            // for people
	Hint     string    `json:"hint,omitempty"`     // what to do about it
	Problems []Problem `json:"problems,omitempty"` // all that is wrong with what was sent
}

// Problem is one thing wrong in what was sent.
type Problem struct {
	Line    int    `json:"line"` // from 1
	Col     int    `json:"col"`  // from 1, in characters
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Which is the code of a request that names none of several modems.
const Which = "which"

// The codes of errors and their status.
var statuses = map[string]int{
	"invalid":            http.StatusBadRequest, // what was sent
	"forbidden":          http.StatusForbidden,  // a web page, or a name that leads here from elsewhere
	Which:                http.StatusNotFound,
	"not_found":          http.StatusNotFound,
	"method_not_allowed": http.StatusMethodNotAllowed,
	"timeout":            http.StatusRequestTimeout,
	"conflict":           http.StatusConflict, // not as the modem is now
	"too_large":          http.StatusRequestEntityTooLarge,
	"internal":           http.StatusInternalServerError,
	"unavailable":        http.StatusServiceUnavailable, // the modem has ended, or there are too many
	"no_space":           http.StatusInsufficientStorage,
}

func refuse(code, hint, message string, args ...any) *Error {
	return &Error{Status: statuses[code], Code: code, Message: fmt.Sprintf(message, args...), Hint: hint}
}

// asError is any error as the client gets to see it.
func asError(err error) *Error {
	var known *Error
	var problems decl.Problems
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &problems):
		return invalid(problems)
	case errors.As(err, &large):
		return refuse("too_large", "", "more than the %d bytes that are taken here", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("timeout", "", "the request did not come in time")
	case errors.Is(err, emulator.ErrClosed):
		return refuse("unavailable", "", "%v", err)
	}
	if e := fileError(err); e != nil {
		return e
	}
	return refuse("internal", "", "%v", err)
}

// invalid is the error of what was sent, with all that is wrong with it.
func invalid(problems decl.Problems) *Error {
	e := refuse("invalid", problems[0].Hint, "%s", problems[0].Error())
	if n := len(problems) - 1; n > 0 {
		e.Message += fmt.Sprintf(" (and %d more)", n)
	}
	for _, p := range problems {
		e.Problems = append(e.Problems, Problem{Line: p.Line, Col: p.Col, Message: p.Why, Hint: p.Hint})
	}
	return e
}

// fileError is the error of the file store; nil: it is none.
func fileError(err error) *Error {
	for _, f := range []struct {
		is   error
		code string
		hint string
	}{
		{syscall.ENOSPC, "no_space", "the disk of the directory of --ufs is full"},
		{vfs.ErrName, "invalid", fmt.Sprintf("a name is 1 to %d bytes, none of them NUL", vfs.MaxName)},
		{vfs.ErrNotFound, "not_found", "see GET /v1/files, or qsim ctl files"},
		{vfs.ErrRemove, "conflict", "an open file must be closed first: AT+QFCLOSE"},
		{vfs.ErrNoSpace, "no_space", "delete a file, or free what a fault has filled"},
		{vfs.ErrTooLarge, "too_large", "see GET /v1/files, or qsim ctl files, for how much there is"},
		{vfs.ErrWrite, "internal", "see to the directory of --ufs; where a fault has it fail, take that away"},
	} {
		if errors.Is(err, f.is) {
			return refuse(f.code, f.hint, "%v", err)
		}
	}
	return nil
}
