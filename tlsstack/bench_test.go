package tlsstack

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"

	utls "github.com/refraction-networking/utls"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// benchOffer is the hello of both sides of a comparison.
var benchOffer = Config{ServerName: server, Suites: []uint16{0xc02f}}

// dialers are this package and, as the measure, bare utls with the same hello.
var dialers = []struct {
	name string
	dial func(net.Conn) (net.Conn, error)
}{
	{"tlsstack", func(conn net.Conn) (net.Conn, error) {
		return Dial(context.Background(), conn, benchOffer)
	}},
	{"utls", bareUTLS},
}

func bareUTLS(conn net.Conn) (net.Conn, error) {
	offer, err := helloFor(benchOffer)
	if err != nil {
		return nil, err
	}
	spec := &utls.ClientHelloSpec{
		TLSVersMin: TLS10, TLSVersMax: TLS12, CipherSuites: offer.suites, CompressionMethods: []byte{0},
	}
	for _, e := range offer.extensions {
		spec.Extensions = append(spec.Extensions, &utls.GenericExtension{Id: e.id, Data: e.body})
	}
	u := utls.UClient(conn, &utls.Config{
		InsecureSkipVerify: true, SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	}, utls.HelloCustom)
	if err := u.ApplyPreset(spec); err != nil {
		return nil, err
	}
	u.HandshakeState.Hello.TicketSupported = true
	u.HandshakeState.Hello.SessionId = nil
	u.HandshakeState.Hello.SupportedSignatureAlgorithms = signatureSchemes(offer)
	return u, u.Handshake()
}

// benchServer accepts until the benchmark ends and hands every connection to
// serve.
func benchServer(b *testing.B, serve func(*tls.Conn)) string {
	b.Helper()
	cert := testpki.Issue(b, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(b, 2048)}, nil)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert.Server()}, SessionTicketsDisabled: true,
		// As a server that follows its own mind, not the P-521 of the hello.
		CurvePreferences: []tls.CurveID{tls.CurveP256},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn.(*tls.Conn))
			}()
		}
	}()
	return l.Addr().String()
}

func BenchmarkHandshake(b *testing.B) {
	addr := benchServer(b, func(s *tls.Conn) { drain(s) })
	for _, d := range dialers {
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tcp, err := net.Dial("tcp", addr)
				if err != nil {
					b.Fatal(err)
				}
				c, err := d.dial(tcp)
				if err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}

// bulkBlock is what one Read or Write of BenchmarkBulk moves.
const bulkBlock = 16 << 10

func BenchmarkBulk(b *testing.B) {
	sink := benchServer(b, func(s *tls.Conn) { drain(s) })
	source := benchServer(b, func(s *tls.Conn) {
		for block := make([]byte, bulkBlock); send(s, block); {
		}
	})
	directions := []struct {
		name, addr string
		move       func(net.Conn, []byte) error
	}{
		{"write", sink, func(c net.Conn, p []byte) error { _, err := c.Write(p); return err }},
		{"read", source, func(c net.Conn, p []byte) error { _, err := io.ReadFull(c, p); return err }},
	}
	for _, dir := range directions {
		for _, d := range dialers {
			b.Run(dir.name+"/"+d.name, func(b *testing.B) {
				tcp, err := net.Dial("tcp", dir.addr)
				if err != nil {
					b.Fatal(err)
				}
				c, err := d.dial(tcp)
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				block := make([]byte, bulkBlock)
				b.SetBytes(bulkBlock)
				b.ReportAllocs()
				for b.Loop() {
					if err := dir.move(c, block); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
