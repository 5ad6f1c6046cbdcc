package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
	"github.com/quectel-sim/qsim/tlsstack/internal/testwire"
	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// This file plays recorded flights of servers to Dial, whole and mutated. The
// client's clock and random bytes are the same each time, so a flight stays
// good: a server's signature fits, and one that resumes a session is good to
// the end, Finished and data included.

// flight is what a server sent, and what the client had in hand.
type flight struct {
	name    string
	version uint16
	bytes   []byte
	client  Config          // the files of seclevel 2
	session *legacy.Session // the one it resumes; nil: it ends with ServerHelloDone
}

// flightData is what a server sends that has resumed a session.
const flightData = "some data"

// config is the client's side of a flight.
func (f flight) config(finisher string) Config {
	cfg := f.client
	cfg.Now, cfg.Rand, cfg.Finisher = epoch, rand.NewChaCha8([32]byte{7}), finisher
	if f.session != nil {
		cfg.Finisher, cfg.Server, cfg.Sessions = "", "192.0.2.1:443", new(SessionCache)
		if s, err := prepare(cfg); err == nil {
			cfg.Sessions.put(s.sessionKey(), &keptSession{session: f.session, made: epoch()})
		}
	}
	return cfg
}

// recordedFlights are good ones of every version.
func recordedFlights(t testing.TB) []flight {
	id := testpki.Issue(t, testpki.Spec{Name: "client"}, nil)
	files := Config{SecLevel: 2, CA: id.PEM(), ClientCert: id.PEM(), ClientKey: id.KeyPEM(t), IgnoreSignature: true}
	rsaCert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	ecCert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	var all []flight
	add := func(f flight, serve func(net.Conn)) {
		f.client = files
		client, peer := connPair(t)
		wire := &recorder{Conn: client}
		done := make(chan struct{})
		go func() { defer close(done); serve(peer); peer.Close() }()
		c, err := Dial(testContext(t), wire, f.config(FinisherOwn))
		if err == nil {
			drain(c)
			c.Close()
		}
		client.Close()
		<-done
		f.bytes = wire.read
		if f.session == nil { // what follows the ChangeCipherSpec is for this client's secret alone
			if at := bytes.LastIndex(f.bytes, []byte{14, 0, 0, 0}); at > 0 {
				f.bytes = f.bytes[:at+4]
			}
		}
		all = append(all, f)
	}

	// By hand where Go has no server.
	byHand := func(name string, version, suite uint16, cert *testpki.Cert, request string) {
		add(flight{name: name, version: version}, func(conn net.Conn) {
			w := &scriptedWire{conn: conn, version: version}
			if _, err := w.hello(); err != nil {
				t.Error(err)
			}
			n := len(cert.DER)
			send(conn, helloAnswer(version, suite, 0, ""))
			list := append([]byte{0, byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}, cert.DER...)
			if err := w.message(11, list); err != nil {
				t.Error(err)
			}
			if request != "" {
				if err := w.message(13, []byte(request)); err != nil {
					t.Error(err)
				}
			}
			if err := w.message(14, nil); err != nil {
				t.Error(err)
			}
			for kind := byte(0); kind != recordChangeCipher; {
				var err error
				if kind, _, err = w.read(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	byHand("SSL 3.0, RSA", SSL30, 0x0004, rsaCert, "\x01\x01\x00\x00")
	byHand("TLS 1.0, static ECDH", TLS10, 0xc004, ecCert, "")
	byHand("TLS 1.1, RSA", TLS11, 0x000a, rsaCert, "\x02\x01\x40\x00\x00")
	byHand("TLS 1.2, static ECDH", TLS12, 0xc025, ecCert, "\x01\x01\x00\x02\x04\x01\x00\x00")

	for _, version := range []uint16{TLS10, TLS11, TLS12} {
		add(flight{name: VersionName(version) + ", ECDHE", version: version}, func(conn net.Conn) {
			s := tls.Server(conn, &tls.Config{
				Certificates: []tls.Certificate{rsaCert.Server(), ecCert.Server()}, MinVersion: TLS10, MaxVersion: version,
				ClientAuth: tls.RequestClientCert, CipherSuites: []uint16{0xc009, 0xc013, 0xc02f},
				CurvePreferences: fastCurve,
			})
			_, _ = s.Write([]byte(flightData)) // to a client that may be gone
			s.Close()
		})
		for _, ticket := range [][]byte{nil, []byte("a ticket")} {
			session := &legacy.Session{
				Version: version, Suite: scriptedSuite, Master: make([]byte, 48), ID: []byte("an id"), Ticket: ticket,
			}
			name := VersionName(version) + ", resumed by id"
			if ticket != nil {
				name = VersionName(version) + ", resumed by ticket"
			}
			add(flight{name: name, version: version, session: session}, func(conn net.Conn) {
				w := &scriptedWire{conn: conn, version: version}
				s := scripted{version: version, resume: session.Master, ticket: ticket, life: 300}
				if err := s.handshake(t, w, new(scriptedSeen)); err != nil {
					t.Error(err)
				}
				if err := errors.Join(w.write(recordApplication, []byte(flightData)), w.write(recordAlert, []byte{1, 0})); err != nil {
					t.Error(err)
				}
			})
		}
	}
	return all
}

// TestRecordedFlights plays the flights as they were recorded, in pieces of
// any size: those that resume come to their data, the others to the end of the
// server's part.
func TestRecordedFlights(t *testing.T) {
	flights := recordedFlights(t)
	for _, f := range flights {
		for _, piece := range []int{1, 7, 1 << 20} {
			wire := &played{rest: f.bytes, piece: piece}
			c, err := Dial(context.Background(), wire, f.config(""))
			if f.session == nil {
				e := wantError(t, err, KindClosed)
				if e.State.Version != f.version || len(e.State.Chain) != 1 || len(wire.rest) != 0 {
					t.Errorf("%s: %v, state %+v, %d bytes not read", f.name, e, e.State, len(wire.rest))
				}
				if !bytes.Contains(wire.written.Bytes(), []byte{20, 3, byte(f.version), 0, 1, 1}) {
					t.Errorf("%s: the client did not come to its ChangeCipherSpec: %v", f.name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", f.name, err)
				continue
			}
			if got, err := io.ReadAll(c); string(got) != flightData || err != nil || !c.State().Resumed {
				t.Errorf("%s: read %q, %v, state %+v", f.name, got, err, c.State())
			}
		}
	}
}

// maxOps bounds the changes of one run.
const maxOps = 12

// FuzzDial mutates recorded flights at the boundaries of records and messages,
// and anywhere else, and plays them to Dial. Whatever comes of it, Dial returns:
// an *Error, or a connection that reads nothing but what the server sent.
func FuzzDial(f *testing.F) {
	flights := recordedFlights(f)
	ops := func(changes ...testwire.Op) (out []byte) { // with the numbers between them
		for _, c := range changes {
			out = append(out, byte(c))
		}
		return out
	}
	for i := range flights {
		f.Add(uint8(i), uint16(0), []byte{})
		f.Add(uint8(i), uint16(1), ops(testwire.Flip, 1, 200))
		f.Add(uint8(i), uint16(300), ops(testwire.Split, 1, 0, testwire.Split, 2, 0))
		f.Add(uint8(i), uint16(0), ops(testwire.MessageGrow, 0, 2, testwire.MessageKind, 1, 14))
		f.Add(uint8(i), uint16(0), ops(testwire.Insert, 1, 2, testwire.Insert, 2, 0, testwire.Swap, 0, 0))
		f.Add(uint8(i), uint16(0), ops(testwire.Coalesce, 0, 0, testwire.Coalesce, 1, 0, testwire.Double, 2, 0))
	}
	f.Fuzz(func(t *testing.T, which uint8, piece uint16, ops []byte) {
		chosen := flights[int(which)%len(flights)]
		finisher := ""
		if which >= 128 {
			finisher = FinisherOwn
		}
		wire := &played{rest: testwire.Stream(chosen.bytes, testwire.Changes(ops, maxOps)...), piece: int(piece)}
		c, err := Dial(context.Background(), wire, chosen.config(finisher))
		if err != nil {
			checkDialError(t, err)
			var e *Error
			if errors.As(err, &e) && e.Alert != nil && e.Alert.Sent && wire.writes < 2 {
				t.Errorf("%v, but nothing was sent", e)
			}
			if !wire.closed {
				t.Error("the connection is still open")
			}
			return
		}
		got, _ := io.ReadAll(c) // any error is as good as another
		if chosen.session == nil || !c.State().Resumed || !bytes.HasPrefix([]byte(flightData), got) {
			t.Fatalf("%s: connected, state %+v, read %q", chosen.name, c.State(), got)
		}
		c.Close()
	})
}

// played is a connection to a server that has said all that it will ever say,
// in pieces of some bytes (0: as they are asked for).
type played struct {
	rest    []byte
	piece   int
	written bytes.Buffer
	writes  int
	closed  bool
}

func (p *played) Read(b []byte) (int, error) {
	if p.closed {
		return 0, net.ErrClosed
	}
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	if p.piece > 0 && len(b) > p.piece {
		b = b[:p.piece]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *played) Write(b []byte) (int, error) {
	if p.closed {
		return 0, net.ErrClosed
	}
	p.writes++
	return p.written.Write(b)
}

func (p *played) Close() error                   { p.closed = true; return nil }
func (*played) LocalAddr() net.Addr              { return nil }
func (*played) RemoteAddr() net.Addr             { return nil }
func (*played) SetDeadline(time.Time) error      { return nil }
func (*played) SetReadDeadline(time.Time) error  { return nil }
func (*played) SetWriteDeadline(time.Time) error { return nil }
