package main

import (
	"bytes"
	"strings"
)

// What the module says unasked. A line that begins otherwise but like one of
// them ("+", "^") counts as a URC too: firmware knows more than any manual.
var urcHeads = []string{
	"+QSSLURC: ", "+QIURC: ", "+QSSLOPEN: ", "+QIOPEN: ", "+QIND: ", "+QUSIM: ",
}

// intruders are what has been seen inside other output; intruder looks for
// these only, since a body may contain anything.
var intruders = append([]string{"%DBG<", "\r\nRDY\r\n"}, urcHeads...)

// maxIntruder bounds a URC that is looked for in a body.
const maxIntruder = 160

// isFinal reports whether text ends a command. "+CME ERROR:" comes with a number
// or with words, whatever AT+CMEE says.
func isFinal(text string) bool {
	switch text {
	case "OK", "ERROR", "SEND OK", "SEND FAIL", "NO CARRIER":
		return true
	}
	return strings.HasPrefix(text, "+CME ERROR:") || strings.HasPrefix(text, "+CMS ERROR:")
}

func isURC(text string) bool {
	switch text {
	case "RDY", "APP RDY", "POWERED DOWN":
		return true
	}
	return text[0] == '+' || text[0] == '^'
}

// takeApart classifies a line, in parts where the module has glued several
// together, and takes our own words out of it.
func (s *stream) takeApart(text string) {
	for {
		text = strings.TrimLeftFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
		if text = s.dropEcho(text); text == "" {
			return
		}
		n := s.glued(text)
		s.classify(text[:n])
		text = text[n:]
	}
}

// dropEcho takes a returned command off the front of a line. A URC may cut the
// command in two, so a beginning of it is enough, and the rest may follow.
func (s *stream) dropEcho(text string) string {
	echo := s.want.echo
	if echo == "" || (!s.echoed && !strings.HasPrefix(text, "AT")) {
		return text
	}
	n := 0
	for n < len(text) && n < len(echo) && text[n] == echo[n] {
		n++
	}
	rest := text[n:]
	// A line that only begins like the command is something else, unless what
	// follows is known to be a line of its own.
	if n == 0 || (rest != "" && !s.begins(rest)) {
		return text
	}
	s.want.echo, s.echoed = echo[n:], true
	s.emit(kindEcho, text[:n])
	return rest
}

// results can be followed by something else on the same line. The longer ones
// come first.
var results = []string{"SEND FAIL", "SEND OK", "ERROR", "OK"}

// glued is the length of the first of the lines that are glued together in text.
func (s *stream) glued(text string) int {
	for _, r := range results {
		if rest, ok := strings.CutPrefix(text, r); ok && rest != "" && (s.begins(rest) || strings.HasPrefix(rest, "AT")) {
			return len(r)
		}
	}
	n := len(text)
	for _, h := range s.heads() {
		// The first byte is not looked at: a head there is no second line.
		if i := strings.Index(text[1:], h) + 1; i > 0 && i < n && strings.Count(text[:i], `"`)%2 == 0 {
			n = i
		}
	}
	if n < len(text) {
		return n
	}
	// The result behind the last field of an answer.
	if s.isAnswer(text) {
		for _, r := range []string{"OK", "ERROR"} {
			if before, ok := strings.CutSuffix(text, r); ok && strings.ContainsAny(before[len(before)-1:], `0123456789"`) {
				return len(before)
			}
		}
	}
	return n
}

// heads are the beginnings by which a line is known in the middle of another.
func (s *stream) heads() []string {
	list := append([]string{"+CME ERROR:"}, urcHeads...)
	if s.want.prefix != "" {
		list = append(list, s.want.prefix)
	}
	return list
}

// begins reports whether text begins as a known line does.
func (s *stream) begins(text string) bool {
	for _, h := range s.heads() {
		if strings.HasPrefix(text, h) {
			return true
		}
	}
	for _, r := range results {
		if strings.HasPrefix(text, r) {
			return true
		}
	}
	return text[0] == '%'
}

// intruder finds a URC in raw, with the line ends around it. end is -1 when it
// is not here in full, start when there is none.
func intruder(raw []byte) (start, end int) {
	start = -1
	for _, h := range intruders {
		i := bytes.Index(raw, []byte(h))
		if i < 0 {
			i = cutShort(raw, "\r\n"+strings.TrimPrefix(h, "\r\n"))
		}
		if i >= 0 && (start < 0 || i < start) {
			start = i
		}
	}
	if start < 0 {
		return -1, -1
	}
	text := start
	if bytes.HasPrefix(raw[start:], []byte("\r\n")) {
		text += 2
	} else if start >= 2 && bytes.HasPrefix(raw[start-2:], []byte("\r\n")) {
		start -= 2
	}
	stop := bytes.Index(raw[text:], []byte("\r\n"))
	if stop < 0 {
		return start, -1
	}
	return start, text + stop + 2
}

// cutShort is where raw ends in a beginning of head, or -1.
func cutShort(raw []byte, head string) int {
	for n := min(len(head)-1, len(raw)); n > 0; n-- {
		if bytes.HasSuffix(raw, []byte(head[:n])) {
			return len(raw) - n
		}
	}
	return -1
}
