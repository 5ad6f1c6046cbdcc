package tlsstack

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// FuzzFirstFlight: whatever a server answers, there is a ServerHello or an
// *Error, and what was read is kept for the finisher, but for alerts.
func FuzzFirstFlight(f *testing.F) {
	hello := append([]byte{3, 3}, make([]byte, 33)...)
	hello = append(hello, 0xc0, 0x2f, 0, 0, 4, 0, 23, 0, 0)
	f.Add(plainRecord(recordHandshake, TLS12, append([]byte{2, 0, 0, byte(len(hello))}, hello...)))
	f.Add([]byte{21, 3, 3, 0, 2, 1, 112, 22, 3, 3, 0, 1, 2})
	f.Add([]byte{21, 3, 0, 0, 2, 2, 40})
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	full, err := helloFor(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		unread := bytes.NewReader(answer)
		alerts := 0
		flight := &firstFlight{conn: unread, warn: func(Alert) { alerts++ }}
		h, err := flight.read()
		read := answer[:len(answer)-unread.Len()]
		if len(flight.raw) != len(read)-alerts*(recordHeader+2) || !bytes.HasSuffix(read, flight.raw[flight.next:]) {
			t.Errorf("%x was read, and %x kept", read, flight.raw)
		}
		if err == nil && flight.raw[0] != recordHandshake {
			t.Errorf("the finisher is given %x", flight.raw)
		}
		if err == nil {
			err = h.accept(full)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) && transportError(err) == nil {
			t.Errorf("error %v is of no kind", err)
		}
	})
}

// FuzzServerHello: what is read of a ServerHello is all that is in it, and what
// is taken was offered.
func FuzzServerHello(f *testing.F) {
	for v := SSL30; v <= TLS12; v++ {
		hello := append([]byte{3, byte(v)}, make([]byte, 32)...)
		f.Add(append(hello, 0, 0, 0x2f, 0))
		f.Add(append(hello, 2, 'i', 'd', 0xc0, 0x2f, 0, 0, 9, 0, 23, 0, 0, 0xff, 1, 0, 1, 0))
		f.Add(append(hello, 0, 0, 0x2f, 1, 0, 4, 0, 22, 0, 0))
	}
	var offers []hello
	for _, cfg := range []Config{{}, {MinVersion: TLS12}, {MaxVersion: SSL30, Suites: []uint16{0x0005}}, {Suites: []uint16{0xc02f}}} {
		offer, err := helloFor(cfg)
		if err != nil {
			f.Fatal(err)
		}
		offers = append(offers, offer)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := parseServerHello(body)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Alert == nil || !e.Alert.Sent {
				t.Fatalf("error %v", err)
			}
			return
		}
		var b cryptobyte.Builder
		b.AddUint16(h.version)
		b.AddBytes(h.random[:])
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(h.sessionID) })
		b.AddUint16(h.suite)
		b.AddUint8(h.compression)
		if n := b.BytesOrPanic(); len(n) < len(body) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				for _, x := range h.extensions {
					b.AddUint16(x.id)
					b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(x.body) })
				}
			})
		}
		if again := b.BytesOrPanic(); !bytes.Equal(again, body) {
			t.Errorf("% x is read as %+v, which is % x", body, h, again)
		}
		for _, offer := range offers {
			if h.accept(offer) == nil && (h.version < offer.recordVersion || h.version > offer.version || !offer.offers(h.suite)) {
				t.Errorf("%04x with %04x is taken, which was not offered", h.suite, h.version)
			}
		}
	})
}

// FuzzNames: no distinguished name upsets the comparison, and every name is
// itself.
func FuzzNames(f *testing.F) {
	cert := testpki.Issue(f, testpki.Spec{Name: "Root"}, nil).X509(f)
	f.Add(cert.RawSubject, cert.RawIssuer)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !sameName(a, a) {
			t.Error("a name differs from itself")
		}
		if sameName(a, b) != sameName(b, a) {
			t.Error("a is b, but b is not a")
		}
	})
}

// FuzzFiles: whatever is in the host's files, they are read or refused with an
// *Error of KindConfig.
func FuzzFiles(f *testing.F) {
	root := testpki.Issue(f, testpki.Spec{Name: "Root", CA: true}, nil)
	rsaID := testpki.Issue(f, testpki.Spec{Key: testpki.RSA(f, 1024)}, root)
	f.Add(testpki.Bundle(root, rsaID), rsaID.PEM(), rsaID.KeyPEM(f))
	f.Add(root.DER, root.DER, root.KeyPEM(f))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\r\n-----END"), []byte{0x30, 0x80}, []byte("Proc-Type: 4,ENCRYPTED"))
	f.Fuzz(func(t *testing.T, ca, cert, key []byte) {
		for _, level := range []int{1, 2} {
			s, err := prepare(Config{SecLevel: level, CA: ca, ClientCert: cert, ClientKey: key})
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Kind != KindConfig || e.Err == nil) {
				t.Errorf("error %v", err)
			}
			if err == nil && (len(s.roots) == 0 || level == 2 && s.client == nil) {
				t.Error("neither files nor an error")
			}
		}
	})
}
