package chat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Format writes the script as text, one line per step. Parsing that text gives
// the same steps. A script that Parse did not make must keep what the fields of
// [Step] promise; control characters in a comment or title become blanks.
func Format(s *Script) []byte {
	var b strings.Builder
	for _, step := range s.Steps {
		b.WriteString(step.String())
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// String is the step as a line of a script, without the line's end.
func (s Step) String() string {
	var arg string
	switch s.Op {
	case OpSend, OpSendRaw, OpExpect, OpExpectMore, OpExpectRaw:
		arg = s.Data.String()
	case OpComment, OpSection:
		arg = plain(s.Text)
	case OpFile:
		arg = s.Text
	case OpSize:
		arg = s.Name + " " + s.Text
	case OpWait, OpQuiet, OpTimeout:
		arg = s.Duration.String()
	case OpEcho:
		arg = "off"
		if s.On {
			arg = "on"
		}
	}
	if arg == "" {
		return string(s.Op)
	}
	return string(s.Op) + " " + arg
}

// plain makes any text fit into a comment: valid UTF-8, on one line, nothing
// that a terminal would obey, no blanks at the end.
func plain(text string) string {
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " ")), " ")
}

// quote writes bytes readably, on one line, with the escapes of a script.
func quote(bytes string) string {
	var b strings.Builder
	appendQuoted(&b, bytes, false)
	return b.String()
}

// quoted is quote between quotation marks.
func quoted(bytes string) string {
	if strings.Contains(bytes, `"`) {
		return "'" + quote(bytes) + "'"
	}
	return `"` + quote(bytes) + `"`
}

// show is one byte in a message.
func show(b byte) string { return quoted(string([]byte{b})) }

// appendQuoted writes bytes with the escapes of a script. With braces, a brace
// that would start a placeholder is doubled.
func appendQuoted(b *strings.Builder, bytes string, braces bool) {
	for len(bytes) > 0 {
		r, size := utf8.DecodeRuneInString(bytes)
		switch {
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '{' && braces:
			b.WriteString("{{")
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for i := range size {
				fmt.Fprintf(b, `\x%02x`, bytes[i])
			}
		default:
			b.WriteRune(r)
		}
		bytes = bytes[size:]
	}
}
