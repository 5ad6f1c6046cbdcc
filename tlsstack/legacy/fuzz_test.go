package legacy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testwire"
)

// wire is a connection on which the peer has said all that it will ever say.
type wire struct{ io.Reader }

func (wire) Write(p []byte) (int, error)      { return len(p), nil }
func (wire) Close() error                     { return nil }
func (wire) LocalAddr() net.Addr              { return nil }
func (wire) RemoteAddr() net.Addr             { return nil }
func (wire) SetDeadline(time.Time) error      { return nil }
func (wire) SetReadDeadline(time.Time) error  { return nil }
func (wire) SetWriteDeadline(time.Time) error { return nil }

// sealedData is what the sealed records of FuzzReader hold.
const sealedData = "some data"

// FuzzReader reads any bytes as records, unprotected and with every protection,
// as many at a time as there are and one by one, which comes to the same. What
// opens under a protection is what was sealed: no one forges a record.
func FuzzReader(f *testing.F) {
	stream, _ := records(f)
	f.Add(uint8(0), stream[:6000])
	pairs := allPairs()
	for i, p := range pairs {
		seal, _ := protections(f, p, i%2 == 0)
		w := newRecordWriter(io.Discard, p.version)
		w.protect(seal)
		if err := errors.Join(w.add(recordApplication, []byte(sealedData)), w.add(recordApplication, []byte(sealedData))); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i+1), w.buffer)
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		read := func(src io.Reader) (out []byte, end error) {
			r := newRecordReader(src, nil)
			if which > 0 {
				i := int(which-1) % len(pairs)
				_, open := protections(t, pairs[i], i%2 == 0)
				r.protect(open)
			}
			for {
				kind, content, err := r.next()
				if len(content) > maxPlaintext || len(r.buffer) > largeBuffer {
					t.Fatalf("%d bytes in a buffer of %d", len(content), len(r.buffer))
				}
				if err != nil {
					return out, err
				}
				if which > 0 && (kind != recordApplication || string(content) != sealedData) {
					t.Fatalf("a record of type %d with % x was opened", kind, content)
				}
				out = append(append(out, kind), content...)
			}
		}
		all, err := read(bytes.NewReader(data))
		single, errSingle := read(iotest.OneByteReader(bytes.NewReader(data)))
		if !bytes.Equal(all, single) || err.Error() != errSingle.Error() {
			t.Fatalf("at once %x, %v; byte by byte %x, %v", all, err, single, errSingle)
		}
	})
}

// FuzzFinish has a server answer with any bytes, up to where encryption begins.
func FuzzFinish(f *testing.F) {
	choices := []pair{{ssl30, 0x0004}, {tls10, 0x002f}, {tls11, 0xc009}, {tls12, 0xc02f}, {tls12, 0xc025}, {tls12, 0xc030}}
	for i, p := range choices {
		f.Add(uint8(i), recordedFlight(f, p))
	}
	p := testPKI(f)
	f.Fuzz(func(t *testing.T, which uint8, flight []byte) {
		choice := choices[int(which)%len(choices)]
		server := ServerHello{Version: choice.version, Suite: choice.suite, SessionID: []byte("id")}
		hello := Hello{Version: choice.version, Groups: testGroups, Signatures: testSignatures}
		cfg := &Config{ClientCertificate: identity(p.clientRSA)}
		if which >= 128 {
			hello.SessionID = server.SessionID
			cfg.Session = &Session{Version: choice.version, Suite: choice.suite, Master: make([]byte, masterLength)}
		}
		known := min(len(flight), 100)
		conn, err := Finish(wire{bytes.NewReader(flight[known:])}, hello, server, bytes.Clone(flight[:known]), cfg)
		if err == nil {
			t.Fatalf("a handshake with %x, state %+v", flight, conn.State())
		}
	})
}

