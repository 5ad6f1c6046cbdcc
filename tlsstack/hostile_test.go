package tlsstack

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// versionsOfBoth are those that either finisher speaks.
var versionsOfBoth = []uint16{TLS10, TLS11, TLS12}

// joined sends what is written together, before it reads or when there is much of
// it: what a server sends behind its Finished comes along with it.
type joined struct {
	net.Conn
	held []byte
}

func (j *joined) Write(p []byte) (int, error) {
	if j.held = append(j.held, p...); len(j.held) < 4096 {
		return len(p), nil
	}
	return len(p), j.flush()
}

func (j *joined) flush() error {
	_, err := j.Conn.Write(j.held)
	j.held = j.held[:0]
	return err
}

func (j *joined) Read(p []byte) (int, error) {
	if err := j.flush(); err != nil {
		return 0, err
	}
	return j.Conn.Read(p)
}

// scriptedConnection is a connection to a scripted server, which does serve after
// the handshake; the channel gets its error.
func scriptedConnection(t *testing.T, finisher string, version uint16, serve func(*scriptedWire) error) (*Conn, *counter, <-chan error) {
	t.Helper()
	client, peer := connPair(t)
	s := scriptedServer(t, version)
	done := make(chan error, 1)
	go func() {
		w := &scriptedWire{conn: &joined{Conn: peer}, version: version}
		err := s.handshake(t, w, new(scriptedSeen))
		if err == nil {
			err = serve(w)
		}
		done <- err
		peer.Close()
	}()
	wire := &counter{Conn: client}
	c, err := Dial(testContext(t), wire, Config{Suites: []uint16{scriptedSuite}, Finisher: finisher})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if got := c.State().Finisher; got != finisher {
		t.Fatalf("finished by %s", got)
	}
	return c, wire, done
}

// TestRenegotiationRefused: a server asks for another handshake, whole or in
// pieces, more often than anybody would put up with in a row. Each request is
// answered no_renegotiation, and data goes on.
func TestRenegotiationRefused(t *testing.T) {
	byBoth(t, func(t *testing.T, finisher string) {
		for _, version := range versionsOfBoth {
			c, _, done := scriptedConnection(t, finisher, version, func(w *scriptedWire) error {
				for i := range 40 {
					text := fmt.Appendf(nil, "data %d", i)
					request := make([]byte, 4)
					err := w.write(recordHandshake, request[:i%4+1])
					if rest := request[i%4+1:]; err == nil && len(rest) > 0 {
						err = w.write(recordHandshake, rest)
					}
					if err == nil {
						err = w.write(recordApplication, text)
					}
					for _, want := range [][]byte{{1, 100}, text} {
						if err != nil {
							return err
						}
						var got []byte
						if _, got, err = w.read(); !bytes.Equal(got, want) {
							return fmt.Errorf("round %d: % x came, want % x: %w", i, got, want, err)
						}
					}
				}
				return nil
			})
			if _, err := io.Copy(c, struct{ io.Reader }{c}); err != nil {
				t.Errorf("%s: %v", VersionName(version), err)
			}
			c.Close()
			if err := <-done; err != nil {
				t.Errorf("%s, the server: %v", VersionName(version), err)
			}
		}
	})
}

