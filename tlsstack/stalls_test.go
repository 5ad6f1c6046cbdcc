package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// brief is how long servers that never answer are waited for.
const brief = 50 * time.Millisecond

// TestServersThatNeverFinish: whatever such a server does, Dial ends with its
// context and says how.
func TestServersThatNeverFinish(t *testing.T) {
	servers := map[string]func(conn net.Conn){
		"silent":       func(conn net.Conn) { drain(conn) },
		"never reads":  func(net.Conn) {},
		"half a hello": func(conn net.Conn) { send(conn, []byte{22, 3, 3, 0, 80, 2, 0}); drain(conn) },
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
				t.Parallel()
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

// TestServersThatStop: a server that was in order so far stalls, dribbles,
// closes, resets, sends garbage or floods, at and between the boundaries of all
// its records, the encrypted Finished among them. Dial ends with an error, at
// once where there is something to notice, else with its context; and never
// has it read much more than a handshake.
func TestServersThatStop(t *testing.T) {
	config := stallingServer(t)
	stream := serverStream(t, config)
	places := []int{0, 1, recordHeader, len(stream) - 1}
	for at := 0; at < len(stream); {
		n := recordHeader + int(stream[at+3])<<8 + int(stream[at+4])
		places = append(places, at+n/2, at+n)
		at += n
	}
	places = slices.DeleteFunc(places, func(n int) bool { return n >= len(stream) })
	if len(places) < 12 {
		t.Fatalf("%d places in %d bytes", len(places), len(stream))
	}
	either := []Kind{KindClosed, KindHandshake}
	ends := []struct {
		name  string
		do    func(net.Conn) // when the place has come
		kinds []Kind
	}{
		{"stall", func(net.Conn) {}, []Kind{KindTimeout}},
		{"dribble", func(conn net.Conn) { // of records that are never whole
			tick := time.NewTicker(brief / 10)
			defer tick.Stop()
			for send(conn, []byte{22, 3, 3, 64, 0}) {
				<-tick.C
			}
		}, []Kind{KindTimeout, KindHandshake}},
		{"close", func(conn net.Conn) { conn.Close() }, []Kind{KindClosed}},
		{"reset", func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0) // makes Close send a RST
			conn.Close()
		}, either},
		{"garbage", func(conn net.Conn) { send(conn, bytes.Repeat([]byte{0xff}, 1000)); conn.Close() }, either},
		{"HelloRequests", flood(plainRecord(recordHandshake, TLS12, make([]byte, 4))), either},
		{"warnings", flood(plainRecord(recordAlert, TLS12, []byte{1, 112})), either},
		{"a huge message", flood(plainRecord(recordHandshake, TLS12, append([]byte{11, 0xff, 0xff, 0xff}, make([]byte, 16000)...))), either},
	}
	for _, finisher := range finishers {
		for _, place := range places {
			for _, end := range ends {
				t.Run(fmt.Sprintf("%s/%d/%s", finisher, place, end.name), func(t *testing.T) {
					t.Parallel()
					client, peer := connPair(t)
					done := make(chan struct{})
					go func() {
						defer close(done)
						_ = tls.Server(&cutShort{Conn: peer, left: place, then: end.do}, config).Handshake() // it does not get far
						drain(peer)
						peer.Close()
					}()
					ctx := testContext(t)
					if slices.Contains(end.kinds, KindTimeout) {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, brief)
						defer cancel()
					}
					wire := &counter{Conn: client}
					_, err := Dial(ctx, wire, Config{Finisher: finisher})
					var e *Error
					if !errors.As(err, &e) || !slices.Contains(end.kinds, e.Kind) {
						t.Errorf("error %v, want one of %v", err, end.kinds)
					}
					if n := wire.read.Load(); n > 128<<10 {
						t.Errorf("%d bytes were read", n)
					}
					<-done
				})
			}
		}
	}
}

// TestEndlessMessages: whole messages without end, where one was due, are not
// collected.
func TestEndlessMessages(t *testing.T) {
	for _, finisher := range append(finishers, "") {
		for _, kind := range []byte{11, 22} { // Certificate, CertificateStatus
			client, peer := connPair(t)
			go func() {
				readRecord(t, peer)
				send(peer, helloAnswer(TLS12, 0xc02f, 0, ""))
				flood(plainRecord(recordHandshake, TLS12, []byte{kind, 0, 0, 4, 0, 0, 1, 0}))(peer)
			}()
			wire := &counter{Conn: client}
			_, err := Dial(testContext(t), wire, Config{Finisher: finisher})
			wantError(t, err, KindHandshake)
			if n := wire.read.Load(); n > 128<<10 {
				t.Errorf("finisher %q, message %d: %d bytes were read", finisher, kind, n)
			}
		}
	}
}

