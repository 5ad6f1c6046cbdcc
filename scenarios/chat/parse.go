package chat

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says where a text is no transcript, why, and what to do.
type SyntaxError struct {
	File      string
	Line, Col int // from 1; Col counts bytes
	Msg       string
	Hint      string // what to write instead
}

// Error is "file:line:col: message; hint".
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Parse reads a transcript. name is the file's, for messages. A byte order mark
// and CR LF line ends, as editors leave them, are accepted. The error, if any,
// is the first one found, and a [*SyntaxError].
func Parse(name string, text []byte) (*Script, error) {
	s := &Script{Name: name}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		step, err := parseLine(string(bytes.TrimSuffix(line, []byte("\r"))))
		if err != nil {
			err.File, err.Line = name, n
			return nil, err
		}
		s.Steps = append(s.Steps, step)
	}
	return s, nil
}

// marks are the line starts in the order in which a line is compared with them.
var marks = []Op{
	OpSendRaw, OpSend, OpExpectRaw, OpExpectMore, OpExpect,
	OpSection, OpEcho, OpWait, OpQuiet, OpTimeout, OpFile, OpSize, OpReopen,
}

// parseLine reads one line. Of the error only Col, Msg and Hint are set.
func parseLine(line string) (Step, *SyntaxError) {
	if err := checkText(line); err != nil {
		return Step{}, err
	}
	if strings.TrimSpace(line) == "" {
		return Step{}, nil
	}
	if comment, ok := strings.CutPrefix(line, "#"); ok {
		return Step{Op: OpComment, Text: strings.TrimRight(strings.TrimPrefix(comment, " "), " ")}, nil
	}
	mark, arg, _ := strings.Cut(line, " ")
	op := Op(mark)
	if !slices.Contains(marks, op) {
		return Step{}, unknownMark(mark)
	}
	col := len(mark) + 2 // where arg starts
	switch op {
	case OpSend, OpSendRaw, OpExpect, OpExpectMore, OpExpectRaw:
		data, err := parsePattern(op, arg, col)
		return Step{Op: op, Data: data}, err
	}
	return parseDirective(op, strings.TrimRight(arg, " "), col)
}

// checkText finds what no line may hold.
func checkText(line string) *SyntaxError {
	for i, r := range line {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(line[i:]); size == 1 {
				return &SyntaxError{Col: i + 1, Msg: fmt.Sprintf("byte 0x%02x is not UTF-8", line[i]), Hint: fmt.Sprintf(`write \x%02x`, line[i])}
			}
		}
		if !unicode.IsPrint(r) {
			return &SyntaxError{Col: i + 1, Msg: fmt.Sprintf("character %U cannot be seen", r), Hint: "write " + quote(string(r)) + " in a line that is sent or expected, a blank elsewhere"}
		}
	}
	return nil
}

// unknownMark explains a line that starts with nothing known.
func unknownMark(mark string) *SyntaxError {
	err := &SyntaxError{Col: 1, Msg: fmt.Sprintf("%q starts no line of a transcript", mark)}
	switch {
	case mark == "":
		err.Msg, err.Hint = "the line starts with a blank", "remove the blank"
	case mark[0] == '@':
		var known []string
		for _, op := range marks {
			if op[0] == '@' {
				known = append(known, string(op))
			}
		}
		err.Msg = fmt.Sprintf("%q is no directive", mark)
		err.Hint = "the directives are " + strings.Join(known, " ")
	default:
		for _, op := range marks {
			if strings.HasPrefix(mark, string(op)) {
				err.Col, err.Msg = len(op)+1, fmt.Sprintf("a blank must follow %s", op)
				err.Hint = fmt.Sprintf("write %q", string(op)+" "+mark[len(op):])
				return err
			}
		}
		err.Hint = "a line starts with > or >> (the host sends), < or <| or << (the modem says), # or @"
	}
	return err
}

// parseDirective reads the argument of a line that starts with @.
func parseDirective(op Op, arg string, col int) (Step, *SyntaxError) {
	step := Step{Op: op}
	bad := func(msg, hint string) (Step, *SyntaxError) {
		return Step{}, &SyntaxError{Col: col, Msg: string(op) + ": " + msg, Hint: hint}
	}
	switch op {
	case OpSection:
		step.Text = arg
		if arg == "" {
			return bad("the title is missing", "write @section TITLE")
		}
	case OpEcho:
		step.On = arg == "on"
		if arg != "on" && arg != "off" {
			return bad(fmt.Sprintf("%q is neither on nor off", arg), "write @echo on or @echo off")
		}
	case OpWait, OpQuiet, OpTimeout:
		d, err := time.ParseDuration(arg)
		if err != nil {
			return bad(fmt.Sprintf("%q is no duration", arg), "write a number with its unit, as 1.1s or 200ms")
		}
		if d <= 0 || d > MaxDuration {
			return bad(fmt.Sprintf("%s is out of range", arg), fmt.Sprintf("write more than 0 and at most %v", MaxDuration))
		}
		step.Duration = d
	case OpSize:
		name, file, _ := strings.Cut(arg, " ")
		if !isName(name) {
			return bad(fmt.Sprintf("%q is no name", name), "write @size VAR FILE")
		}
		step.Name, arg = name, file
		col += len(name) + 1
		fallthrough
	case OpFile:
		step.Text = arg
		if arg == "." || !fs.ValidPath(arg) {
			return bad(fmt.Sprintf("%q is no file name", arg), "write a relative name with slashes and without ..")
		}
	case OpReopen:
		if arg != "" {
			return bad("takes no argument", "write @reopen alone")
		}
	}
	return step, nil
}