// TestFloodsAfterHandshake: a server sends what brings nothing without end. The
// connection ends, by an alert, and little is read of it.
func TestFloodsAfterHandshake(t *testing.T) {
	floods := []struct {
		name   string
		kind   byte
		record []byte
		alert  uint8
	}{
		{"HelloRequests", recordHandshake, make([]byte, 4), alertUnexpectedMessage},
		{"HelloRequests in one record", recordHandshake, make([]byte, maxPlaintext), alertUnexpectedMessage},
		{"pieces of HelloRequests", recordHandshake, make([]byte, 1), alertUnexpectedMessage},
		{"empty data", recordApplication, nil, alertUnexpectedMessage},
		{"empty messages", recordHandshake, nil, alertUnexpectedMessage},
		{"warnings", recordAlert, []byte{1, 112}, alertUnexpectedMessage},
		{"a message of 16 MiB", recordHandshake, append([]byte{11, 0xff, 0xff, 0xff}, make([]byte, 16000)...), alertDecodeError},
		{"Certificates", recordHandshake, []byte{11, 0, 0, 3, 0, 0, 0}, alertUnexpectedMessage},
		{"ChangeCipherSpecs", recordChangeCipher, []byte{1}, alertUnexpectedMessage},
	}
	byBoth(t, func(t *testing.T, finisher string) {
		for _, f := range floods {
			c, wire, done := scriptedConnection(t, finisher, TLS12, func(w *scriptedWire) error {
				go drain(w.conn.(*joined).Conn)
				for range 16 << 20 / (len(f.record) + 1) {
					if w.write(f.kind, f.record) != nil {
						return nil //nolint:nilerr // the client is to end it
					}
				}
				return errors.New("all of it was taken")
			})
			_, err := readAll(t, c)
			if e := wantError(t, err, KindClosed); e.Alert == nil || !e.Alert.Sent || e.Alert.Code != f.alert {
				t.Errorf("%s: ended by %v, want %d", f.name, e.Alert, f.alert)
			}
			c.Close()
			if n := wire.read.Load(); n > 128<<10 {
				t.Errorf("%s: %d bytes were read", f.name, n)
			}
			if err := <-done; err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
		}
	})
}

// illegalRecords are beginnings of records that may not be, or not where data is
// encrypted: no record, with its MAC, is so short.
func illegalRecords(version uint16) map[string][]byte {
	records := map[string][]byte{}
	for _, n := range []int{maxPlaintext + 2048 + 1, 40000, 0xffff} {
		for _, kind := range []byte{recordHandshake, recordApplication} {
			records[fmt.Sprintf("%d bytes of type %d", n, kind)] = append([]byte{kind, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}, make([]byte, n)...)
		}
	}
	for _, kind := range []byte{recordChangeCipher, recordHandshake, recordAlert} {
		records[fmt.Sprintf("an empty one of type %d", kind)] = plainRecord(kind, version, nil)
	}
	records["an alert of one byte"] = plainRecord(recordAlert, version, []byte{1})
	records["an alert of three bytes"] = plainRecord(recordAlert, version, []byte{1, 0, 0})
	records["a ChangeCipherSpec of two bytes"] = plainRecord(recordChangeCipher, version, []byte{1, 1})
	records["an unknown type"] = plainRecord(24, version, []byte{1})
	records["another protocol's version"] = []byte{recordHandshake, 9, 9, 0, 1, 1}
	return records
}

// TestIllegalRecordsInHandshake: in each state of the handshake a record comes
// that may not be.
func TestIllegalRecordsInHandshake(t *testing.T) {
	config := stallingServer(t)
	stream := serverStream(t, config)
	byBoth(t, func(t *testing.T, finisher string) {
		for at := 0; at < len(stream); at += recordHeader + int(stream[at+3])<<8 + int(stream[at+4]) {
			for name, record := range illegalRecords(TLS12) {
				t.Run(fmt.Sprintf("%d/%s", at, name), func(t *testing.T) {
					t.Parallel()
					client, peer := connPair(t)
					done := make(chan struct{})
					go func() {
						defer close(done)
						wire := &cutShort{Conn: peer, left: at, then: func(conn net.Conn) { flood(record)(conn) }}
						_ = tls.Server(wire, config).Handshake() // it does not get far
						drain(peer)
						peer.Close()
					}()
					wire := &counter{Conn: client}
					_, err := Dial(testContext(t), wire, Config{Finisher: finisher})
					wantError(t, err, KindHandshake)
					if n := wire.read.Load(); n > 128<<10 {
						t.Errorf("%d bytes were read", n)
					}
					<-done
				})
			}
		}
	})
}

