package tlsstack

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// The benchmarks lay four clients side by side: this package with either
// finisher, crypto/tls, and as the measure bare utls. They take turns within
// one run, so that whatever else the machine does meets all of them, and the
// result is a ratio to bare utls: 1.00 is as fast, 0.90 takes a ninth longer.
//
//	go test -run - -bench . ./tlsstack
//
// ns/op is a round of all four and means nothing by itself.

// client is a way of getting a TLS connection.
type client struct {
	name string
	dial func(conn net.Conn, suite uint16) (net.Conn, error)
}

// measure is the client that the others are compared with, by its name.
const measure = "bare-utls"

var clients = []client{
	{measure, bareUTLS},
	{"utls", func(conn net.Conn, suite uint16) (net.Conn, error) { return benchDial(conn, suite, FinisherUTLS) }},
	{"own", func(conn net.Conn, suite uint16) (net.Conn, error) { return benchDial(conn, suite, FinisherOwn) }},
	{"crypto-tls", func(conn net.Conn, suite uint16) (net.Conn, error) {
		c := tls.Client(conn, &tls.Config{
			InsecureSkipVerify: true, MaxVersion: TLS12, CipherSuites: []uint16{suite},
			SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
		})
		return c, c.Handshake()
	}},
}

var benchSuites = []struct {
	name string
	id   uint16
}{
	{"ECDHE-RSA-AES128-GCM", 0xc02f},
	{"RSA-AES128-CBC-SHA", 0x002f},
	{"RSA-RC4-SHA", 0x0005},
}

func benchDial(conn net.Conn, suite uint16, finisher string) (net.Conn, error) {
	return Dial(context.Background(), conn, benchConfig(suite, finisher))
}

func benchConfig(suite uint16, finisher string) Config {
	return Config{ServerName: server, Suites: []uint16{suite}, Finisher: finisher}
}

// bareUTLS is utls by itself with the same hello.
func bareUTLS(conn net.Conn, suite uint16) (net.Conn, error) {
	offer, err := helloFor(benchConfig(suite, ""))
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

// benchServer is the server of all benchmarks: crypto/tls with an RSA key and
// a mind of its own about curves, not the P-521 of the hello.
func benchServer(b *testing.B, suite uint16) *tls.Config {
	cert := testpki.Issue(b, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(b, 2048)}, nil)
	return &tls.Config{
		Certificates: []tls.Certificate{cert.Server()}, SessionTicketsDisabled: true,
		CipherSuites: []uint16{suite}, MaxVersion: TLS12,
		CurvePreferences: []tls.CurveID{tls.CurveP256}, DynamicRecordSizingDisabled: true,
	}
}

// compare runs rounds in which every client takes its turn, in an order that
// changes, and reports the ratios of the middle times. once does one turn and
// says how long what matters of it took.
func compare(b *testing.B, unit string, once func(which int) time.Duration) {
	took := make([][]time.Duration, len(clients))
	for round := 0; b.Loop(); round++ {
		for i := range clients {
			which := (round + i) % len(clients)
			took[which] = append(took[which], once(which))
		}
	}
	middle := make([]time.Duration, len(clients))
	for i, t := range took {
		slices.Sort(t)
		middle[i] = t[len(t)/2]
	}
	b.ReportMetric(float64(time.Second)/float64(middle[0]), unit)
	for i, c := range clients[1:] {
		b.ReportMetric(float64(middle[0])/float64(middle[i+1]), c.name+"/"+measure)
	}
}

// BenchmarkHandshake is a whole handshake over loopback, the server's part of
// it included.
func BenchmarkHandshake(b *testing.B) {
	for _, suite := range benchSuites {
		b.Run(suite.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			config := benchServer(b, suite.id)
			var serving sync.WaitGroup
			serving.Go(func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					drain(tls.Server(conn, config)) // does the handshake first
					conn.Close()
				}
			})
			compare(b, "handshakes/s", func(which int) time.Duration {
				tcp, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				c, err := clients[which].dial(tcp, suite.id)
				if err != nil {
					b.Fatal(err)
				}
				took := time.Since(start)
				c.Close()
				return took
			})
			l.Close()
			serving.Wait()
		})
	}
}

