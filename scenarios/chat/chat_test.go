package chat

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustParse is the script of a text that must be valid.
func mustParse(t testing.TB, text string) *Script {
	t.Helper()
	s, err := Parse("test.chat", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mirror is the modem of a flow: it takes what the host sends, which must be
// the flow's, and says what the modem says. The channel gives its result.
func mirror(dev io.ReadWriter, flow []Chunk) <-chan error {
	done := make(chan error, 1)
	go func() {
		for _, c := range flow {
			if c.Dir == Modem {
				if _, err := dev.Write(c.Bytes); err != nil {
					done <- err
					return
				}
				continue
			}
			got := make([]byte, len(c.Bytes))
			if _, err := io.ReadFull(dev, got); err != nil {
				done <- err
				return
			}
			if !bytes.Equal(got, c.Bytes) {
				done <- fmt.Errorf("line %d: the host sent %q, want %q", c.Line, got, c.Bytes)
				return
			}
		}
		done <- nil
	}()
	return done
}

// said is bytes that a talker says after a delay.
type said struct {
	after time.Duration
	text  string
}

// talker is a modem that takes whatever the host sends and says what it was
// told to, whatever the host does. The function ends it.
func talker(dev net.Conn, what ...said) (stop func()) {
	done := make(chan struct{}, 2)
	go func() {
		_, _ = io.Copy(io.Discard, dev) // ends with the pipe
		done <- struct{}{}
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		for _, s := range what {
			time.Sleep(s.after) // a bubble's time
			if _, err := io.WriteString(dev, s.text); err != nil {
				return
			}
		}
	}()
	return func() {
		dev.Close()
		<-done
		<-done
	}
}

// pipe is a host's end and a modem's end, closed with the test.
func pipe(t testing.TB) (host, modem net.Conn) {
	host, modem = net.Pipe()
	t.Cleanup(func() {
		host.Close()
		modem.Close()
	})
	return host, modem
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update rewrites it)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}
