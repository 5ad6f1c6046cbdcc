//go:debug rsa1024min=0
//go:debug x509negativeserial=1

package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds everything that must happen; nothing waits for it to pass.
const patience = time.Minute

// fastCurve is for servers of many handshakes: they would take the P-521 that
// stands first in the hello.
var fastCurve = []tls.CurveID{tls.CurveP256}

// epoch is the module's clock in tests of verification.
func epoch() time.Time { return testpki.Epoch }

// testContext ends with the test, or after patience.
func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// connPair is a TCP connection over loopback, both ends, closed with the test.
func connPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// outcome is what a test server saw.
type outcome struct {
	state tls.ConnectionState
	err   error // of its handshake, or of the echo
}

// echoServer handshakes with config on conn and echoes until the peer closes.
// The channel gets what it saw, once.
func echoServer(conn net.Conn, config *tls.Config) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		s := tls.Server(conn, config)
		defer s.Close()
		if err := s.Handshake(); err != nil {
			done <- outcome{err: err}
			return
		}
		_, err := io.Copy(s, s)
		done <- outcome{s.ConnectionState(), err}
	}()
	return done
}

// mustEcho sends bytes over c and wants them back.
func mustEcho(t *testing.T, c *Conn, payload []byte) {
	t.Helper()
	var wrote sync.WaitGroup
	wrote.Go(func() {
		if _, err := c.Write(payload); err != nil {
			t.Errorf("write: %v", err)
		}
	})
	got := make([]byte, len(payload))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatalf("read: %v", err)
	}
	wrote.Wait()
	if !bytes.Equal(got, payload) {
		t.Fatal("the echo differs")
	}
}

// wantError asserts that err is an *Error of a kind and returns it.
func wantError(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v (%T), want an *Error", err, err)
	}
	if e.Kind != kind {
		t.Fatalf("kind is %v, want %v: %v", e.Kind, kind, e)
	}
	if e.Reason == "" {
		t.Error("an Error without a reason")
	}
	return e
}
