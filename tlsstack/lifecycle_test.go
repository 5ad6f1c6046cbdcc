package tlsstack

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// byBoth runs a test with either finisher.
func byBoth(t *testing.T, test func(t *testing.T, finisher string)) {
	for _, finisher := range finishers {
		t.Run(finisher, func(t *testing.T) { test(t, finisher) })
	}
}

// connected is an open connection, the server's end of it, and the TCP
// connections below, the server's and ours.
func connected(t *testing.T, finisher string) (c *Conn, s *tls.Conn, tcp, below net.Conn) {
	t.Helper()
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	client, peer := connPair(t)
	s = tls.Server(peer, &tls.Config{Certificates: []tls.Certificate{cert.Server()}, MaxVersion: TLS12})
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	c, err := Dial(testContext(t), client, Config{Finisher: finisher})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c, s, peer, client
}

// readAll reads until an error, which it returns; nil stands for io.EOF.
func readAll(t *testing.T, c *Conn) (string, error) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestPeerEnds(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		t.Run("close_notify", func(t *testing.T) {
			c, s, _, _ := connected(t, finisher)
			send(s, []byte("last words"))
			s.Close()
			if got, err := readAll(t, c); got != "last words" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
		})
		t.Run("FIN alone", func(t *testing.T) {
			c, s, tcp, _ := connected(t, finisher)
			send(s, []byte("last words"))
			tcp.Close()
			if got, err := readAll(t, c); got != "last words" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
		})
		t.Run("within a record", func(t *testing.T) {
			c, _, tcp, _ := connected(t, finisher)
			send(tcp, []byte{23, 3, 3, 0, 64, 1, 2, 3})
			tcp.Close()
			if got, err := readAll(t, c); got != "" || err != io.ErrUnexpectedEOF {
				t.Errorf("read %q, %v", got, err)
			}
		})
		t.Run("broken record", func(t *testing.T) {
			c, _, tcp, _ := connected(t, finisher)
			send(tcp, append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...))
			_, err := readAll(t, c)
			if e := wantError(t, err, KindClosed); e.Alert == nil || e.Alert.Code != 20 || !e.Alert.Sent {
				t.Errorf("alert %v", e.Alert)
			}
		})
		t.Run("fatal alert", func(t *testing.T) {
			c, s, tcp, below := connected(t, finisher)
			send(below, append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...))
			if _, err := s.Read(make([]byte, 1)); err == nil {
				t.Fatal("the server took a broken record")
			}
			tcp.Close()
			_, err := readAll(t, c)
			if e := wantError(t, err, KindClosed); e.Alert == nil || e.Alert.Code != 20 || e.Alert.Sent {
				t.Errorf("alert %v", e.Alert)
			}
		})
	})
}

func TestCloseWrite(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		c, s, _, _ := connected(t, finisher)
		send(c, []byte("question"))
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(s); string(got) != "question" || err != nil {
			t.Fatalf("the server read %q, %v", got, err)
		}
		send(s, []byte("answer"))
		s.Close()
		if got, err := readAll(t, c); got != "answer" || err != nil {
			t.Errorf("read %q, %v after CloseWrite", got, err)
		}
		if _, err := c.Write([]byte("more")); err == nil {
			t.Error("Write after CloseWrite works")
		}
		if err := c.CloseWrite(); err != nil {
			t.Errorf("second CloseWrite: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestCloseUnblocks(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		c, _, _, _ := connected(t, finisher)
		type result struct {
			what string
			err  error
		}
		results := make(chan result, 2)
		go func() {
			_, err := c.Read(make([]byte, 1))
			results <- result{"Read", err}
		}()
		go func() {
			var err error
			for block := make([]byte, 1<<20); err == nil; { // the server reads nothing
				_, err = c.Write(block)
			}
			results <- result{"Write", err}
		}()
		c.Close()
		for range 2 {
			select {
			case r := <-results:
				if r.err == nil || r.err == io.EOF {
					t.Errorf("%s: %v", r.what, r.err)
				}
			case <-time.After(patience):
				t.Fatal("still blocked after Close")
			}
		}
	})
}

func TestReadDeadline(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		c, s, _, _ := connected(t, finisher)
		if err := c.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		send(s, []byte("x"))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("Read after its deadline was lifted: %v", err)
		}
	})
}

// TestDowngradeMark: mbedTLS does not look for the mark of RFC 8446 4.1.3, so a
// server that leaves it is spoken to all the same.
func TestDowngradeMark(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
		client, peer := connPair(t)
		done := echoServer(peer, &tls.Config{
			Certificates: []tls.Certificate{cert.Server()}, MinVersion: TLS10, MaxVersion: TLS11, Rand: marked{},
		})
		c, err := Dial(testContext(t), client, Config{Finisher: finisher})
		if err != nil {
			t.Fatal(err)
		}
		mustEcho(t, c, []byte("still here"))
		c.Close()
		if o := <-done; o.err != nil {
			t.Error(o.err)
		}
	})
}

// marked is "random" bytes that end a server's random in the mark.
type marked struct{}

func (marked) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	if len(p) == 32 {
		copy(p[24:], "DOWNGRD\x00")
	}
	return len(p), nil
}
