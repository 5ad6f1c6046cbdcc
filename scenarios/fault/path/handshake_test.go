package path_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
	"github.com/quectel-sim/qsim/tlsstack"
)

// shake opens a TLS client to the lab's echo with f armed: before the open, or
// while the connection stands and nothing was said.
func shake(t *testing.T, below network.Network, f path.HandshakeFault, late bool, limit time.Duration) error {
	t.Helper()
	p := newPath(20)
	if !late {
		p.Handshake(f)
	}
	tcp, err := reach(testContext(t), p.Open(below), "echo.lab", 4433)
	if err != nil {
		t.Fatal(err)
	}
	if late {
		p.Handshake(f)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	conn, err := tlsstack.Dial(ctx, tcp, tlsstack.Config{})
	if err == nil {
		p.Connected()
		if _, err := conn.Write([]byte("hello")); err != nil {
			t.Error(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
			t.Errorf("echo: %q, %v", got, err)
		}
		conn.Close()
	}
	// The next open is not concerned.
	secure(t, p, below, 4433)
	return err
}

func TestHandshake(t *testing.T) {
	_, below := startLab(t)
	for name, tt := range map[string]struct {
		fault path.HandshakeFault
		limit time.Duration // of the negotiation, where it is waited for
		kind  tlsstack.Kind // 0: it succeeds
		cause error
	}{
		"slow":                {fault: path.HandshakeFault{Wait: time.Second}},
		"stall":               {fault: path.HandshakeFault{How: path.NoAnswer}, limit: 50 * time.Millisecond, kind: tlsstack.KindTimeout},
		"slower than time":    {fault: path.HandshakeFault{Wait: time.Hour}, limit: 50 * time.Millisecond, kind: tlsstack.KindTimeout},
		"alert":               {fault: path.HandshakeFault{How: path.AnswersAlert, Alert: 40}, kind: tlsstack.KindHandshake},
		"late alert":          {fault: path.HandshakeFault{How: path.AnswersAlert, Alert: 40, Wait: time.Second}, kind: tlsstack.KindHandshake},
		"reset":               {fault: path.HandshakeFault{How: path.AnswersReset}, kind: tlsstack.KindClosed, cause: syscall.ECONNRESET},
		"nothing, then EOF":   {fault: path.HandshakeFault{How: path.Truncated}, kind: tlsstack.KindClosed, cause: io.EOF},
		"three bytes":         {fault: path.HandshakeFault{How: path.Truncated, Bytes: 3}, kind: tlsstack.KindClosed, cause: io.EOF},
		"a part of the hello": {fault: path.HandshakeFault{How: path.Truncated, Bytes: 40}, kind: tlsstack.KindClosed, cause: io.EOF},
		"a part of the chain": {fault: path.HandshakeFault{How: path.Truncated, Bytes: 400}, kind: tlsstack.KindClosed},
		"more than there is":  {fault: path.HandshakeFault{How: path.Truncated, Bytes: 1 << 20}},
		"garbage":             {fault: path.HandshakeFault{How: path.Garbage, Bytes: 100}, kind: tlsstack.KindHandshake},
		"not even a header":   {fault: path.HandshakeFault{How: path.Garbage, Bytes: 4}, limit: 50 * time.Millisecond, kind: tlsstack.KindTimeout},
	} {
		for _, late := range []bool{false, true} {
			limit := tt.limit
			if limit == 0 {
				limit = 20 * time.Second
			}
			err := shake(t, below, tt.fault, late, limit)
			var kind tlsstack.Kind
			if e, ok := errors.AsType[*tlsstack.Error](err); ok {
				kind = e.Kind
			}
			if kind != tt.kind || tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%s, armed late %v: %v (%v); want %v, %v", name, late, err, kind, tt.kind, tt.cause)
			}
		}
	}
}

// Every alert of the RFC, by its name, as the stack reads it.
func TestAlerts(t *testing.T) {
	_, below := startLab(t)
	names := path.AlertNames()
	if len(names) != 25 {
		t.Errorf("%d alerts; RFC 5246 7.2 has 25", len(names))
	}
	for _, name := range names {
		alert, err := path.ParseAlert(name)
		if err != nil || alert.String() != name {
			t.Fatalf("ParseAlert(%q) = %v, %v", name, alert, err)
		}
		err = shake(t, below, path.HandshakeFault{How: path.AnswersAlert, Alert: alert}, true, 20*time.Second)
		e, ok := errors.AsType[*tlsstack.Error](err)
		if !ok || e.Kind == tlsstack.KindTimeout {
			t.Errorf("%s: %v", name, err)
			continue
		}
		short := strings.TrimSuffix(name, "_RESERVED")
		if e.Alert == nil || e.Alert.Code != byte(alert) || e.Alert.Name() != short || !e.Alert.Fatal || e.Alert.Sent {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "handshake failure", "HANDSHAKE_FAILURE", "unrecognized_name", "40"} {
		if alert, err := path.ParseAlert(name); err == nil || !strings.Contains(err.Error(), "handshake_failure, no_certificate_RESERVED") {
			t.Errorf("ParseAlert(%q) = %v, %v; want an error with the names", name, alert, err)
		}
	}
	if s := path.Alert(120).String(); s != "alert 120" {
		t.Error(s)
	}
}

// The bytes of an alert, in the version of the hello.
func TestAlertBytes(t *testing.T) {
	for name, tt := range map[string]struct{ hello, want string }{
		"as the client's": {"\x16\x03\x03\x00\x01x", "\x15\x03\x03\x00\x02\x02\x28"},
		"SSL 3.0":         {"\x16\x03\x00\x00\x01x", "\x15\x03\x00\x00\x02\x02\x28"},
		"no hello":        {"GET / HTTP/1.0\r\n", "\x15\x03\x01\x00\x02\x02\x28"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			p := newPath(1)
			p.Handshake(path.HandshakeFault{How: path.AnswersAlert, Alert: 40})
			conn := dial(t, p, client)
			if _, err := conn.Write([]byte(tt.hello)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(iotestOne{conn})
			if string(got) != tt.want || err != nil {
				t.Errorf("read %x, %v; want %x", got, err, tt.want)
			}
			hello := make([]byte, len(tt.hello))
			if _, err := io.ReadFull(server, hello); err != nil || string(hello) != tt.hello {
				t.Errorf("the server got %q, %v", hello, err)
			}
		})
	}
}

// iotestOne reads a byte at a time.
type iotestOne struct{ r io.Reader }

func (o iotestOne) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

// The same seed gives the same garbage, and it never begins like a record.
func TestGarbage(t *testing.T) {
	read := func(p *path.Path) []byte {
		client, _ := pair(t)
		p.Handshake(path.HandshakeFault{How: path.Garbage, Bytes: 32})
		conn := dial(t, p, client)
		got := make([]byte, 32)
		if _, err := io.ReadFull(conn, got); err != nil {
			t.Fatal(err)
		}
		if got[0] >= 20 && got[0] <= 24 {
			t.Errorf("garbage begins like a record: %x", got)
		}
		// Then there is nothing, until somebody loses patience.
		if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after the garbage: %d, %v", n, err)
		}
		return got
	}
	p, q := newPath(1), newPath(1)
	for range 40 {
		if a, b := read(p), read(q); !bytes.Equal(a, b) {
			t.Fatalf("the same seed gave %x and %x", a, b)
		}
	}
	if a, b := read(p), read(newPath(1)); bytes.Equal(a, b) {
		t.Error("the garbage repeats itself")
	}
}

// Waits of a handshake end with the connection and with a deadline.
func TestStallIsInterrupted(t *testing.T) {
	for name, f := range map[string]path.HandshakeFault{
		"stall": {How: path.NoAnswer},
		"slow":  {Wait: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				defer b.Close()
				p := newPath(1)
				p.Handshake(f)
				conn := dial(t, p, a)
				began := time.Now()
				time.AfterFunc(time.Second, func() { conn.SetReadDeadline(time.Now().Add(time.Second)) })
				time.AfterFunc(5*time.Second, func() { conn.Close() })
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 2*time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				conn.SetReadDeadline(time.Time{})
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) || time.Since(began) != 5*time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

// After the handshake, or once the server's answer is being read, a fault is for
// the next open; one that counts bytes is void.
func TestHandshakeIsOver(t *testing.T) {
	_, below := startLab(t)
	p := newPath(1)
	p.Handshake(path.HandshakeFault{How: path.Truncated, Bytes: 1 << 14})
	conn, _ := secure(t, p, below, 4433)
	p.Handshake(path.HandshakeFault{How: path.AnswersReset})
	const size = 1 << 15
	go func() { _, _ = conn.Write(make([]byte, size)) }() // the other end is what is read
	if _, err := io.ReadFull(conn, make([]byte, size)); err != nil {
		t.Errorf("the connection that was open: %v", err)
	}
	tcp, err := reach(testContext(t), p.Open(below), "echo.lab", 4433)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlsstack.Dial(testContext(t), tcp, tlsstack.Config{}); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the next open: %v", err)
	}
}