// parsePattern reads the text of a line that is sent or expected. col is the
// column of its first byte.
func parsePattern(op Op, text string, col int) (Pattern, *SyntaxError) {
	var p Pattern
	var lit []byte
	cut := func() {
		p = append(p, Literal(string(lit))...)
		lit = nil
	}
	bad := func(i int, msg, hint string) (Pattern, *SyntaxError) {
		return nil, &SyntaxError{Col: col + i, Msg: msg, Hint: hint}
	}
	if strings.HasSuffix(text, " ") {
		return bad(len(text)-1, "a blank ends the line, where editors strip it", `write \x20`)
	}
	for i := 0; i < len(text); {
		switch {
		case text[i] == '\\':
			b, size := unescape(text[i:])
			if size == 0 {
				return bad(i, "unknown escape", `write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`)
			}
			lit = append(lit, b)
			i += size
		case strings.HasPrefix(text[i:], "{{"):
			lit = append(lit, '{')
			i += 2
		case text[i] == '{':
			piece, size := parsePlaceholder(text[i:])
			if size == 0 {
				return bad(i, "this is no placeholder", "write {name}, {name:hex} or {name:any}, or {{ for a brace")
			}
			cut()
			p = append(p, piece)
			i += size
		default:
			lit = append(lit, text[i])
			i++
		}
	}
	cut()
	if raw := op == OpSendRaw || op == OpExpectRaw; raw && len(p) == 0 {
		return nil, &SyntaxError{Col: col - 1, Msg: fmt.Sprintf("%s has no bytes", op), Hint: "write them, or remove the line"}
	}
	if msg, hint := undecidable(op, p); msg != "" {
		return bad(0, msg, hint)
	}
	return p, nil
}

// undecidable finds a placeholder of the modem's side whose end the matcher
// could not tell.
func undecidable(op Op, p Pattern) (msg, hint string) {
	if op == OpSend || op == OpSendRaw {
		return "", ""
	}
	wire := Step{Op: op, Data: p}.wire()
	for i, piece := range wire {
		switch {
		case piece.Name == "":
		case i+1 == len(wire):
			return fmt.Sprintf("{%s} ends the line, so its own end cannot be told", piece.Name), "let the bytes that follow it stand on the same line"
		case wire[i+1].Name != "":
			return fmt.Sprintf("{%s} and {%s} cannot be told apart", piece.Name, wire[i+1].Name), "use one placeholder for both"
		case piece.Class != Any && piece.Class.holds(wire[i+1].Lit[0]):
			return fmt.Sprintf("{%s} would take the %q after it", piece.Name, wire[i+1].Lit[:1]), "let the placeholder cover it"
		}
	}
	return "", ""
}

// unescape reads the escape that text starts with; size 0 means that it is none.
func unescape(text string) (b byte, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`abfnrtv\`, text[1]); i >= 0 {
		return "\a\b\f\n\r\t\v\\"[i], 2
	}
	if text[1] != 'x' || len(text) < 4 || !Hex.holds(text[2]) || !Hex.holds(text[3]) {
		return 0, 0
	}
	return unhex(text[2])<<4 | unhex(text[3]), 4
}

// unhex is the value of a hexadecimal digit.
func unhex(digit byte) byte {
	if digit <= '9' {
		return digit - '0'
	}
	return digit&^0x20 - 'A' + 10
}

// parsePlaceholder reads the placeholder that text starts with; size 0 means
// that it is none.
func parsePlaceholder(text string) (piece Piece, size int) {
	inner, _, closed := strings.Cut(text[1:], "}")
	name, class, typed := strings.Cut(inner, ":")
	switch {
	case !closed || !isName(name):
		return Piece{}, 0
	case class == "hex":
		piece.Class = Hex
	case class == "any":
		piece.Class = Any
	case typed:
		return Piece{}, 0
	}
	piece.Name = name
	return piece, len(inner) + 2
}

// isName reports whether s can name a variable: a letter or underscore, then
// letters, digits and underscores, all ASCII.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
