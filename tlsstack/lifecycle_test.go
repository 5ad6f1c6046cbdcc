package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// brief is how long servers that never answer are waited for.
const brief = 50 * time.Millisecond

// TestServersThatNeverFinish: whatever such a server does, Dial ends with its
// context and says how.
func TestServersThatNeverFinish(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	servers := map[string]func(conn net.Conn){
		"silent":       func(conn net.Conn) { drain(conn) },
		"never reads":  func(net.Conn) {},
		"half a hello": func(conn net.Conn) { send(conn, []byte{22, 3, 3, 0, 80, 2, 0}); drain(conn) },
		"silent after its flight": func(conn net.Conn) {
			s := tls.Server(&stopAfterRead{Conn: conn, reads: 1}, &tls.Config{Certificates: []tls.Certificate{cert.Server()}})
			_ = s.Handshake() // ends when the client closes
		},
	}
	endings := map[string]struct {
		ctx  func() (context.Context, context.CancelFunc)
		kind Kind
	}{
		"deadline": {func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), brief)
		}, KindTimeout},
		"cancel": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			timer := time.AfterFunc(brief, cancel)
			return ctx, func() { timer.Stop(); cancel() }
		}, KindClosed},
		"deadline of another clock": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(context.Background())
			timer := time.AfterFunc(brief, func() { cancel(context.DeadlineExceeded) })
			return ctx, func() { timer.Stop(); cancel(nil) }
		}, KindTimeout},
	}
	for name, serve := range servers {
		for ending, e := range endings {
			t.Run(name+"/"+ending, func(t *testing.T) {
				client, peer := connPair(t)
				done := make(chan struct{})
				go func() { defer close(done); serve(peer) }()
				ctx, cancel := e.ctx()
				defer cancel()
				_, err := Dial(ctx, client, Config{})
				got := wantError(t, err, e.kind)
				if got.Timeout() != (e.kind == KindTimeout) {
					t.Errorf("Timeout() is %v", got.Timeout())
				}
				if _, err := client.Write([]byte{0}); !errors.Is(err, net.ErrClosed) {
					t.Errorf("the connection is still open: %v", err)
				}
				peer.Close()
				<-done
			})
		}
	}
	t.Run("already over", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		client, _ := connPair(t)
		_, err := Dial(ctx, client, Config{})
		wantError(t, err, KindClosed)
	})
	t.Run("deadline of the connection", func(t *testing.T) {
		client, _ := connPair(t)
		if err := client.SetDeadline(time.Now().Add(brief)); err != nil {
			t.Fatal(err)
		}
		_, err := Dial(testContext(t), client, Config{})
		wantError(t, err, KindTimeout)
	})
}

func drain(r io.Reader) { _, _ = io.Copy(io.Discard, r) }

func send(w io.Writer, p []byte) bool {
	_, err := w.Write(p)
	return err == nil
}

// stopAfterRead swallows everything the client sends after some reads, until it
// closes.
type stopAfterRead struct {
	net.Conn
	reads int
}

func (s *stopAfterRead) Read(p []byte) (int, error) {
	if s.reads--; s.reads < 0 {
		drain(s.Conn)
		return 0, io.EOF
	}
	return s.Conn.Read(p)
}

