package legacy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// connected is a connection whose server does what serve says.
func connected(t *testing.T, p pair, serve func(*serverSide) error) (*Conn, <-chan error) {
	t.Helper()
	return offerOf(p).mustConnect(t, serverFor(t, p.version, p.suite), serve)
}

var anyPair = pair{tls12, 0xc02f}

// A HelloRequest is refused with a warning, and life goes on; in pieces and
// several at a time as well.
func TestHelloRequest(t *testing.T) {
	request := []byte{typeHelloRequest, 0, 0, 0}
	for _, records := range [][][]byte{{request}, {request[:1], request[1:]}, {slices.Concat(request, request)}} {
		var got []byte
		conn, done := connected(t, anyPair, func(s *serverSide) error {
			for _, r := range records {
				if err := s.write(recordHandshake, r); err != nil {
					return err
				}
			}
			_, alert, err := s.in.next()
			got = bytes.Clone(alert)
			if err != nil {
				return err
			}
			if err := s.write(recordApplication, []byte("go on")); err != nil {
				return err
			}
			return s.echo()
		})
		buf := make([]byte, 5)
		if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "go on" {
			t.Fatalf("%q, %v", buf, err)
		}
		mustEcho(t, conn, []byte("hello"))
		mustClose(t, conn, done)
		if want := []byte{levelWarning, alertNoRenegotiation}; !bytes.Equal(got, want) {
			t.Errorf("the answer is % x, want % x", got, want)
		}
	}
}

// One that comes in the record of the Finished waits for Read.
func TestHelloRequestWithFinished(t *testing.T) {
	c := serverFor(t, tls12, 0xc02f)
	c.tamper = func(kind uint8, m []byte) []byte {
		if kind == typeFinished {
			return append(m, typeHelloRequest, 0, 0, 0)
		}
		return m
	}
	conn, done := offerOf(anyPair).mustConnect(t, c, echo)
	mustEcho(t, conn, []byte("hello"))
	mustClose(t, conn, done)
}

// What comes after a handshake and should not, or is no good.
func TestMistakesAfterwards(t *testing.T) {
	write := func(kind byte, records ...[]byte) func(*serverSide) error {
		return func(s *serverSide) error {
			for _, r := range records {
				if err := s.write(kind, r); err != nil {
					return err
				}
			}
			return s.echo()
		}
	}
	raw := func(b ...byte) func(*serverSide) error {
		return func(s *serverSide) error {
			if _, err := s.conn.Write(b); err != nil {
				return err
			}
			return s.echo()
		}
	}
	helloRequest := []byte{typeHelloRequest, 0, 0, 0}
	tests := []struct {
		name  string
		pair  pair
		serve func(*serverSide) error
		alert uint8
	}{
		{"ChangeCipherSpec", anyPair, write(recordChangeCipher, []byte{1}), alertUnexpectedMessage},
		{"ServerHelloDone", anyPair, write(recordHandshake, []byte{typeServerHelloDone, 0, 0, 0}), alertUnexpectedMessage},
		{"HelloRequest with a body", anyPair, write(recordHandshake, []byte{0, 0, 0, 1, 0}), alertUnexpectedMessage},
		{"HelloRequest of SSL 3.0", pair{ssl30, 0x0005}, write(recordHandshake, helloRequest), alertUnexpectedMessage},
		{"HelloRequests without end", anyPair, write(recordHandshake, times(maxBarren+1, helloRequest)...), alertUnexpectedMessage},
		{"warnings without end", anyPair, write(recordAlert, times(maxBarren+1, []byte{1, 90})...), alertUnexpectedMessage},
		{"empty records without end", anyPair, write(recordApplication, times(maxBarren+1, nil)...), alertUnexpectedMessage},
		{"empty alert", anyPair, write(recordAlert, nil), alertDecodeError},
		{"huge message", anyPair, write(recordHandshake, []byte{0, 1, 0, 0}), alertDecodeError},
		{"record not encrypted", anyPair, raw(recordApplication, 3, 3, 0, 1, 'x'), alertBadRecordMAC},
		{"long record", anyPair, raw(recordApplication, 3, 3, 0xff, 0xff), alertRecordOverflow},
		{"no record", anyPair, raw([]byte("HTTP/1.0 400 Bad Request")...), alertUnexpectedMessage},
		{"data inside a message", anyPair, func(s *serverSide) error {
			return errors.Join(s.write(recordHandshake, helloRequest[:2]), s.write(recordApplication, []byte("data")), s.echo())
		}, alertUnexpectedMessage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, done := connected(t, test.pair, test.serve)
			_, err := conn.Read(make([]byte, 10))
			wantAlert(t, err, test.alert, true)
			if _, again := conn.Read(make([]byte, 10)); again != err {
				t.Errorf("the second Read: %v, want the same again", again)
			}
			if _, err := conn.Write([]byte("x")); err == nil {
				t.Error("Write goes on")
			}
			if err := conn.CloseWrite(); err != nil {
				t.Errorf("CloseWrite: %v", err)
			}
			if err := conn.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if err := <-done; err == nil {
				t.Error("the server saw nothing wrong")
			}
		})
	}
}

