package tlsstack

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// TestUTLSSuites: utls goes on with a ServerHello for each suite that it is
// chosen for, the three among them that no server in Go speaks. A suite
// unknown to it would end in an alert at once; here the server goes away first.
func TestUTLSSuites(t *testing.T) {
	for _, suite := range utlsSuites {
		t.Run(SuiteName(suite), func(t *testing.T) {
			client, peer := connPair(t)
			go func() {
				readRecord(t, peer)
				body := append([]byte{2, 0, 0, 38, 3, 3}, make([]byte, 33)...)
				send(peer, plainRecord(recordHandshake, TLS12, append(body, byte(suite>>8), byte(suite), 0)))
				peer.Close()
			}()
			_, err := Dial(testContext(t), client, Config{Finisher: FinisherUTLS})
			wantError(t, err, KindClosed)
		})
	}
}

// TestNoPSS: the module signs with what its hello lists, which RSA-PSS is not,
// though the server asks for it first.
func TestNoPSS(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	srv := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, root)
	id := testpki.Issue(t, testpki.Spec{Name: "client", Key: testpki.RSA(t, 2048)}, root)
	client, peer := connPair(t)
	done := echoServer(peer, &tls.Config{
		Certificates: []tls.Certificate{srv.Server()}, MaxVersion: TLS12, ClientAuth: tls.RequireAnyClientCert,
	})
	wire := &writeRecorder{Conn: client}
	c, err := Dial(testContext(t), wire, Config{
		SecLevel: 2, CA: root.PEM(), Now: epoch, ClientCert: id.PEM(), ClientKey: id.KeyPEM(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if o := <-done; o.err != nil {
		t.Fatal(o.err)
	}
	for rest := wire.written; len(rest) > recordHeader && rest[0] == recordHandshake; {
		n := recordHeader + (int(rest[3])<<8 | int(rest[4]))
		if body := rest[recordHeader:n]; body[0] == 15 { // CertificateVerify
			scheme := uint16(body[4])<<8 | uint16(body[5])
			if !slices.Contains(helloSignatures, scheme) {
				t.Errorf("signed with %04x, which the hello does not list", scheme)
			}
			return
		}
		rest = rest[n:]
	}
	t.Fatal("no CertificateVerify was sent")
}

// writeRecorder keeps what goes out through it.
type writeRecorder struct {
	net.Conn
	written []byte
}

func (w *writeRecorder) Write(p []byte) (int, error) {
	w.written = append(w.written, p...)
	return w.Conn.Write(p)
}

// keyLog is a function as a Config.KeyLog.
type keyLog func([]byte) (int, error)

func (k keyLog) Write(p []byte) (int, error) { return k(p) }

// TestPanicOfUTLS: a panic inside utls is an error of the one connection.
func TestPanicOfUTLS(t *testing.T) {
	client, peer := connPair(t)
	done := echoServer(peer, stallingServer(t))
	_, err := Dial(testContext(t), client, Config{
		Finisher: FinisherUTLS, KeyLog: keyLog(func([]byte) (int, error) { panic("as utls might") }),
	})
	if e := wantError(t, err, KindHandshake); !errors.Is(e, errUTLSPanic) {
		t.Errorf("error %v", err)
	}
	<-done // the connection was closed, or this would wait
}