// flood sends a record for as long as it goes.
func flood(record []byte) func(net.Conn) {
	return func(conn net.Conn) {
		for block := bytes.Repeat(record, 20); send(conn, block); {
		}
	}
}

// cutShort is the server's connection up to some byte, where something else is
// done. From then on nothing comes out of it until the client has closed.
type cutShort struct {
	net.Conn
	left int
	then func(net.Conn)
	cut  bool
}

func (c *cutShort) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.Conn.Write(p)
	}
	if !c.cut {
		c.cut = true
		send(c.Conn, p[:c.left])
		c.then(c.Conn)
	}
	return len(p), nil
}

func (c *cutShort) Read(p []byte) (int, error) {
	if c.cut {
		drain(c.Conn)
		return 0, io.EOF
	}
	return c.Conn.Read(p)
}

// counter counts what is read through it.
type counter struct {
	net.Conn
	read atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// TestDribble: a server whose bytes come one by one is as good as any.
func TestDribble(t *testing.T) {
	config := stallingServer(t)
	for _, finisher := range finishers {
		client, peer := connPair(t)
		done := echoServer(peer, config)
		c, err := Dial(testContext(t), byteByByte{client}, Config{Finisher: finisher})
		if err != nil {
			t.Fatal(err)
		}
		mustEcho(t, c, []byte("slowly"))
		c.Close()
		if o := <-done; o.err != nil {
			t.Error(o.err)
		}
	}
}

type byteByByte struct{ net.Conn }

func (b byteByByte) Read(p []byte) (int, error) { return b.Conn.Read(p[:min(1, len(p))]) }

// TestNotTLS: a server of another protocol.
func TestNotTLS(t *testing.T) {
	client, peer := connPair(t)
	go func() {
		readRecord(t, peer)
		send(peer, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	}()
	_, err := Dial(testContext(t), client, Config{})
	if e := wantError(t, err, KindHandshake); e.Reason != `the answer is not TLS, it begins with "HTTP/"` {
		t.Error(e.Reason)
	}
}

// TestFragments: a flight cut into records of one byte is read like a whole
// one, up to where the server stops.
func TestFragments(t *testing.T) {
	flight := serverFlight(t)
	var dribble []byte
	for len(flight) > 0 {
		n := recordHeader + int(flight[3])<<8 + int(flight[4])
		for _, b := range flight[recordHeader:n] {
			dribble = append(dribble, 22, 3, 3, 0, 1, b)
		}
		flight = flight[n:]
	}
	for _, finisher := range finishers {
		client, peer := connPair(t)
		kinds := make(chan []byte, 1)
		go func() {
			readRecord(t, peer)
			send(peer, dribble)
			kinds <- readRecord(t, peer)[:6]
			peer.Close()
		}()
		_, err := Dial(testContext(t), client, Config{Suites: []uint16{0x002f}, Finisher: finisher})
		wantError(t, err, KindClosed)
		if got := <-kinds; got[0] != recordHandshake || got[5] != 16 {
			t.Errorf("%s: answered with % x, want a ClientKeyExchange", finisher, got)
		}
	}
}

// serverStream is all that a server sends in a handshake; every time it is cut
// into the same records.
func serverStream(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	client, peer := connPair(t)
	rec := &recorder{Conn: client}
	done := echoServer(peer, config)
	c, err := Dial(testContext(t), rec, Config{Suites: config.CipherSuites})
	if err != nil {
		t.Fatal(err)
	}
	stream := bytes.Clone(rec.read)
	c.Close()
	<-done
	return stream
}

// stallingServer is the server of these tests.
func stallingServer(t testing.TB) *tls.Config {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	return &tls.Config{
		Certificates: []tls.Certificate{cert.Server()}, SessionTicketsDisabled: true,
		CipherSuites: []uint16{0x002f}, MaxVersion: TLS12,
	}
}

// serverFlight is what a server sends up to its ServerHelloDone.
func serverFlight(t *testing.T) []byte {
	stream := serverStream(t, stallingServer(t))
	return stream[:bytes.LastIndex(stream, []byte{20, 3, 3, 0, 1, 1})] // a Finished follows
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

func drain(r io.Reader) { _, _ = io.Copy(io.Discard, r) }

func send(w io.Writer, p []byte) bool {
	_, err := w.Write(p)
	return err == nil
}
