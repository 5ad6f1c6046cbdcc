package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

// stage shows a session as it happens, each line of the host and of the modem
// on a line of its own:
//
//	== 3.1 Configure and activate the PDP context
//	> AT+QIACT=1
//	  PDP context 1 is up, address 10.7.157.1
//	< OK
//
// The marks are those of a transcript. A byte is shown when it passes, but for
// three things: the modem's echo of what the host has sent, the empty lines that
// frame the modem's answers, and all of a file after its first line.
//
// It is safe for concurrent use: what passes comes from the player, notes come
// from the modem.
type stage struct {
	mu      sync.Mutex
	w       io.Writer
	out     strings.Builder // what this call writes
	err     error           // the first one of w
	colour  bool
	section string

	who    chat.Dir // whose line is under way; 0: there is none
	line   []byte   // what the modem has said of its line
	more   int      // bytes of the host's file that are not shown
	folded bool     // the host's file is past its first line
	notes  []string // wait for the end of the line

	echo   []byte // what the modem is going to echo
	echoed int    // how much of it has come
	data   bool   // after CONNECT: what the host sends is data, which nobody echoes
}

func newStage(w io.Writer, colour bool) *stage { return &stage{w: w, colour: colour} }

// The looks of what is shown, as parameters of SGR (ECMA-48 8.3.117).
const (
	bold      = "1"
	faint     = "2"
	red       = "1;31"
	green     = "1;32"
	hostLook  = "36"
	modemLook = "33"
)

// open announces what is going to be seen.
func (s *stage) open(r bench.Ready) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text(bold, "qsim demo: chapter 3 of the SSL application note")
	s.out.WriteString("\n")
	s.text(faint, fmt.Sprintf("An %s on %s, its servers in this process: no network is needed.", r.Module, r.Device))
	s.out.WriteString("\n")
	s.text(hostLook, "> what the host sends")
	s.out.WriteString("   ")
	s.text(modemLook, "< what the modem says (its echo is not shown twice)")
	s.out.WriteString("\n")
	s.flush()
}

// pass shows bytes on their way. It is a chat.Options.Observe.
func (s *stage) pass(dir chat.Dir, p []byte, section string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if section != s.section {
		s.section = section
		s.endLine()
		s.out.WriteString("\n")
		s.text(bold, "== "+section)
		s.out.WriteString("\n")
	}
	for _, b := range p {
		if dir == chat.Host {
			s.fromHost(b)
		} else {
			s.fromModem(b)
		}
	}
	s.flush()
}

// note shows what happens behind the modem, once no line is under way.
func (s *stage) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
	if s.who == 0 {
		s.endLine()
	}
	s.flush()
}

// verdict ends the session.
func (s *stage) verdict(good bool, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLine()
	s.out.WriteString("\n")
	if good {
		s.text(green, "PASS")
	} else {
		s.text(red, "FAIL")
	}
	s.out.WriteString(": " + why + "\n")
	s.flush()
}

// failure is the first error of the writer.
func (s *stage) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *stage) fromHost(b byte) {
	if !s.data && b != ctrlZ && b != esc { // the module does not echo these (ruling 9)
		s.echo = append(s.echo, b)
	}
	switch {
	case s.folded:
		s.more++
	case b != '\r' && b != '\n':
		s.put(chat.Host, b)
	case s.data:
		s.begin(chat.Host)
		s.folded, s.more = true, 1
	default:
		s.begin(chat.Host)
		s.endLine()
	}
}

func (s *stage) fromModem(b byte) {
	if s.echoed < len(s.echo) && b == s.echo[s.echoed] {
		if s.echoed++; s.echoed == len(s.echo) {
			s.echo, s.echoed = s.echo[:0], 0
		}
		return
	}
	// It was no echo after all: what was taken for one is shown.
	held := s.echo[:s.echoed]
	s.echo, s.echoed = nil, 0
	for _, b := range append(held, b) {
		s.said(b)
	}
}

// said shows a byte of the modem, and notices when data begins and ends.
func (s *stage) said(b byte) {
	switch b {
	case '\r':
		return
	case '\n':
		switch line := string(s.line); {
		case strings.HasPrefix(line, "CONNECT"):
			s.data = true
		case line == "OK" || line == "ERROR" || line == "NO CARRIER" || strings.HasPrefix(line, "+CME ERROR"):
			s.data = false
		}
		if s.who == chat.Modem {
			s.endLine()
		}
		return
	}
	s.put(chat.Modem, b)
	s.line = append(s.line, b)
}

// put shows a byte in a line of who.
func (s *stage) put(who chat.Dir, b byte) {
	s.begin(who)
	switch {
	case b == ctrlZ:
		s.out.WriteString("<CTRL+Z>")
	case b == esc:
		s.out.WriteString("<ESC>")
	case b < ' ' || b == 0x7f:
		fmt.Fprintf(&s.out, `\x%02x`, b)
	default:
		s.out.WriteByte(b)
	}
}

// Keys that end a payload: Ctrl-Z sends it, ESC does not.
const (
	ctrlZ = 0x1a
	esc   = 0x1b
)

// begin begins a line of who, unless it is under way.
func (s *stage) begin(who chat.Dir) {
	if s.who == who {
		return
	}
	s.endLine()
	s.who = who
	mark, look := "> ", hostLook
	if who == chat.Modem {
		mark, look = "< ", modemLook
	}
	s.look(look)
	s.out.WriteString(mark)
}

// endLine ends the line under way, if there is one, and shows what has waited
// for that.
func (s *stage) endLine() {
	if s.who != 0 {
		if s.more > 0 {
			fmt.Fprintf(&s.out, " ... and %d bytes", s.more)
		}
		s.look("")
		s.out.WriteString("\n")
	}
	s.who, s.line, s.more, s.folded = 0, s.line[:0], 0, false
	for _, n := range s.notes {
		s.text(faint, "  "+n)
		s.out.WriteString("\n")
	}
	s.notes = s.notes[:0]
}

// text writes text in a look.
func (s *stage) text(look, text string) {
	s.look(look)
	s.out.WriteString(text)
	s.look("")
}

// look switches to a look; "" is none.
func (s *stage) look(parameters string) {
	if s.colour {
		s.out.WriteString("\x1b[" + parameters + "m")
	}
}

// flush writes what this call has to show.
func (s *stage) flush() {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, s.out.String())
	}
	s.out.Reset()
}
