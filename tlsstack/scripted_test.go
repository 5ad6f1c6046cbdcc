package tlsstack

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// scripted is a TLS server for what crypto/tls does not do: it resumes by
// session id, gives out tickets of any kind, and resumes wrongly where a test
// wants that. It speaks TLS 1.0 to 1.2 with TLS_RSA_WITH_RC4_128_SHA, and
// shares no code with the clients under test.
type scripted struct {
	cert    *testpki.Cert // with an RSA key
	version uint16
	ems     bool   // accepts extended_master_secret
	id      []byte // given out as session id
	ticket  []byte // given out, if not nil
	life    uint32 // lifetime hint of the ticket, in seconds

	resume []byte // the master secret to go on with; nil: a full handshake
	random [32]byte
	suite  uint16 // to name in the ServerHello; 0: scriptedSuite
}

const scriptedSuite uint16 = 0x0005

// scriptedSeen is what the server learned of the client.
type scriptedSeen struct {
	hello     hello
	random    [32]byte
	sessionID []byte
	ticket    []byte // of its session_ticket extension
	master    []byte
}

// start serves one connection: a handshake, and an echo until the client
// closes. What it saw is valid once the channel has given the outcome.
func (s scripted) start(t testing.TB, conn net.Conn) (*scriptedSeen, <-chan error) {
	seen, done := new(scriptedSeen), make(chan error, 1)
	go func() {
		defer conn.Close()
		w := &scriptedWire{conn: conn, version: s.version}
		err := s.handshake(t, w, seen)
		for err == nil {
			var kind byte
			var data []byte
			if kind, data, err = w.read(); err == nil && kind == recordAlert {
				break
			}
			if err == nil {
				err = w.write(kind, data)
			}
		}
		done <- err
	}()
	return seen, done
}

func (s scripted) handshake(t testing.TB, w *scriptedWire, seen *scriptedSeen) error {
	record, err := w.hello()
	if err != nil {
		return err
	}
	seen.random, seen.sessionID, seen.hello = parseClientHello(t, record)
	for _, e := range seen.hello.extensions {
		if e.id == extSessionTicket {
			seen.ticket = e.body
		}
	}
	if err := w.message(typeServerHello, s.serverHello(seen)); err != nil {
		return err
	}
	if s.resume != nil {
		seen.master = s.resume
		w.derive(seen.master, seen.random, s.random)
		if err := s.finish(w, seen); err != nil {
			return err
		}
		return w.readFinished(seen.master)
	}
	n := len(s.cert.DER)
	list := append([]byte{0, byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}, s.cert.DER...)
	if err := errors.Join(w.message(11, list), w.message(14, nil)); err != nil {
		return err
	}
	kind, exchange, err := w.read()
	if err != nil || kind != recordHandshake || exchange[0] != 16 {
		return fmt.Errorf("record %d, % .8x where a ClientKeyExchange was due: %w", kind, exchange, err)
	}
	w.transcript = append(w.transcript, exchange...)
	premaster, err := rsa.DecryptPKCS1v15(nil, s.cert.Key.(*rsa.PrivateKey), exchange[6:]) //nolint:staticcheck // what the suite does
	if err != nil {
		return err
	}
	label, seed := "master secret", append(seen.random[:], s.random[:]...)
	if s.ems {
		label, seed = "extended master secret", w.digest()
	}
	seen.master = w.prf(48, premaster, label, seed)
	w.derive(seen.master, seen.random, s.random)
	if err := w.readFinished(seen.master); err != nil {
		return err
	}
	return s.finish(w, seen)
}

// serverHello is the body of the message.
func (s scripted) serverHello(seen *scriptedSeen) []byte {
	id, suite := s.id, s.suite
	if s.resume != nil {
		id = seen.sessionID
	}
	if suite == 0 {
		suite = scriptedSuite
	}
	var b cryptobyte.Builder
	b.AddUint16(s.version)
	b.AddBytes(s.random[:])
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(id) })
	b.AddUint16(suite)
	b.AddUint8(0)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		if s.ems {
			b.AddBytes([]byte{0, 23, 0, 0})
		}
		if s.ticket != nil {
			b.AddBytes([]byte{0, 35, 0, 0})
		}
	})
	return b.BytesOrPanic()
}

// finish sends a ticket if there is one, ChangeCipherSpec and Finished.
func (s scripted) finish(w *scriptedWire, seen *scriptedSeen) error {
	if s.ticket != nil {
		body := binary.BigEndian.AppendUint32(nil, s.life)
		body = binary.BigEndian.AppendUint16(body, uint16(len(s.ticket)))
		if err := w.message(4, append(body, s.ticket...)); err != nil {
			return err
		}
	}
	return w.finished(seen.master)
}

// scriptedWire is the server's records and keys.
type scriptedWire struct {
	conn       net.Conn
	version    uint16
	heard      uint16 // of the last record read
	transcript []byte
	keys       [2]scriptedKeys // client's, server's
	on         [2]bool         // they are in use
}

