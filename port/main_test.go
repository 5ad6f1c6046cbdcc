package port

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a test waits for what must come; reaching it is a
// failure.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if path := os.Getenv("PORT_TEST_LINK"); path != "" {
		os.Exit(holdLink(path))
	}
	goleak.VerifyTestMain(m)
}

// Port is what a modem asks of a port.
type Port interface {
	Next(buf []byte) (n int, ev Event, err error)
	TryWrite(p []byte) (int, error)
	WaitWritable() error
	Path() string
	Close() error
}

var (
	_ Port = (*PTY)(nil)
	_ Port = (*TCP)(nil)
	_ Port = (*PipePort)(nil)
)

// happening is one result of Next.
type happening struct {
	ev   Event
	data string
	err  error
}

func (h happening) String() string { return fmt.Sprintf("%v %.40q %v", h.ev, h.data, h.err) }

// modem reads a port's events.
type modem struct {
	t      *testing.T
	port   Port
	events chan happening
	extra  string // data already received, beyond what was wanted
}

// startModem calls Next until the port closes, which the test's end does.
func startModem(t *testing.T, p Port) *modem {
	m := &modem{t: t, port: p, events: make(chan happening)}
	ended := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1024)
		for {
			n, ev, err := p.Next(buf)
			select {
			case m.events <- happening{ev, string(buf[:n]), err}:
			case <-over:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(over)
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		<-ended
	})
	return m
}

func (m *modem) next() happening {
	m.t.Helper()
	select {
	case h := <-m.events:
		return h
	case <-time.After(patience):
		m.t.Fatal("Next reported nothing")
		return happening{}
	}
}

// want takes the next event, which must be ev.
func (m *modem) want(ev Event) {
	m.t.Helper()
	if h := m.next(); h.err != nil || h.ev != ev || m.extra != "" {
		m.t.Fatalf("got %v after %.40q left over, want %v", h, m.extra, ev)
	}
}

// wantData takes data events until they hold as much as text, which they must
// equal.
func (m *modem) wantData(text string) {
	m.t.Helper()
	for len(m.extra) < len(text) {
		h := m.next()
		if h.err != nil || h.ev != Data || h.data == "" {
			m.t.Fatalf("got %v after %d of %d bytes", h, len(m.extra), len(text))
		}
		m.extra += h.data
	}
	if m.extra[:len(text)] != text {
		m.t.Fatalf("got other bytes than sent, %d in all", len(text))
	}
	m.extra = m.extra[len(text):]
}

// send writes all of text as a modem does: TryWrite, and WaitWritable when the
// host is not reading.
func send(p Port, text string) error {
	for len(text) > 0 {
		n, err := p.TryWrite([]byte(text))
		if err != nil {
			return err
		}
		text = text[n:]
		if len(text) > 0 {
			if err := p.WaitWritable(); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill writes until the host's side takes no more and returns what it took.
func fill(t *testing.T, p Port) string {
	t.Helper()
	block := randomText(500)
	var taken strings.Builder
	for taken.Len() < 64<<20 {
		n, err := p.TryWrite([]byte(block))
		if err != nil {
			t.Fatalf("TryWrite after %d bytes: %v", taken.Len(), err)
		}
		if n == 0 {
			return taken.String()
		}
		taken.WriteString(block[:n])
	}
	t.Fatal("64 MiB taken by a host that does not read")
	return ""
}

// within returns f's result, which must come in time.
func within[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	result := make(chan T, 1)
	go func() { result <- f() }()
	select {
	case r := <-result:
		return r
	case <-time.After(patience):
		t.Fatalf("%s: not in time", what)
		panic("unreachable")
	}
}

// wantRead reads as many bytes as text has from a host's end; they must equal
// it.
func wantRead(t *testing.T, host io.Reader, text string) {
	t.Helper()
	buf := make([]byte, len(text))
	err := within(t, "host's read", func() error {
		_, err := io.ReadFull(host, buf)
		return err
	})
	if err != nil {
		t.Fatalf("host's read: %v", err)
	}
	if string(buf) != text {
		t.Fatalf("host read %.60q, want %.60q", buf, text)
	}
}

func mustSend(t *testing.T, host io.Writer, text string) {
	t.Helper()
	err := within(t, "host's write", func() error {
		_, err := io.WriteString(host, text)
		return err
	})
	if err != nil {
		t.Fatalf("host's write: %v", err)
	}
}

func mustClose(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// descriptors counts this process's open descriptors.
func descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
