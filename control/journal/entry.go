package journal

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// Schema is the form of an entry as JSON.
const Schema = "qsim/event/v1"

// The kinds of entries that are no events of the modem; those have the names of
// emulator.EventKinds.
const (
	Command = "command" // the host gave a command: Command
	Result  = "result"  // a command has its result: Command, Result
	Fault   = "fault"   // a rule acted: Fault, Rule, Text
	Control = "control" // somebody moved the modem from outside: Text
	Gap     = "gap"     // Dropped entries are lost to a reader that was too slow
)

// Entry is one line of a journal. What makes no sense for its kind is left out.
type Entry struct {
	Schema  string    `json:"schema"`
	Seq     uint64    `json:"seq"`               // from 1, without holes
	Time    time.Time `json:"time"`              // on the modem's clock, UTC
	Kind    string    `json:"kind"`              // command, result, fault, control, gap, or an event of the modem
	Port    string    `json:"port,omitempty"`    // usbmodem, usbat, uart1
	Client  *int      `json:"client,omitempty"`  // the SSL client, or the PDP context of an event of one
	Bytes   int       `json:"bytes,omitempty"`   // sent, received, uploaded
	Text    string    `json:"text,omitempty"`    // the URC, the file's name, the reason
	Command string    `json:"command,omitempty"` // as the host gave it: AT+CSQ
	Result  string    `json:"result,omitempty"`  // OK, ERROR, +CME ERROR: 405
	Fault   int       `json:"fault,omitempty"`   // the number of the rule
	Rule    string    `json:"rule,omitempty"`    // its name, or its trigger in words
	Dropped uint64    `json:"dropped,omitempty"` // of a gap: how many entries
}

// String is the entry in words, without its time and its number.
func (e *Entry) String() string {
	words := []string{e.Kind}
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if e.Port != "" {
		add("%s", e.Port)
	}
	if e.Client != nil {
		add("%d", *e.Client)
	}
	if e.Fault != 0 {
		add("%d (%s)", e.Fault, e.Rule)
	}
	if e.Command != "" {
		add("%s", e.Command)
	}
	if e.Result != "" {
		add("%s", e.Result)
	}
	if e.Text != "" {
		add("%s", strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(e.Text))
	}
	if e.Bytes != 0 {
		add("%d bytes", e.Bytes)
	}
	if e.Dropped != 0 {
		add("%d entries are lost", e.Dropped)
	}
	return strings.Join(words, " ")
}

// ofEvent is the entry of an event of the modem.
func ofEvent(e *emulator.Event) Entry {
	entry := Entry{Time: e.Time, Kind: string(e.Kind), Port: e.Port, Bytes: e.Bytes, Text: readable(e.Text)}
	if aboutClient(e.Kind) {
		id := e.Client
		entry.Client = &id
	}
	return entry
}

// aboutClient reports whether events of the kind are about an SSL client, a
// socket or a PDP context.
func aboutClient(kind emulator.EventKind) bool {
	return kind.OfClient() || kind == emulator.PDPActivated || kind == emulator.PDPReleased
}

// ofFault is the entry of a rule that acted.
func ofFault(e *fault.Entry) Entry {
	return Entry{Time: e.Time, Kind: Fault, Fault: e.ID, Rule: readable(e.Rule.String()), Text: readable(e.Text)}
}

// ofMoment is the entry of a command; ok is false for other moments.
func ofMoment(m *fault.Moment) (e Entry, ok bool) {
	switch m.Kind {
	case fault.Given:
		return Entry{Kind: Command, Port: m.Port, Command: readable(m.Call.String())}, true
	case fault.Answered:
		return Entry{Kind: Result, Port: m.Port, Command: "AT" + readable(string(m.Call.Name)), Result: readable(m.Result)}, true
	}
	return Entry{}, false
}

// readable is text that JSON can hold: bytes that are no UTF-8 become \xHH.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}
