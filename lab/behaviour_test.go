package lab

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recordCounter counts the TLS records with payload that are read from Conn.
type recordCounter struct {
	net.Conn
	seen []byte // the beginning of a record that has not come whole
	data int    // records of type application_data (23)
}

func (r *recordCounter) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.seen = append(r.seen, p[:n]...)
	for len(r.seen) >= 5 {
		size := 5 + int(r.seen[3])<<8 + int(r.seen[4])
		if len(r.seen) < size {
			break
		}
		if r.seen[0] == 23 {
			r.data++
		}
		r.seen = r.seen[size:]
	}
	return n, err
}

func TestPlainEcho(t *testing.T) {
	l := start(t)
	conn := dial(t, l, Plain).(*net.TCPConn)
	exchange(t, conn, seedText)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); err != nil || len(rest) != 0 {
		t.Errorf("after our end the server sends %q, %v; want its end", rest, err)
	}
	if c := last(t, l, Plain); c.Version != 0 || c.Received != 18 || c.Sent != 18 || c.Err != nil {
		t.Errorf("the server remembers %+v", c)
	}
}

// Several messages on one connection, and the end after each of: the client's
// close_notify, the client's FIN alone.
func TestEchoEndsWithItsClient(t *testing.T) {
	l := start(t)
	conn, err := shake(t, l, Echo, careless())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		exchange(t, conn, fmt.Sprintf("message %d", i))
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); err != nil || len(rest) != 0 {
		t.Errorf("after our close_notify the server sends %q, %v; want its own", rest, err)
	}
	if c := last(t, l, Echo); c.Received != 45 || c.Sent != 45 || c.Err != nil {
		t.Errorf("the server remembers %+v", c)
	}

	raw := dial(t, l, Echo).(*net.TCPConn)
	conn = tls.Client(raw, careless())
	exchange(t, conn, seedText)
	if err := raw.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("after our FIN: %v; want a close_notify", err)
	}
	if c := last(t, l, Echo); c.Received != 18 || c.Sent != 18 || c.Err != nil {
		t.Errorf("the server remembers %+v", c)
	}
}

// Twelve clients at once, 1 MiB each way each; the sending side closes before
// all of it is back.
func TestEchoIsExactForTwelveClients(t *testing.T) {
	const size = 1 << 20
	l := start(t)
	suites := []uint16{
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	}
	versions := []uint16{tls.VersionTLS12, tls.VersionTLS10, tls.VersionTLS12}
	var clients sync.WaitGroup
	for i := range 12 {
		config := careless()
		config.MaxVersion = versions[i%len(versions)]
		if config.MaxVersion == tls.VersionTLS12 {
			config.CipherSuites = []uint16{suites[i%len(suites)]}
		}
		conn, err := shake(t, l, Echo, config)
		if err != nil {
			t.Fatal(err)
		}
		sent := make([]byte, size)
		if _, err := rand.NewChaCha8([32]byte{byte(i)}).Read(sent); err != nil {
			t.Fatal(err)
		}
		clients.Go(func() {
			// In pieces of 1460 bytes, the most of AT+QSSLSEND (seed 2.2.3).
			for rest := sent; len(rest) > 0; {
				n := min(1460, len(rest))
				if _, err := conn.Write(rest[:n]); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				rest = rest[n:]
			}
			if err := conn.CloseWrite(); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
		clients.Go(func() {
			got, err := io.ReadAll(conn)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("client %d: %d bytes came back, %v; want the %d that were sent", i, len(got), err, size)
			}
		})
	}
	clients.Wait()
	for _, c := range l.Connections(Echo) {
		if c.Received != size || c.Sent != size || c.Err != nil {
			t.Errorf("the server remembers %+v", c)
		}
	}
}

// In every version: the echo comes whole, then the end in order. Under TLS 1.0
// the client's message is two records and still one message.
func TestCloseAfterEcho(t *testing.T) {
	l := start(t)
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
		config := careless()
		config.MaxVersion = version
		conn, err := shake(t, l, CloseAfterEcho, config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, seedText); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); err != nil || string(got) != seedText {
			t.Errorf("%s: the server sends %q, %v; want the echo and close_notify", tls.VersionName(version), got, err)
		}
	}

	// A client that leaves without a word is no error.
	conn, err := shake(t, l, CloseAfterEcho, careless())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || len(got) != 0 {
		t.Errorf("the server sends %q, %v; want its end", got, err)
	}
	if c := last(t, l, CloseAfterEcho); c.Err != nil {
		t.Errorf("the server remembers %+v", c)
	}
}

// All that was sent is there to be read, even for a client that has itself sent
// something that the server never reads.
func TestCloseUnread(t *testing.T) {
	l := start(t)
	if n := len(UnreadData()); n != 4096 {
		t.Errorf("UnreadData is %d bytes; want 4096", n)
	}
	for _, talkative := range []bool{false, true} {
		conn, err := shake(t, l, CloseUnread, careless())
		if err != nil {
			t.Fatal(err)
		}
		if talkative {
			if _, err := conn.Write(make([]byte, 8<<10)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, UnreadData()) {
			t.Errorf("talkative = %v: the server sends %d bytes, %v; want UnreadData and close_notify", talkative, len(got), err)
		}
	}
}

func TestReset(t *testing.T) {
	l := start(t)
	conn, err := shake(t, l, Reset, careless())
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, conn, seedText)
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the echo: %d bytes, %v; want a reset", n, err)
	}
}

func TestMute(t *testing.T) {
	l := start(t)
	conn, err := shake(t, l, Mute, careless())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, seedText); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("%d bytes, %v; want nothing", n, err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || len(got) != 0 {
		t.Errorf("after our end the server sends %q, %v; want its end", got, err)
	}
	if c := last(t, l, Mute); c.Received != 18 || c.Sent != 0 {
		t.Errorf("the server remembers %+v", c)
	}
}

func TestUnasked(t *testing.T) {
	l := start(t)
	conn, err := shake(t, l, Unasked, careless())
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	wants := []string{UnaskedBanner, "line 1\r\n", "line 2\r\n", "line 3\r\n"}
	for i, want := range wants {
		if i == 2 { // what the client says makes no difference
			if _, err := io.WriteString(conn, seedText); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := reader.ReadString('\n'); err != nil || got != want {
			t.Fatalf("the server sends %q, %v; want %q", got, err, want)
		}
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Errorf("after our end: %v; want the server's", err)
	}

	// One that vanishes ends it, too.
	conn, err = shake(t, l, Unasked, careless())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.NetConn().(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	if err := conn.NetConn().Close(); err != nil {
		t.Fatal(err)
	}
}
