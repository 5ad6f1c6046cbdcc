package device

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a TCP port at which each connection is handed to serve.
func server(t *testing.T, serve func(net.Conn)) (path string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "tcp://" + l.Addr().String()
}

// expectAT reads the question.
func expectAT(conn net.Conn) bool {
	buf := make([]byte, 16)
	n, err := conn.Read(buf)
	return err == nil && string(buf[:n]) == "AT\r"
}

func TestAsk(t *testing.T) {
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  string // in the error; "" for none
	}{
		{"a modem", func(c net.Conn) {
			if expectAT(c) {
				c.Write([]byte("\r\n+QIND: SMS DONE\r\nAT\r\r\nO"))
				c.Write([]byte("K\r\n"))
			}
		}, ""},
		{"silence", func(c net.Conn) {
			expectAT(c)
			c.Read(make([]byte, 1)) // until the other side closes
		}, "does not answer AT"},
		{"something else", func(c net.Conn) {
			expectAT(c)
			c.Write([]byte("login: "))
			c.Read(make([]byte, 1))
		}, `answers AT with "login: "`},
		{"no end of it", func(c net.Conn) {
			for {
				if _, err := c.Write([]byte(strings.Repeat("x", 1024))); err != nil {
					return
				}
			}
		}, "does not answer AT with OK"},
		{"it hangs up", func(c net.Conn) { expectAT(c) }, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Ask(server(t, tt.serve))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestReopenTCP plays a transcript over two connections.
func TestReopenTCP(t *testing.T) {
	path := server(t, func(c net.Conn) {
		if expectAT(c) {
			c.Write([]byte("AT\r\r\nOK\r\n"))
			c.Read(make([]byte, 1))
		}
	})
	dev, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	script, err := chat.Parse("test", []byte("> AT\n< OK\n@reopen\n> AT\n< OK\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chat.Play(context.Background(), dev, script, chat.Options{}); err != nil {
		t.Error(err)
	}
	if err := errors.Join(dev.Close(), dev.Close()); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"Reopen": dev.Reopen(), "SetReadDeadline": dev.SetReadDeadline(time.Now()), "SetWriteDeadline": dev.SetWriteDeadline(time.Now()),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if _, err := dev.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if _, err := dev.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
}

// TestRate sets the rate of a PTY, which the master sees.
func TestRate(t *testing.T) {
	p, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, rate := range []int{9600, 921600, 12345} {
		dev, err := Open(p.Path(), rate)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Baud(); err != nil || got != rate {
			t.Errorf("the rate is %d (%v), want %d", got, err, rate)
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open("tcp://127.0.0.1:1", 9600); err == nil {
		t.Error("a TCP port took a rate")
	}
	if _, err := Open(os.DevNull, 9600); err == nil {
		t.Error("no terminal, but it took a rate")
	}
	if _, err := Open(os.DevNull, 0); err == nil {
		t.Error("no terminal, but it was opened as one")
	}
	if _, err := Open("nowhere", 9600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