// TestIllegalRecordsAfterHandshake: the same on a connection that stands, with
// each length that the cipher cannot have made.
func TestIllegalRecordsAfterHandshake(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 1024)}, nil)
	config := &tls.Config{Certificates: []tls.Certificate{cert.Server()}, MaxVersion: TLS12}
	byBoth(t, func(t *testing.T, finisher string) {
		for _, suite := range []uint16{0xc02f, 0x002f, 0x0005} { // GCM, CBC, a stream
			config := config.Clone()
			config.CipherSuites, config.CurvePreferences = []uint16{suite}, fastCurve
			records := illegalRecords(TLS12)
			for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 19, 20, 23, 24, 31, 32, 33, 36, 47, 48, 49} {
				records[fmt.Sprintf("%d bytes", n)] = plainRecord(recordApplication, TLS12, make([]byte, n))
			}
			for name, record := range records {
				client, peer := connPair(t)
				s := tls.Server(peer, config)
				done := make(chan error, 1)
				go func() { done <- s.Handshake() }()
				wire := &counter{Conn: client}
				c, err := Dial(testContext(t), wire, Config{Finisher: finisher, Suites: []uint16{suite}})
				if err != nil {
					t.Fatal(err)
				}
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				go func() { done <- nil; flood(record)(peer) }()
				<-done
				_, err = readAll(t, c)
				if e := wantError(t, err, KindClosed); e.Alert == nil || !e.Alert.Sent {
					t.Errorf("%04x, %s: ended by %v", suite, name, e.Alert)
				}
				if n := wire.read.Load(); n > 128<<10 {
					t.Errorf("%04x, %s: %d bytes were read", suite, name, n)
				}
				c.Close()
				peer.Close()
			}
		}
	})
}

// TestHugeCertificate: a Certificate of 16 MiB, as long as a message can say that
// it is, is not collected: neither one that is sent, nor one in pieces of a byte,
// nor one that is made of many certificates.
func TestHugeCertificate(t *testing.T) {
	const size = 1<<24 - 1
	var many []byte
	one := append([]byte{0, 4, 0}, make([]byte, 1024)...)
	for len(many) < size-3-len(one) {
		many = append(many, one...)
	}
	n := len(many)
	many = append([]byte{byte(n >> 16), byte(n >> 8), byte(n)}, many...)
	for _, c := range []struct {
		name  string
		body  []byte
		piece int
	}{
		{"one", append([]byte{0xff, 0xff, 0xfc, 0xff, 0xff, 0xf9}, make([]byte, size-6)...), maxPlaintext},
		{"many", many, maxPlaintext},
		{"in pieces", many, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			byBoth(t, func(t *testing.T, finisher string) {
				client, peer := connPair(t)
				done := make(chan bool, 1)
				go func() {
					defer peer.Close()
					readRecord(t, peer)
					ok := send(peer, helloAnswer(TLS12, 0x002f, 0, ""))
					n := len(c.body)
					message := slices.Concat([]byte{11, byte(n >> 16), byte(n >> 8), byte(n)}, c.body[:min(n, 64<<10)])
					record := make([]byte, 0, recordHeader+maxPlaintext)
					for sent := 0; ok && sent < size; sent += c.piece {
						at := sent % (len(message) - c.piece)
						record = append(record[:0], recordHandshake, 3, 3, byte(c.piece>>8), byte(c.piece))
						ok = send(peer, append(record, message[at:at+c.piece]...))
					}
					done <- ok
				}()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				wire := &counter{Conn: client}
				_, err := Dial(testContext(t), wire, Config{Finisher: finisher})
				wantError(t, err, KindHandshake)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
					t.Errorf("%d bytes were allocated", n)
				}
				if n := wire.read.Load(); n > 128<<10 {
					t.Errorf("%d bytes were read", n)
				}
				if <-done {
					t.Error("all of it was taken")
				}
			})
		})
	}
}