// Empty records, warnings and such are fine as long as there is data in
// between, however much of them there is.
func TestBarrenRecordsBetweenData(t *testing.T) {
	const rounds = 50
	conn, done := connected(t, pair{tls10, 0x002f}, func(s *serverSide) error {
		for range rounds {
			err := errors.Join(
				s.write(recordApplication, nil),
				s.write(recordAlert, []byte{levelWarning, 90}),
				s.write(recordHandshake, []byte{typeHelloRequest, 0, 0, 0}),
				s.write(recordApplication, []byte("x")))
			if err != nil {
				return err
			}
		}
		return s.echo()
	})
	if _, err := io.ReadFull(conn, make([]byte, rounds)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, conn, done)
}

func TestFatalAlertAfterwards(t *testing.T) {
	conn, done := connected(t, anyPair, func(s *serverSide) error {
		return s.write(recordAlert, []byte{levelFatal, 80})
	})
	_, err := conn.Read(make([]byte, 1))
	wantAlert(t, err, 80, false)
	_, err = conn.Write([]byte("x"))
	wantAlert(t, err, 80, false)
	if err := errors.Join(<-done, conn.Close()); err != nil {
		t.Error(err)
	}
}

// The end of the connection: in order, between records, and inside one.
func TestEnds(t *testing.T) {
	tests := []struct {
		name  string
		serve func(*serverSide) error
		want  error
	}{
		{"close_notify", func(s *serverSide) error { return s.write(recordAlert, []byte{levelWarning, 0}) }, io.EOF},
		{"FIN", func(*serverSide) error { return nil }, io.EOF},
		{"FIN in a record", func(s *serverSide) error {
			_, err := s.conn.Write([]byte{recordApplication, 3, 3, 0, 40, 1, 2, 3})
			return err
		}, io.ErrUnexpectedEOF},
		{"FIN in a header", func(s *serverSide) error {
			_, err := s.conn.Write([]byte{recordApplication, 3})
			return err
		}, io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, done := connected(t, anyPair, func(s *serverSide) error {
				return errors.Join(s.write(recordApplication, []byte("last words")), test.serve(s))
			})
			got, err := io.ReadAll(conn)
			if err == nil {
				err = io.EOF // which ReadAll leaves out
			}
			if string(got) != "last words" || err != test.want {
				t.Errorf("%q, %v; want %v", got, err, test.want)
			}
			if _, err := conn.Read(make([]byte, 1)); err != test.want {
				t.Errorf("again: %v, want %v", err, test.want)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCloseWrite(t *testing.T) {
	var alerts []Alert
	o := offerOf(anyPair)
	o.cfg.OnAlert = func(a Alert) { alerts = append(alerts, a) }
	conn, done := o.mustConnect(t, serverFor(t, tls12, 0xc02f), func(s *serverSide) error {
		if _, err := s.data(); err != io.EOF {
			return fmt.Errorf("%v where close_notify was due", err)
		}
		return errors.Join(s.write(recordApplication, []byte("still here")), s.write(recordAlert, []byte{levelWarning, 0}))
	})
	for range 2 {
		if err := conn.CloseWrite(); err != nil {
			t.Errorf("CloseWrite: %v", err)
		}
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, errShut) {
		t.Errorf("Write after CloseWrite: %v", err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "still here" {
		t.Errorf("%q, %v", got, err)
	}
	if err := errors.Join(<-done, conn.Close()); err != nil {
		t.Error(err)
	}
	if want := []Alert{{Code: 0, Sent: true}, {Code: 0}}; !slices.Equal(alerts, want) {
		t.Errorf("alerts: %v, want %v", alerts, want)
	}
}

// Nothing in, nothing out.
func TestEmptyReadAndWrite(t *testing.T) {
	conn, done := connected(t, anyPair, echo)
	if n, err := conn.Write(nil); n != 0 || err != nil {
		t.Errorf("Write: %d, %v", n, err)
	}
	if n, err := conn.Read(nil); n != 0 || err != nil {
		t.Errorf("Read: %d, %v", n, err)
	}
	mustClose(t, conn, done)
}

// How data is cut into records: mbedTLS 2.16 sends one byte first where the IV
// could be known.
func TestRecordSplitting(t *testing.T) {
	tests := []struct {
		pair  pair
		write int
		want  []int
	}{
		{pair{ssl30, 0x002f}, 10, []int{1, 9}},
		{pair{tls10, 0x000a}, 2, []int{1, 1}},
		{pair{tls10, 0x000a}, 1, []int{1}},
		{pair{tls10, 0x002f}, 20000, []int{1, 16384, 1, 3614}},
		{pair{tls10, 0x0005}, 10, []int{10}},
		{pair{tls11, 0x002f}, 20000, []int{16384, 3616}},
		{pair{tls12, 0xc02f}, 16385, []int{16384, 1}},
	}
	for _, test := range tests {
		var got []int
		conn, done := connected(t, test.pair, func(s *serverSide) error {
			for {
				data, err := s.data()
				if err == io.EOF {
					return s.write(recordAlert, []byte{levelWarning, 0})
				}
				if err != nil {
					return err
				}
				got = append(got, len(data))
			}
		})
		if _, err := conn.Write(make([]byte, test.write)); err != nil {
			t.Fatal(err)
		}
		mustClose(t, conn, done)
		if !slices.Equal(got, test.want) {
			t.Errorf("%04x/%04x: %d bytes go as %v, want %v", test.pair.version, test.pair.suite, test.write, got, test.want)
		}
	}
}