const (
	bulkBlock  = 16 << 10       // what one Read or Write moves
	bulkAmount = 64 * bulkBlock // what one turn moves
)

// BenchmarkWrite is the client's work alone: nobody decrypts what it sends.
func BenchmarkWrite(b *testing.B) {
	block := make([]byte, bulkBlock)
	eachBulk(b, func(c net.Conn, s *bulkServer) time.Duration {
		start := time.Now()
		for range bulkAmount / bulkBlock {
			if _, err := c.Write(block); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}, func(s *bulkServer) { drain(s.raw) })
}

// BenchmarkRead is the client's work alone: what it reads was encrypted before.
func BenchmarkRead(b *testing.B) {
	block := make([]byte, bulkBlock)
	eachBulk(b, func(c net.Conn, s *bulkServer) time.Duration {
		if err := s.encrypt(bulkAmount); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		s.release <- struct{}{}
		for range bulkAmount / bulkBlock {
			if _, err := io.ReadFull(c, block); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}, func(s *bulkServer) {
		for range s.release {
			if !send(s.raw, s.held) {
				return
			}
		}
	})
}

// eachBulk connects every client for every suite and compares what once takes.
// serve is the server's side of a connection, in a goroutine.
func eachBulk(b *testing.B, once func(net.Conn, *bulkServer) time.Duration, serve func(*bulkServer)) {
	for _, suite := range benchSuites {
		b.Run(suite.name, func(b *testing.B) {
			config := benchServer(b, suite.id)
			conns, servers := make([]net.Conn, len(clients)), make([]*bulkServer, len(clients))
			var serving sync.WaitGroup
			for i, c := range clients {
				tcp, peer := connPair(b)
				s := &bulkServer{raw: peer, release: make(chan struct{})}
				s.tls = tls.Server(s, config)
				done := make(chan error, 1)
				go func() { done <- s.tls.Handshake() }()
				conn, err := c.dial(tcp, suite.id)
				if err != nil {
					b.Fatal(err)
				}
				if err := <-done; err != nil {
					b.Fatal(err)
				}
				conns[i], servers[i] = conn, s
				serving.Go(func() { serve(s) })
			}
			compare(b, "MB/s", func(which int) time.Duration {
				return once(conns[which], servers[which]) * 1e6 / bulkAmount
			})
			for i := range conns {
				conns[i].Close()
				close(servers[i].release)
			}
			serving.Wait()
		})
	}
}

// bulkServer is a server's end that can keep what it encrypts.
type bulkServer struct {
	raw     net.Conn
	tls     *tls.Conn
	holding bool
	held    []byte
	release chan struct{} // asks for held to be sent
}

// encrypt makes held n bytes of data.
func (s *bulkServer) encrypt(n int) error {
	s.holding, s.held = true, s.held[:0]
	_, err := s.tls.Write(make([]byte, n))
	return err
}

func (s *bulkServer) Read(p []byte) (int, error) { return s.raw.Read(p) }

func (s *bulkServer) Write(p []byte) (int, error) {
	if s.holding {
		s.held = append(s.held, p...)
		return len(p), nil
	}
	return s.raw.Write(p)
}

func (s *bulkServer) Close() error                       { return s.raw.Close() }
func (s *bulkServer) LocalAddr() net.Addr                { return s.raw.LocalAddr() }
func (s *bulkServer) RemoteAddr() net.Addr               { return s.raw.RemoteAddr() }
func (s *bulkServer) SetDeadline(t time.Time) error      { return s.raw.SetDeadline(t) }
func (s *bulkServer) SetReadDeadline(t time.Time) error  { return s.raw.SetReadDeadline(t) }
func (s *bulkServer) SetWriteDeadline(t time.Time) error { return s.raw.SetWriteDeadline(t) }
