package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A cause is why a step failed, as far as it matters for what to do next.
type cause int

const (
	causeRefused  cause = iota // the module said no
	causeTimeout               // no answer, but the line is in step again
	causeStale                 // an answer that belongs to something else
	causeRebooted              // the module has started anew
	causeDeaf                  // the module answers nothing at all
	causeDevice                // the device cannot be read or written
	causeClosed                // the connection was closed by the other side
	causePDPDown               // the PDP context was deactivated by the network
	causeNoEcho                // the server did not send the message back
	causeGarbled               // what came back is not what was sent
	causeDeadline              // there is no time left
	causeHopeless              // no recovery will help: a human has to
)

// A failure is a step that failed.
type failure struct {
	cause cause
	what  string // the command, or the step
	code  int    // a result code (550-574) or CME error; 0: not known
	why   string // in words; "": by the cause alone
}

var causeTexts = map[cause]string{
	causeRefused:  "refused",
	causeTimeout:  "no answer in time",
	causeStale:    "got the answer to something else",
	causeRebooted: "the module rebooted",
	causeDeaf:     "the module does not answer",
	causeDevice:   "the device failed",
	causeClosed:   "the connection was closed",
	causePDPDown:  "the PDP context was deactivated",
	causeNoEcho:   "the server did not answer",
	causeGarbled:  "the data was damaged",
	causeDeadline: "the time is over",
}

func (f *failure) Error() string {
	text := f.what + ": "
	if f.why != "" {
		text += f.why
	} else {
		text += causeTexts[f.cause]
	}
	if f.code != 0 {
		text += fmt.Sprintf(" (%d)", f.code)
	}
	return text
}

// failed is the failure in err, or nil.
func failed(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// is reports whether err is a failure of one of the causes.
func is(err error, causes ...cause) bool {
	f := failed(err)
	for _, c := range causes {
		if f != nil && f.cause == c {
			return true
		}
	}
	return false
}

// cmeNotFound is the one CME error that is not a failure for us: a file that is
// to be deleted is not there.
const cmeNotFound = 405

// cmeWords are what some modules say instead of the number, whatever AT+CMEE is.
var cmeWords = map[string]int{
	"file not found": cmeNotFound,
}

// refusal makes a failure of a final result that is not OK. The code of a plain
// ERROR has to be asked for.
func refusal(command, final string) *failure {
	f := &failure{cause: causeRefused, what: command, why: final}
	for _, head := range []string{"+CME ERROR:", "+CMS ERROR:"} {
		if text, ok := strings.CutPrefix(final, head); ok {
			text = strings.TrimSpace(text)
			if n, err := strconv.Atoi(text); err == nil {
				f.code = n
			} else {
				f.code = cmeWords[strings.ToLower(text)]
			}
		}
	}
	return f
}
