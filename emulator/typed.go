package emulator

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Type types a command line at the first port, before a host does, and returns
// what the line says to it at once: the echo, and the answer of a command that
// does not wait for anything. A modem without a port says nothing.
func (l Levers) Type(p []byte) []byte {
	if len(l.m.ports) == 0 {
		return nil
	}
	a := l.m.ports[0]
	said := &[]byte{}
	before := a.captured
	a.captured = said
	a.line.Feed(p)
	a.captured = before
	return *said
}

// setupTime bounds one command of Setup, on the wall clock.
const setupTime = time.Minute

// setupPoll is how often Setup looks whether a command has its answer.
const setupPoll = 2 * time.Millisecond

// Setup runs one command line at the first port, before a host is let in, and
// waits for its answer. The error is an answer that is not OK, with its text, or
// ErrClosed. Settings that the line makes, ATE0 included, stay.
func (m *Modem) Setup(line string) error {
	var said []byte
	var a *port
	err := m.do(func() {
		if len(m.ports) > 0 {
			a = m.ports[0]
			a.captured = &said
			a.line.Feed([]byte(line + "\r"))
		}
	})
	if err != nil {
		return err
	}
	if a == nil {
		return errors.New("the modem has no port")
	}
	for end := time.Now().Add(setupTime); ; time.Sleep(setupPoll) {
		idle, text := false, ""
		if err := m.do(func() {
			if idle = a.line.State() == "command"; idle || time.Now().After(end) {
				a.captured = nil
			}
			text = strings.TrimSpace(string(said))
		}); err != nil {
			return err
		}
		switch {
		case idle && (text == "OK" || strings.HasSuffix(text, "\r\nOK")):
			return nil
		case idle:
			return fmt.Errorf("%s answered %q", line, strings.TrimSpace(strings.TrimPrefix(text, line)))
		case time.Now().After(end):
			return fmt.Errorf("%s has not been answered", line)
		}
	}
}
