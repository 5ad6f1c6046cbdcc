package legacy

import (
	"bytes"
	"io"
	"testing"
)

// finishedRecords are what a client and a server send behind their
// ChangeCipherSpecs: the server's message in pieces, with more behind it.
func finishedRecords(t *testing.T, p pair, master []byte) (f Finished) {
	t.Helper()
	f = Finished{Version: p.version, Suite: p.suite, Master: master}
	s, _ := suiteByID(p.suite)
	k := newSchedule(p.version, s).keys(s, master, f.ClientRandom[:], f.ServerRandom[:])
	seal := func(mac, key, iv []byte, pieces ...[]byte) []byte {
		way, err := newProtection(protectionParams{version: p.version, suite: s, rand: new(Config).random()}, sealing, mac, key, iv)
		if err != nil {
			t.Fatal(err)
		}
		w := newRecordWriter(io.Discard, p.version)
		w.protect(way)
		for _, piece := range pieces {
			if err := w.add(recordHandshake, piece); err != nil {
				t.Fatal(err)
			}
		}
		return w.buffer
	}
	m := marshalMessage(typeFinished, make([]byte, 12))
	f.Sent = seal(k.clientMAC, k.clientKey, k.clientIV, m)
	f.Received = seal(k.serverMAC, k.serverKey, k.serverIV, m[:1], m[1:10], append(bytes.Clone(m[10:]), typeHelloRequest))
	return f
}

// TestTakeOver: the state is that after the records, whatever the cipher keeps
// between them; what stands behind the Finished in its record is kept.
func TestTakeOver(t *testing.T) {
	for _, p := range []pair{{tls10, 0x002f}, {tls10, 0x0005}, {tls11, 0x002f}, {tls12, 0x002f}, {tls12, 0xc02f}} {
		f := finishedRecords(t, p, make([]byte, masterLength))
		c, err := TakeOver(nil, f, nil)
		if err != nil {
			t.Errorf("%v: %v", p, err)
			continue
		}
		if c.out.seq != 1 || c.in.seq != 3 || !bytes.Equal(c.messages, []byte{typeHelloRequest}) {
			t.Errorf("%v: %d records sent, %d received, left % x", p, c.out.seq, c.in.seq, c.messages)
		}
		if got := c.State(); got.Version != p.version || got.Suite != p.suite {
			t.Errorf("state %+v", got)
		}
	}
}

// TestNothingToTakeOver: what does not fit together is an error.
func TestNothingToTakeOver(t *testing.T) {
	p := pair{tls12, 0xc02f}
	for name, change := range map[string]func(*Finished){
		"SSL 3.0":                func(f *Finished) { f.Version = ssl30 },
		"TLS 1.3":                func(f *Finished) { f.Version = 0x0304 },
		"a suite of TLS 1.2":     func(f *Finished) { f.Version = tls11 },
		"an unknown suite":       func(f *Finished) { f.Suite = 0x1301 },
		"another master secret":  func(f *Finished) { f.Master = []byte("another") },
		"another random":         func(f *Finished) { f.ServerRandom[0] = 1 },
		"nothing received":       func(f *Finished) { f.Received = nil },
		"half of it received":    func(f *Finished) { f.Received = f.Received[:40] },
		"broken, what was sent":  func(f *Finished) { f.Sent[20] ^= 1 },
		"half a record was sent": func(f *Finished) { f.Sent = f.Sent[:7] },
	} {
		f := finishedRecords(t, p, make([]byte, masterLength))
		change(&f)
		if _, err := TakeOver(nil, f, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
