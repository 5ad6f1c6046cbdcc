package main

import (
	"bytes"
	"strconv"
	"strings"
)

// A kind says what a token of the module's output is.
type kind int

const (
	kindFinal   kind = iota // a final result: OK, ERROR, SEND OK, +CME ERROR: 3
	kindInfo                // a line of the answer to the command under way
	kindBody                // the counted bytes of an answer
	kindPrompt              // "> "
	kindConnect             // CONNECT: raw bytes may follow
	kindURC                 // an unsolicited result code, known or not
	kindEcho                // our own words coming back
	kindNoise               // anything else: debug output, a wrong baud rate
)

// A token is one thing that the module said.
type token struct {
	kind kind
	text string // of a line, without its end
	body []byte // of kindBody
}

// A want is what the command under way makes the stream expect. Most of the
// module's output cannot be told apart without: "+CEREG: 0,1" is an answer to a
// question and a URC otherwise, ">" is a prompt or the start of a line.
type want struct {
	echo    string // may come back, in pieces
	prefix  string // of the lines of the answer, with the colon; "": there are none
	fields  int    // a line with fewer is a URC of the same name
	body    bool   // the line of the answer is a count, and so many bytes follow
	prompt  bool   // a prompt may come
	connect bool   // CONNECT may come
}

// maxLine bounds a line: garbage need not contain line ends. Real lines are
// shorter than 200 bytes.
const maxLine = 4096

// maxBody is the most that AT+QSSLRECV and AT+QIRD give at once (seed 2.2.4).
const maxBody = 1500

// A stream cuts the bytes of a module into tokens. It works byte by byte, so the
// result does not depend on how the bytes were grouped on their way.
type stream struct {
	tokens []token // ready to be taken

	want   want
	echoed bool // a part of want.echo has been seen, the rest is in want.echo

	line      []byte
	skipLF    bool // the last byte was the CR of a CR LF, perhaps
	skipBlank bool // the last byte was the ">" of a "> ", perhaps

	need int    // bytes of a body that is coming; 0: none
	raw  []byte // what has come of it
}

// expect sets what the next command makes likely.
func (s *stream) expect(w want) { s.want, s.echoed = w, false }

// expectPayload says that p is being sent as data, and will come back if the
// module echoes data (AT+QISDE=1, as after a boot).
func (s *stream) expectPayload(p []byte) { s.want, s.echoed = want{echo: string(p)}, true }

// take takes the first token.
func (s *stream) take() (token, bool) {
	if len(s.tokens) == 0 {
		return token{}, false
	}
	t := s.tokens[0]
	s.tokens = s.tokens[1:]
	return t, true
}

// feed takes bytes of the module.
func (s *stream) feed(p []byte) {
	for _, b := range p {
		s.step(b)
	}
}

func (s *stream) step(b byte) {
	lf, blank := s.skipLF, s.skipBlank
	s.skipLF, s.skipBlank = false, false
	switch {
	case lf && b == '\n', blank && b == ' ':
	case s.need > 0:
		s.raw = append(s.raw, b)
		s.checkBody()
	case b == '\r', b == '\n':
		s.skipLF = b == '\r'
		s.endLine()
	case b == '>' && len(s.line) == 0 && s.want.prompt:
		s.want.prompt = false
		s.skipBlank = true
		s.emit(kindPrompt, ">")
	default:
		s.line = append(s.line, b)
		if len(s.line) >= maxLine {
			s.emit(kindNoise, string(s.line))
			s.line = s.line[:0]
		}
	}
}

func (s *stream) emit(k kind, text string) {
	s.tokens = append(s.tokens, token{kind: k, text: text})
}

func (s *stream) endLine() {
	text := string(s.line)
	s.line = s.line[:0]
	s.takeApart(text)
}

// quiet says that the module has been silent for a moment. A result without its
// line end is taken as one then, and a body that ended early as what there is of
// it: nothing that completes them will come.
func (s *stream) quiet() {
	if s.need > 0 {
		for _, end := range []string{"\r\n\r\nOK\r\n", "\r\nOK\r\n"} {
			if short, ok := bytes.CutSuffix(s.raw, []byte(end)); ok {
				s.endBody(len(short))
				return
			}
		}
		return
	}
	switch text := string(s.line); text {
	case "OK", "ERROR", "SEND OK", "SEND FAIL":
		s.line = s.line[:0]
		s.emit(kindFinal, text)
	}
}

// abandon forgets what is half received: the command it belonged to was given
// up.
func (s *stream) abandon() {
	if n := len(s.line) + len(s.raw); n > 0 {
		s.emit(kindNoise, strconv.Itoa(n)+" bytes of an answer that was given up")
	}
	s.line, s.raw, s.need = s.line[:0], nil, 0
	s.expect(want{})
}

// checkBody looks whether the body is complete. The count is right when a line
// end follows it. If not, a URC has slipped in before or into the body; it is
// taken out, and as many bytes more are awaited.
func (s *stream) checkBody() {
	for s.need > 0 && len(s.raw) >= s.need+2 {
		if s.raw[s.need] == '\r' && s.raw[s.need+1] == '\n' {
			s.endBody(s.need)
			return
		}
		start, end := intruder(s.raw)
		switch {
		case start < 0:
			s.endBody(s.need) // bytes are missing: the count is all there is
			return
		case end < 0:
			if len(s.raw)-start < maxIntruder {
				return // it is not here in full
			}
			s.endBody(s.need)
			return
		}
		text := strings.Trim(string(s.raw[start:end]), "\r\n")
		s.raw = append(s.raw[:start:start], s.raw[end:]...)
		s.classify(text)
	}
}

// endBody ends the body after n bytes. What came behind them is lines again.
func (s *stream) endBody(n int) {
	body, rest := s.raw[:n:n], s.raw[n:]
	s.raw, s.need = nil, 0
	s.tokens = append(s.tokens, token{kind: kindBody, body: body})
	s.feed(rest)
}

// classify says what a line is.
func (s *stream) classify(text string) {
	switch {
	case text == "":
	case isFinal(text):
		s.emit(kindFinal, text)
	case s.want.connect && (text == "CONNECT" || strings.HasPrefix(text, "CONNECT ")):
		s.want.connect = false
		s.emit(kindConnect, text)
	case s.isAnswer(text):
		s.emit(kindInfo, text)
		if s.want.body {
			s.startBody(strings.TrimSpace(text[len(s.want.prefix):]))
		}
	case isURC(text):
		s.emit(kindURC, text)
	case strings.HasPrefix(text, "AT"):
		s.emit(kindEcho, text)
	default:
		s.emit(kindNoise, text)
	}
}

func (s *stream) isAnswer(text string) bool {
	return s.want.prefix != "" && strings.HasPrefix(text, s.want.prefix) &&
		strings.Count(text, ",")+1 >= s.want.fields
}

func (s *stream) startBody(count string) {
	// A count that cannot be is a damaged line; waiting for as many bytes would
	// swallow everything else.
	if n, err := strconv.Atoi(count); err == nil && n > 0 && n <= maxBody {
		s.need, s.raw = n, make([]byte, 0, n+2)
	}
}
