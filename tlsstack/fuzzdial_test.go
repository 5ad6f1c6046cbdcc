package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
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
	id := testpki.Issue(t, testpki.Spec{Name: "client", Key: testpki.RSA(t, 2048)}, nil)
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

// FuzzDial mutates recorded flights at the boundaries of records and messages,
// and anywhere else, and plays them to Dial. Whatever comes of it, Dial returns:
// an *Error, or a connection that reads nothing but what the server sent.
func FuzzDial(f *testing.F) {
	flights := recordedFlights(f)
	for i := range flights {
		f.Add(uint8(i), uint16(0), []byte{})
		f.Add(uint8(i), uint16(1), []byte{opFlip, 1, 3, 0x80})
		f.Add(uint8(i), uint16(300), []byte{opSplit, 1, 9, 0, opSplit, 2, 2, 0})
		f.Add(uint8(i), uint16(0), []byte{opMessageGrow, 0, 0, 3, opMessageKind, 1, 0, 14})
		f.Add(uint8(i), uint16(0), []byte{opWarning, 1, 0, 41, opHelloRequest, 2, 0, 0, opSwap, 0, 0, 0})
		f.Add(uint8(i), uint16(0), []byte{opJoin, 0, 0, 0, opJoin, 0, 0, 0, opDouble, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, which uint8, piece uint16, ops []byte) {
		chosen := flights[int(which)%len(flights)]
		finisher := ""
		if which >= 128 {
			finisher = FinisherOwn
		}
		wire := &played{rest: mutate(chosen.bytes, ops), piece: int(piece)}
		c, err := Dial(context.Background(), wire, chosen.config(finisher))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind < KindHandshake || e.Kind > KindClosed || e.Reason == "" {
				t.Fatalf("error %v", err)
			}
			if e.Alert != nil && e.Alert.Sent && wire.writes < 2 {
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

// What mutate can do. Each is followed by a record's number, a place in it and
// a value.
const (
	opFlip         = iota // some bits of a byte
	opDrop                // a record
	opDouble              // a record
	opSwap                // a record and the next
	opCut                 // a record at the place, its length with it
	opLose                // the end of a record, its length left as it was
	opGrow                // a record, by value bytes
	opKind                // the type of a record
	opVersion             // the version of a record
	opSplit               // a record in two
	opJoin                // a record with the next
	opWarning             // a warning alert before a record
	opHelloRequest        // a HelloRequest before a record
	opMessageKind         // the type of a record's first message
	opMessageGrow         // that message, its lengths with it
	opMessageCut          // that message, its lengths with it
	opEnd                 // everything from a record on
	opCount
)

// maxOps bounds the work of one run.
const maxOps = 12

// mutate is flight after some changes, of four bytes each.
func mutate(flight, ops []byte) []byte {
	records := splitRecords(flight)
	for n := 0; len(ops) >= 4 && len(records) > 0 && n < maxOps; n++ {
		i, place, value := int(ops[1])%len(records), int(ops[2]), ops[3]
		r := records[i]
		at := recordHeader + place*(len(r)-recordHeader)/256 // anywhere in the body
		switch ops[0] % opCount {
		case opFlip:
			if at < len(r) {
				r[at] ^= value
			}
		case opDrop:
			records = slices.Delete(records, i, i+1)
		case opDouble:
			records = slices.Insert(records, i, bytes.Clone(r))
		case opSwap:
			next := (i + 1) % len(records)
			records[i], records[next] = records[next], r
		case opCut:
			records[i] = sized(r[:at])
		case opLose:
			records[i] = r[:at]
		case opGrow:
			records[i] = sized(append(r, make([]byte, int(value))...))
		case opKind:
			r[0] = 19 + value%6
		case opVersion:
			r[1], r[2] = 3, value
		case opSplit:
			second := append(bytes.Clone(r[:recordHeader]), r[at:]...)
			records = slices.Insert(records, i+1, sized(second))
			records[i] = sized(r[:at:at])
		case opJoin:
			if i+1 < len(records) && len(r) < maxPlaintext {
				records[i] = sized(append(r, records[i+1][min(recordHeader, len(records[i+1])):]...))
				records = slices.Delete(records, i+1, i+2)
			}
		case opWarning:
			records = slices.Insert(records, i, plainRecord(recordAlert, TLS12, []byte{1, value}))
		case opHelloRequest:
			records = slices.Insert(records, i, plainRecord(recordHandshake, TLS12, make([]byte, 4)))
		case opMessageKind:
			if len(r) > recordHeader {
				r[recordHeader] = value
			}
		case opMessageGrow:
			records[i] = resizeMessage(r, int(value))
		case opMessageCut:
			records[i] = resizeMessage(r, -int(value))
		case opEnd:
			records = records[:i]
		}
		ops = ops[4:]
	}
	return bytes.Join(records, nil)
}

// splitRecords cuts a flight into its records, copies of them.
func splitRecords(flight []byte) (records [][]byte) {
	for len(flight) >= recordHeader {
		n := min(len(flight), recordHeader+int(flight[3])<<8+int(flight[4]))
		records = append(records, bytes.Clone(flight[:n]))
		flight = flight[n:]
	}
	return records
}

// sized is a record with its length set right, if it has a header and is not
// too long for one.
func sized(r []byte) []byte {
	if n := len(r) - recordHeader; n >= 0 && n < 1<<16 {
		r[3], r[4] = byte(n>>8), byte(n)
	}
	return r
}

// resizeMessage makes a record's first message longer or shorter, at its end.
func resizeMessage(r []byte, by int) []byte {
	const header = recordHeader + 4
	if len(r) < header || len(r) > maxPlaintext {
		return r
	}
	old := int(r[header-2])<<8 + int(r[header-1])
	n := max(0, old+by)
	end := min(len(r), header+old)
	body := append(bytes.Clone(r[header:end]), make([]byte, max(0, by))...)
	body = body[:min(n, len(body))]
	out := append(bytes.Clone(r[:header]), body...)
	out[header-2], out[header-1] = byte(n>>8), byte(n)
	return sized(append(out, r[end:]...))
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