// TestServersThatGoAway close, reset or flood at every point of the handshake.
// The deadline of the context is far off: the server's doing must be noticed.
func TestServersThatGoAway(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	flight := serverFlight(t, cert)
	for _, n := range []int{0, 1, 5, 40, len(flight) / 2, len(flight) - 1, len(flight)} {
		for _, end := range []string{"close", "reset", "garbage", "flood"} {
			client, peer := connPair(t)
			go func() {
				readRecord(t, peer)
				send(peer, flight[:n])
				switch end {
				case "reset":
					if err := peer.(*net.TCPConn).SetLinger(0); err != nil {
						t.Error(err)
					}
				case "garbage":
					send(peer, bytes.Repeat([]byte{0xff}, 1000))
				case "flood":
					for send(peer, bytes.Repeat([]byte{22, 3, 3, 0, 4, 0, 0, 0, 0}, 1000)) {
					}
				}
				peer.Close()
			}()
			_, err := Dial(testContext(t), client, Config{Suites: []uint16{0x002f}})
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindClosed && e.Kind != KindHandshake {
				t.Errorf("%s after %d bytes: %v", end, n, err)
			}
			if end == "close" && e.Kind != KindClosed {
				t.Errorf("closing after %d bytes is %v", n, e)
			}
		}
	}
	t.Run("http", func(t *testing.T) {
		client, peer := connPair(t)
		go func() {
			readRecord(t, peer)
			send(peer, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}()
		_, err := Dial(testContext(t), client, Config{})
		if e := wantError(t, err, KindHandshake); e.Reason != `the answer is not TLS, it begins with "HTTP/"` {
			t.Error(e.Reason)
		}
	})
}

// TestFragments: a flight cut into records of one byte is read like a whole
// one, up to where the server stops.
func TestFragments(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	flight := serverFlight(t, cert)
	var dribble []byte
	for len(flight) > 0 {
		n := recordHeader + int(flight[3])<<8 + int(flight[4])
		for _, b := range flight[recordHeader:n] {
			dribble = append(dribble, 22, 3, 3, 0, 1, b)
		}
		flight = flight[n:]
	}
	client, peer := connPair(t)
	kinds := make(chan []byte, 1)
	go func() {
		readRecord(t, peer)
		send(peer, dribble)
		kinds <- readRecord(t, peer)[:6]
		peer.Close()
	}()
	_, err := Dial(testContext(t), client, Config{Suites: []uint16{0x002f}})
	wantError(t, err, KindClosed)
	if got := <-kinds; got[0] != recordHandshake || got[5] != 16 {
		t.Errorf("answered with % x, want a ClientKeyExchange", got)
	}
}

// serverFlight is what a server sends up to its ServerHelloDone.
func serverFlight(t *testing.T, cert *testpki.Cert) []byte {
	t.Helper()
	client, peer := connPair(t)
	rec := &recorder{Conn: client}
	done := echoServer(peer, &tls.Config{
		Certificates: []tls.Certificate{cert.Server()}, SessionTicketsDisabled: true,
		CipherSuites: []uint16{0x002f}, MaxVersion: TLS12,
	})
	c, err := Dial(testContext(t), rec, Config{Suites: []uint16{0x002f}})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	<-done
	// What follows are a ChangeCipherSpec and a Finished.
	return rec.read[:bytes.LastIndex(rec.read, []byte{20, 3, 3, 0, 1, 1})]
}

type recorder struct {
	net.Conn
	read []byte
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.read = append(r.read, p[:n]...)
	return n, err
}

// connected is an open connection with the server's end in hand.
func connected(t *testing.T) (c *Conn, s *tls.Conn, tcp net.Conn) {
	t.Helper()
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	client, peer := connPair(t)
	s = tls.Server(peer, &tls.Config{Certificates: []tls.Certificate{cert.Server()}, MaxVersion: TLS12})
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	c, err := Dial(testContext(t), client, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c, s, peer
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
	t.Run("close_notify", func(t *testing.T) {
		c, s, _ := connected(t)
		send(s, []byte("last words"))
		s.Close()
		if got, err := readAll(t, c); got != "last words" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("FIN alone", func(t *testing.T) {
		c, s, tcp := connected(t)
		send(s, []byte("last words"))
		tcp.Close()
		if got, err := readAll(t, c); got != "last words" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("within a record", func(t *testing.T) {
		c, _, tcp := connected(t)
		send(tcp, []byte{23, 3, 3, 0, 64, 1, 2, 3})
		tcp.Close()
		if got, err := readAll(t, c); got != "" || err != io.ErrUnexpectedEOF {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("broken record", func(t *testing.T) {
		c, _, tcp := connected(t)
		send(tcp, append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...))
		_, err := readAll(t, c)
		if e := wantError(t, err, KindClosed); e.Alert == nil || e.Alert.Code != 20 || !e.Alert.Sent {
			t.Errorf("alert %v", e.Alert)
		}
	})
	t.Run("fatal alert", func(t *testing.T) {
		c, s, tcp := connected(t)
		send(c.link.(*utlsLink).NetConn(), append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...))
		if _, err := s.Read(make([]byte, 1)); err == nil {
			t.Fatal("the server took a broken record")
		}
		tcp.Close()
		_, err := readAll(t, c)
		if e := wantError(t, err, KindClosed); e.Alert == nil || e.Alert.Code != 20 || e.Alert.Sent {
			t.Errorf("alert %v", e.Alert)
		}
	})
}

func TestCloseWrite(t *testing.T) {
	c, s, _ := connected(t)
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
}

func TestCloseUnblocks(t *testing.T) {
	c, _, _ := connected(t)
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
}

func TestReadDeadline(t *testing.T) {
	c, s, _ := connected(t)
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
}

// TestDowngradeMark: mbedTLS does not look for the mark of RFC 8446 4.1.3, so a
// server that leaves it is spoken to all the same.
func TestDowngradeMark(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	client, peer := connPair(t)
	done := echoServer(peer, &tls.Config{
		Certificates: []tls.Certificate{cert.Server()}, MinVersion: TLS10, MaxVersion: TLS11, Rand: marked{},
	})
	c, err := Dial(testContext(t), client, Config{})
	if err != nil {
		t.Fatal(err)
	}
	mustEcho(t, c, []byte("still here"))
	c.Close()
	if o := <-done; o.err != nil {
		t.Error(o.err)
	}
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
