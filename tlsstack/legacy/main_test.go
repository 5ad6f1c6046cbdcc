package legacy

import (
	"bytes"
	"crypto/elliptic"
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
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	deadline := time.Now().Add(patience)
	if err := errors.Join(client.SetDeadline(deadline), server.SetDeadline(deadline)); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// pki is a server certificate for each key exchange, and the client's two.
type pki struct {
	rsa, ec             *testpki.Cert
	quick               *testpki.Cert // RSA too, with a key that is done with sooner
	clientRSA, clientEC *testpki.Cert
}

var certificates = sync.OnceValue(func() *pki { return new(pki) })

var pkiMu sync.Mutex

// testPKI is made at the first use and shared by all tests.
func testPKI(t testing.TB) *pki {
	p := certificates()
	pkiMu.Lock()
	defer pkiMu.Unlock()
	if p.rsa == nil {
		key := testpki.RSA(t, 2048)
		p.rsa = testpki.Issue(t, testpki.Spec{Name: "rsa.test", Key: key}, nil)
		p.quick = testpki.Issue(t, testpki.Spec{Name: "quick.test", Key: testpki.RSA(t, 1024)}, nil)
		p.ec = testpki.Issue(t, testpki.Spec{Name: "ec.test"}, nil)
		p.clientRSA = testpki.Issue(t, testpki.Spec{Name: "client.rsa", Key: key}, nil)
		p.clientEC = testpki.Issue(t, testpki.Spec{Name: "client.ec", Key: testpki.NewEC(t, elliptic.P384())}, nil)
	}
	return p
}

// serverFor is a server with the certificate that a suite needs.
func serverFor(t testing.TB, version, id uint16) server {
	t.Helper()
	row, ok := suiteByID(id)
	if !ok {
		t.Fatalf("no suite %04x", id)
	}
	cert := testPKI(t).rsa
	if row.leaf == keyEC {
		cert = testPKI(t).ec
	}
	return server{version: version, suite: id, chain: [][]byte{cert.DER}, key: cert.Key, sessionID: []byte("session id")}
}

// identity is a client certificate as a Config takes it.
func identity(c *testpki.Cert) *Identity {
	return &Identity{Chain: [][]byte{c.DER}, Key: c.Key}
}

// pair is a version and a suite that can go together.
type pair struct{ version, suite uint16 }

// allPairs are the 79.
func allPairs() []pair {
	var all []pair
	for v := ssl30; v <= tls12; v++ {
		for _, s := range suites {
			if s.minVersion <= v {
				all = append(all, pair{v, s.id})
			}
		}
	}
	return all
}

// offerOf offers one pair.
func offerOf(p pair) offer { return offer{min: p.version, max: p.version, suites: []uint16{p.suite}} }

// against runs a server against a client's offer and returns both ends. The
// server goes on with serve once its handshake is done; the channel gets its
// error, or that of serve, at the end.
func (o offer) against(t testing.TB, c server, serve func(*serverSide) error) (*Conn, <-chan error, error) {
	t.Helper()
	client, raw := connPair(t)
	done := make(chan error, 1)
	go func() {
		defer raw.Close()
		s, err := c.accept(raw)
		if err == nil {
			err = serve(s)
		}
		done <- err
	}()
	conn, err := o.connect(client)
	if err != nil {
		client.Close()
		return nil, done, err
	}
	t.Cleanup(func() { conn.Close() })
	return conn, done, nil
}

// mustConnect is against where both ends must be content.
func (o offer) mustConnect(t testing.TB, c server, serve func(*serverSide) error) (*Conn, <-chan error) {
	t.Helper()
	conn, done, err := o.against(t, c, serve)
	if err != nil {
		t.Fatalf("client: %v; server: %v", err, <-done)
	}
	return conn, done
}

// echo is serverSide.echo as a function.
func echo(s *serverSide) error { return s.echo() }

// mustEcho sends data and wants it back.
func mustEcho(t *testing.T, c io.ReadWriter, data []byte) {
	t.Helper()
	var wrote sync.WaitGroup
	wrote.Go(func() {
		if n, err := c.Write(data); err != nil || n != len(data) {
			t.Errorf("write: %d bytes of %d, %v", n, len(data), err)
		}
	})
	got := make([]byte, len(data))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatalf("read: %v", err)
	}
	wrote.Wait()
	if !bytes.Equal(got, data) {
		t.Fatal("the echo differs")
	}
}

// mustClose closes in order and wants the same of the peer.
func mustClose(t *testing.T, c *Conn, done <-chan error) {
	t.Helper()
	if err := c.CloseWrite(); err != nil {
		t.Errorf("CloseWrite: %v", err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("Read after the end: %d, %v; want EOF", n, err)
	}
	if err := <-done; err != nil {
		t.Errorf("server: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v, want net.ErrClosed", err)
	}
}

// wantAlert asserts that err is an Error about an alert.
func wantAlert(t *testing.T, err error, code uint8, sent bool) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v (%T), want an *Error", err, err)
	}
	if e.Alert.Code != code || e.Alert.Sent != sent {
		t.Fatalf("alert is %+v, want %d (sent %v): %v", e.Alert, code, sent, err)
	}
	return e
}
