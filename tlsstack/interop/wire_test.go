//go:build interop

package interop

import (
	"net"
	"slices"
	"sync"

	"golang.org/x/crypto/cryptobyte"
)

// Record types (RFC 5246 6.2.1) and what else is read from the wire here.
const (
	recordChangeCipher = 20
	recordAlert        = 21
	recordHandshake    = 22
	recordData         = 23

	messageServerHello = 2
	extEncryptThenMAC  = 22
	extSessionTicket   = 35
)

// tap reads along what passes on a connection: the only witness that belongs
// to neither side.
type tap struct {
	net.Conn
	in, out flow
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.in.see(p[:n])
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.out.see(p[:n])
	return n, err
}

// flow is one direction, taken apart into records.
type flow struct {
	mu        sync.Mutex
	header    []byte      // of the record under way
	left      int         // bytes of its body to come
	crypt     bool        // a ChangeCipherSpec has passed
	records   map[int]int // how many of each type, once crypt
	handshake []byte      // handshake messages before crypt
}

func (f *flow) see(p []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(p) > 0 {
		if f.left == 0 {
			n := min(5-len(f.header), len(p))
			f.header = append(f.header, p[:n]...)
			p = p[n:]
			if len(f.header) < 5 {
				return
			}
			f.left = int(f.header[3])<<8 | int(f.header[4])
			f.begin(int(f.header[0]))
		}
		n := min(f.left, len(p))
		if !f.crypt && f.header[0] == recordHandshake {
			f.handshake = append(f.handshake, p[:n]...)
		}
		f.left -= n
		p = p[n:]
		if f.left == 0 {
			f.header = f.header[:0]
		}
	}
}

// begin counts a record whose header has passed.
func (f *flow) begin(kind int) {
	if kind == recordChangeCipher {
		f.crypt, f.records = true, map[int]int{}
		return
	}
	if f.crypt {
		f.records[kind]++
	}
}

// count is the number of encrypted records of a type that have passed.
func (f *flow) count(kind int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.records[kind]
}

// serverHello is what the server agreed to, as it stood on the wire.
type serverHello struct {
	version, suite uint16
	sessionID      []byte
	extensions     []uint16
}

func (h serverHello) has(extension uint16) bool { return slices.Contains(h.extensions, extension) }

// serverHello parses the ServerHello that has passed (RFC 5246 7.4.1.3).
func (f *flow) serverHello() (h serverHello, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body, id, extensions cryptobyte.String
	var kind, compression uint8
	s := cryptobyte.String(f.handshake)
	if !s.ReadUint8(&kind) || kind != messageServerHello || !s.ReadUint24LengthPrefixed(&body) ||
		!body.ReadUint16(&h.version) || !body.Skip(32) || !body.ReadUint8LengthPrefixed(&id) ||
		!body.ReadUint16(&h.suite) || !body.ReadUint8(&compression) {
		return h, false
	}
	h.sessionID = slices.Clone(id)
	if body.Empty() {
		return h, true
	}
	if !body.ReadUint16LengthPrefixed(&extensions) {
		return h, false
	}
	for !extensions.Empty() {
		var extension uint16
		var data cryptobyte.String
		if !extensions.ReadUint16(&extension) || !extensions.ReadUint16LengthPrefixed(&data) {
			return h, false
		}
		h.extensions = append(h.extensions, extension)
	}
	return h, true
}