type scriptedKeys struct {
	mac    []byte
	cipher *rc4.Cipher
	seq    uint64
}

// hello is the client's first record, which counts as a message.
func (w *scriptedWire) hello() ([]byte, error) {
	kind, body, err := w.read()
	w.transcript = append(w.transcript, body...)
	return plainRecord(kind, w.heard, body), err
}

// read takes a record and decrypts it if that is due.
func (w *scriptedWire) read() (kind byte, body []byte, err error) {
	header := make([]byte, recordHeader)
	if _, err := io.ReadFull(w.conn, header); err != nil {
		return 0, nil, err
	}
	w.heard = binary.BigEndian.Uint16(header[1:])
	body = make([]byte, binary.BigEndian.Uint16(header[3:]))
	if _, err := io.ReadFull(w.conn, body); err != nil {
		return 0, nil, err
	}
	if !w.on[0] {
		if header[0] == recordAlert {
			return 0, nil, fmt.Errorf("the client sends alert %d", body[1])
		}
		return header[0], body, nil
	}
	k := &w.keys[0]
	k.cipher.XORKeyStream(body, body)
	n := len(body) - sha1.Size
	if n < 0 || !hmac.Equal(body[n:], k.sum(header[0], w.version, body[:n])) {
		return 0, nil, errors.New("a record of the client with a wrong MAC")
	}
	return header[0], body[:n], nil
}

func (w *scriptedWire) write(kind byte, body []byte) error {
	if w.on[1] {
		k := &w.keys[1]
		body = append(bytes.Clone(body), k.sum(kind, w.version, body)...)
		k.cipher.XORKeyStream(body, body)
	}
	_, err := w.conn.Write(plainRecord(kind, w.version, body))
	return err
}

// message sends a handshake message of less than 64 KiB, in records that hold
// it.
func (w *scriptedWire) message(kind byte, body []byte) error {
	m := append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	w.transcript = append(w.transcript, m...)
	for ; len(m) > maxPlaintext; m = m[maxPlaintext:] {
		if err := w.write(recordHandshake, m[:maxPlaintext]); err != nil {
			return err
		}
	}
	return w.write(recordHandshake, m)
}

// sum is the MAC of the next record.
func (k *scriptedKeys) sum(kind byte, version uint16, body []byte) []byte {
	h := hmac.New(sha1.New, k.mac)
	header := binary.BigEndian.AppendUint64(nil, k.seq)
	header = append(header, kind, byte(version>>8), byte(version), byte(len(body)>>8), byte(len(body)))
	h.Write(header)
	h.Write(body)
	k.seq++
	return h.Sum(nil)
}

// derive makes the keys of both directions.
func (w *scriptedWire) derive(master []byte, client, server [32]byte) {
	block := w.prf(72, master, "key expansion", append(server[:], client[:]...))
	for i := range w.keys {
		w.keys[i].mac = block[20*i:][:20]
		w.keys[i].cipher, _ = rc4.NewCipher(block[40+16*i:][:16]) // 16 bytes are always good
	}
}

func (w *scriptedWire) finished(master []byte) error {
	if err := w.write(recordChangeCipher, []byte{1}); err != nil {
		return err
	}
	w.on[1] = true
	return w.message(20, w.prf(12, master, "server finished", w.digest()))
}

func (w *scriptedWire) readFinished(master []byte) error {
	kind, body, err := w.read()
	if err != nil || kind != recordChangeCipher || !bytes.Equal(body, []byte{1}) {
		return fmt.Errorf("record %d, % x where a ChangeCipherSpec was due: %w", kind, body, err)
	}
	w.on[0] = true
	want := append([]byte{20, 0, 0, 12}, w.prf(12, master, "client finished", w.digest())...)
	kind, body, err = w.read()
	if err != nil || kind != recordHandshake || !bytes.Equal(body, want) {
		return fmt.Errorf("the client's Finished is wrong: %d, % x, %w", kind, body, err)
	}
	w.transcript = append(w.transcript, body...)
	return nil
}

// digest is the hash of the transcript as PRFs and Finished take it.
func (w *scriptedWire) digest() []byte {
	if w.version == TLS12 {
		sum := sha256.Sum256(w.transcript)
		return sum[:]
	}
	m, s := md5.Sum(w.transcript), sha1.Sum(w.transcript)
	return append(m[:], s[:]...)
}

// prf is RFC 5246 5, or before TLS 1.2 RFC 2246 5.
func (w *scriptedWire) prf(n int, secret []byte, label string, seed []byte) []byte {
	seed = append([]byte(label), seed...)
	if w.version == TLS12 {
		return expand(sha256.New, n, secret, seed)
	}
	half := len(secret) / 2 // all secrets here are of even length
	out := expand(md5.New, n, secret[:half], seed)
	subtle.XORBytes(out, out, expand(sha1.New, n, secret[half:], seed))
	return out
}

func expand(newHash func() hash.Hash, n int, secret, seed []byte) (out []byte) {
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(newHash, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}
