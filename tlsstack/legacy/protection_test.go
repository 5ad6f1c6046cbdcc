package legacy

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"testing"
)

// protections are both directions of a connection with the same keys.
func protections(t testing.TB, p pair, etm bool) (seal, open protection) {
	t.Helper()
	row, _ := suiteByID(p.suite)
	// With a secret of its own no pair opens what another has sealed.
	secret := fmt.Appendf(bytes.Clone(katPremaster), "%04x%04x", p.version, p.suite)
	k := newSchedule(p.version, row).keys(row, secret, katClient, katServer)
	params := protectionParams{p.version, row, etm && row.bulk.cbc(), rand.Reader}
	seal, err := newProtection(params, sealing, k.clientMAC, k.clientKey, k.clientIV)
	if err != nil {
		t.Fatal(err)
	}
	if open, err = newProtection(params, opening, k.clientMAC, k.clientKey, k.clientIV); err != nil {
		t.Fatal(err)
	}
	return seal, open
}

// What one side seals the other opens, whatever its length, in any protection;
// and a record with any byte changed is refused.
func TestProtections(t *testing.T) {
	for _, p := range allPairs() {
		for _, etm := range []bool{false, true} {
			if etm && p.version == ssl30 {
				continue
			}
			t.Run(fmt.Sprintf("%04x/%04x/etm=%v", p.version, p.suite, etm), func(t *testing.T) {
				seal, open := protections(t, p, etm)
				var wire bytes.Buffer
				w := newRecordWriter(&wire, p.version)
				w.protect(seal)
				r := newRecordReader(&wire, nil)
				r.protect(open)
				for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 255, 256, 1460, maxPlaintext} {
					data := bytes.Repeat([]byte{0x5a}, n)
					if err := w.addRecord(recordApplication, data); err != nil {
						t.Fatal(err)
					}
					if want := recordHeader + seal.lead() + n + seal.tail(n); len(w.buffer) != want {
						t.Fatalf("%d bytes make a record of %d, not of %d as told", n, len(w.buffer), want)
					}
					if err := w.flush(); err != nil {
						t.Fatal(err)
					}
					kind, got, err := r.next()
					if err != nil || kind != recordApplication || !bytes.Equal(got, data) {
						t.Fatalf("%d bytes: kind %d, %d bytes, %v", n, kind, len(got), err)
					}
				}
			})
		}
	}
}

func TestTamperedRecords(t *testing.T) {
	for _, p := range []pair{{ssl30, 0x0004}, {ssl30, 0x000a}, {tls10, 0x002f}, {tls11, 0x0035}, {tls12, 0xc024}, {tls12, 0xc030}} {
		for _, etm := range []bool{false, true} {
			if etm && p.version == ssl30 {
				continue
			}
			seal, _ := protections(t, p, etm)
			var wire bytes.Buffer
			w := newRecordWriter(&wire, p.version)
			w.protect(seal)
			if err := w.addRecord(recordApplication, []byte("some data")); err != nil {
				t.Fatal(err)
			}
			record := w.buffer
			for i := range record {
				if i == 1 || i == 2 || i == 3 || i == 4 { // version and length, see below
					continue
				}
				changed := bytes.Clone(record)
				changed[i] ^= 1
				// SSL 3.0 authenticates no padding: there a change of its bytes
				// but the last cannot be seen, and one of the block before only
				// if it changes the last.
				_, open := protections(t, p, etm)
				r := newRecordReader(bytes.NewReader(changed), nil)
				r.protect(open)
				_, got, err := r.next()
				unseen := p.version == ssl30 && string(got) == "some data"
				if err == nil && !unseen {
					t.Errorf("%04x/%04x/etm=%v: byte %d changed and still good", p.version, p.suite, etm, i)
				}
			}
			for n := range len(record) - recordHeader {
				short := bytes.Clone(record[:recordHeader+n])
				short[3], short[4] = byte(n>>8), byte(n)
				_, open := protections(t, p, etm)
				r := newRecordReader(bytes.NewReader(short), nil)
				r.protect(open)
				_, _, err := r.next()
				wantAlert(t, err, alertBadRecordMAC, true)
			}
		}
	}
}

// SSL 3.0 fills its padding with anything; TLS must not.
func TestPadding(t *testing.T) {
	tests := []struct {
		ssl3 bool
		data string
		want int // bytes left; -1: refused
	}{
		{false, "data4567\x00", 8},
		{false, "data\x03\x03\x03\x03", 4},
		{false, "data\x09\x03\x03\x03", -1},
		{false, "\x03\x03\x03\x03", 0},
		{false, "\x04\x04\x04\x04", -1},
		{false, "\xff", -1},
		{true, "data\x09\x08\x07\x03", 4},
		{true, "0123456789abcd\x0f", -1},
		{true, "0123456789abcdef0123456789abcd\x0f", 15},
		{true, "0123456789abcdef0123456789abcd\x10", -1},
	}
	seal, _ := protections(t, pair{tls10, 0x002f}, false)
	for _, test := range tests {
		c := *seal.(*cbc)
		c.ssl3 = test.ssl3
		got, ok := c.unpad([]byte(test.data))
		if ok != (test.want >= 0) || ok && len(got) != test.want {
			t.Errorf("%q (SSL 3.0: %v): %d bytes, %v; want %d", test.data, test.ssl3, len(got), ok, test.want)
		}
	}
}

// Nothing is allocated per record, once the buffers are there.
func TestNoAllocations(t *testing.T) {
	for _, p := range []pair{{ssl30, 0x0004}, {ssl30, 0x0035}, {tls10, 0x002f}, {tls12, 0x0005}, {tls12, 0xc027}, {tls12, 0xc02f}} {
		for _, etm := range []bool{false, true} {
			if etm && p.version == ssl30 {
				continue
			}
			seal, open := protections(t, p, etm)
			wire := new(bytes.Buffer)
			w := newRecordWriter(wire, p.version)
			w.protect(seal)
			r := newRecordReader(wire, nil)
			r.protect(open)
			data := make([]byte, maxPlaintext)
			n := testing.AllocsPerRun(20, func() {
				if err := w.add(recordApplication, data); err != nil {
					t.Fatal(err)
				}
				if err := w.flush(); err != nil {
					t.Fatal(err)
				}
				if _, _, err := r.next(); err != nil {
					t.Fatal(err)
				}
			})
			if n >= 1 {
				t.Errorf("%04x/%04x/etm=%v: %v allocations a record", p.version, p.suite, etm, n)
			}
		}
	}
}

// IVs are as random as their source: one that fails is an error, not a bad IV.
func TestNoRandomness(t *testing.T) {
	seal, _ := protections(t, pair{tls11, 0x002f}, false)
	seal.(*cbc).rand = bytes.NewReader(make([]byte, 20))
	w := newRecordWriter(io.Discard, tls11)
	w.protect(seal)
	if err := w.add(recordApplication, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := w.add(recordApplication, []byte("two")); err == nil {
		t.Error("a record without an IV")
	}
}
