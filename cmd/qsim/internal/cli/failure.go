// Package cli is what all commands of qsim owe their user alike: exit codes,
// errors in one line with a hint, and the word that was probably meant.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
)

// Exit codes. Those from 124 on are only those of qsim exec, whose other codes
// are the child's: 125 to 127 as env(1) has them, 124 as timeout(1).
const (
	CodeOK          = 0
	CodeFailed      = 1   // an expectation was not met
	CodeUsage       = 2   // the command line, the settings, an unreadable transcript
	CodeEnvironment = 3   // no PTY, address in use, link taken, device not there
	CodeTimeout     = 124 // exec: --timeout ended the command
	CodeSelf        = 125 // exec: qsim itself could not
	CodeNotRunnable = 126 // exec: the command is there but cannot be run
	CodeNotFound    = 127 // exec: there is no such command
)

// Failure is an error as the user gets to see it:
//
//	qsim: What: Why
//	hint: Hint
type Failure struct {
	Code int    // the exit code
	What string // what it was about: "--speed", "qsim.yaml:3:8", "demo"; may be empty
	Why  string // what is wrong with it; may run over several lines
	Hint string // what to do about it; may be empty
}

func (f *Failure) Error() string {
	if f.What == "" {
		return f.Why
	}
	return f.What + ": " + f.Why
}

// Usage is a failure of the one who typed the command.
func Usage(what, hint, why string, args ...any) *Failure {
	return &Failure{Code: CodeUsage, What: what, Why: fmt.Sprintf(why, args...), Hint: hint}
}

// Environment is a failure of what qsim runs in.
func Environment(what string, err error, hint string) *Failure {
	return &Failure{Code: CodeEnvironment, What: what, Why: err.Error(), Hint: hint}
}

// About returns err as a failure that says what it was about. A Failure keeps
// its code and hint, several of them say themselves what they are about; any
// other error is one of usage.
func About(what string, err error) error {
	var all Failures
	if errors.As(err, &all) {
		return all
	}
	var f *Failure
	if !errors.As(err, &f) {
		return Usage(what, "", "%v", err)
	}
	about := *f
	if about.What = what; f.What != "" {
		about.What += ": " + f.What
	}
	return &about
}

// Failures are several failures, in the order in which the user is told of them.
type Failures []*Failure

func (f Failures) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is f as an error, nil when there are none.
func (f Failures) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Exit is an exit code about which there is nothing to say.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Report tells the user of err, which may be nil, on w, and returns the exit
// code, of several failures that of the first. An error that is none of these
// and no Exit is one of usage.
func Report(w io.Writer, err error) int {
	if err == nil {
		return CodeOK
	}
	var exit Exit
	if errors.As(err, &exit) {
		return int(exit)
	}
	var all Failures
	if !errors.As(err, &all) || len(all) == 0 {
		var f *Failure
		var errno syscall.Errno
		switch {
		case errors.As(err, &f):
		case errors.As(err, &errno): // of a writer that is full or gone
			f = Environment("", err, "")
		default:
			f = Usage("", "", "%v", err)
		}
		all = Failures{f}
	}
	var text strings.Builder
	for _, f := range all {
		text.WriteString("qsim: " + strings.TrimRight(f.Error(), "\n") + "\n")
		if f.Hint != "" {
			text.WriteString("hint: " + f.Hint + "\n")
		}
	}
	// Where stderr is gone the exit code still tells.
	_, _ = io.WriteString(w, text.String())
	return all[0].Code
}