// recordedFlight is what a server sends up to its ServerHelloDone.
func recordedFlight(f *testing.F, p pair) []byte {
	f.Helper()
	c := serverFor(f, p.version, p.suite)
	c.request = &certificateRequestMsg{types: []byte{requestRSA}, algorithms: []uint16{0x0401}}
	client, raw := connPair(f)
	done := make(chan error, 1)
	go func() {
		defer raw.Close()
		_, err := c.accept(raw)
		done <- err
	}()
	w := newRecordWriter(client, p.version)
	if err := errors.Join(w.add(recordHandshake, offerOf(p).hello().Message), w.flush()); err != nil {
		f.Fatal(err)
	}
	var flight bytes.Buffer
	r := newRecordReader(io.TeeReader(client, &flight), nil)
	for {
		_, content, err := r.next()
		if err != nil {
			f.Fatal(err)
		}
		if bytes.HasSuffix(content, []byte{typeServerHelloDone, 0, 0, 0}) {
			break
		}
	}
	client.Close()
	if <-done == nil {
		f.Fatal("a handshake without a client")
	}
	return flight.Bytes()
}

// FuzzHandshake changes the bytes of a real server's side of a whole handshake,
// encrypted part and data included: at a place, XORs some bytes, or leaves some
// out, or puts some in.
func FuzzHandshake(f *testing.F) {
	f.Add(uint8(0), uint16(0), uint8(0), []byte{})
	f.Add(uint8(3), uint16(100), uint8(0), []byte{1})
	f.Add(uint8(3), uint16(5), uint8(1), []byte{1, 2, 3})
	f.Add(uint8(17), uint16(1000), uint8(2), []byte{21, 3, 3, 0, 2, 1, 0})
	f.Add(uint8(17), uint16(5), uint8(2), []byte{22, 3, 3, 0, 4, 0, 0, 0, 0})
	pairs := allPairs()
	f.Fuzz(func(t *testing.T, which uint8, at uint16, how uint8, change []byte) {
		p := pairs[int(which)%len(pairs)]
		c := serverFor(t, p.version, p.suite)
		if p.version > ssl30 {
			c.extensions = []Extension{{extMasterSecret, nil}, {extEncryptThenMAC, nil}, {extSessionTicket, nil}}
			c.ticket = []byte("a ticket")
		}
		c.request = &certificateRequestMsg{types: []byte{requestRSA}, algorithms: []uint16{0x0401}}

		client, raw := testwire.Pair()
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer raw.Close()
			s, err := c.accept(&mutator{Conn: raw, at: int(at), how: how, change: change})
			if err != nil {
				return
			}
			if s.write(recordApplication, []byte("some data")) == nil {
				_ = s.write(recordAlert, []byte{levelWarning, 0}) // to a client that may be gone
			}
		}()
		o := offerOf(p)
		o.cfg.ClientCertificate = identity(testPKI(t).clientRSA)
		if conn, err := o.connect(client); err == nil {
			got, err := io.ReadAll(conn)
			if err == nil && !bytes.HasPrefix([]byte("some data"), got) {
				t.Errorf("got %q", got)
			}
		}
		client.Close()
		<-done
	})
}

// mutator changes what is written at one place of the stream.
type mutator struct {
	net.Conn
	at     int // bytes until the place
	how    uint8
	change []byte
}

func (m *mutator) Write(p []byte) (int, error) {
	if m.at < 0 || m.at >= len(p) {
		m.at -= len(p)
		return m.Conn.Write(p)
	}
	head, tail := p[:m.at], p[m.at:]
	n := min(len(m.change), len(tail))
	m.at = -1
	var out []byte
	switch m.how % 3 {
	case 0:
		out = bytes.Clone(p)
		for i := range n {
			out[len(head)+i] ^= m.change[i]
		}
	case 1:
		out = append(bytes.Clone(head), tail[n:]...)
	case 2:
		out = append(append(bytes.Clone(head), m.change...), tail...)
	}
	if _, err := m.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
