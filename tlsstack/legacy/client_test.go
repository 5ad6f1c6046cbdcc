package legacy

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// offer is a ClientHello for tests, and what Finish needs beside it.
type offer struct {
	min, max   uint16
	suites     []uint16
	session    *Session
	extensions []uint16 // those of the module, less what a test leaves out; nil: all
	groups     []uint16
	cfg        Config
}

var (
	testSignatures = []uint16{0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401, 0x0303, 0x0301, 0x0203, 0x0201, 0x0101}
	testGroups     = []uint16{25, 28, 24, 27, 23, 22, 26, 21, 20, 19, 18}
)

const (
	extGroups       uint16 = 10
	extPointFormats uint16 = 11
	extSignatures   uint16 = 13
)

// hello builds the ClientHello.
func (o offer) hello() Hello {
	h := Hello{Version: o.max, Groups: testGroups, Extensions: o.extensions}
	if o.groups != nil {
		h.Groups = o.groups
	}
	if h.Extensions == nil && o.max > ssl30 {
		h.Extensions = []uint16{extGroups, extPointFormats, extEncryptThenMAC, extMasterSecret, extSessionTicket}
	}
	if o.max == tls12 {
		h.Extensions = append([]uint16{extSignatures}, h.Extensions...)
		h.Signatures = testSignatures
	}
	rand.Read(h.Random[:])
	if s := o.session; s != nil {
		if h.SessionID = s.ID; len(s.Ticket) > 0 {
			h.SessionID = make([]byte, 32)
			rand.Read(h.SessionID)
		}
	}
	var b cryptobyte.Builder
	b.AddUint8(typeClientHello)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(h.Version)
		b.AddBytes(h.Random[:])
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(h.SessionID) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, s := range append(slices.Clone(o.suites), 0x00ff) {
				b.AddUint16(s)
			}
		})
		b.AddBytes([]byte{1, 0})
		if len(h.Extensions) == 0 {
			return
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, e := range h.Extensions {
				b.AddUint16(e)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { o.extension(b, e, h) })
			}
		})
	})
	h.Message = b.BytesOrPanic()
	return h
}

// extension writes the body of one.
func (o offer) extension(b *cryptobyte.Builder, e uint16, h Hello) {
	list := func(values []uint16) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, v := range values {
				b.AddUint16(v)
			}
		})
	}
	switch e {
	case extSignatures:
		list(h.Signatures)
	case extGroups:
		list(h.Groups)
	case extPointFormats:
		b.AddBytes([]byte{1, 0})
	case extSessionTicket:
		if o.session != nil {
			b.AddBytes(o.session.Ticket)
		}
	}
}

// connect does the whole handshake: what the package leaves to its user, and
// then Finish.
func (o offer) connect(conn net.Conn) (*Conn, error) {
	hello := o.hello()
	w := newRecordWriter(conn, o.min)
	if err := w.add(recordHandshake, hello.Message); err != nil {
		return nil, err
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	server, flight, err := readServerHello(conn)
	if err != nil {
		return nil, err
	}
	cfg := o.cfg
	cfg.Session = o.session
	return Finish(conn, hello, server, flight, &cfg)
}

// readServerHello reads records until the ServerHello is whole.
func readServerHello(conn io.Reader) (server ServerHello, flight []byte, err error) {
	var msg []byte
	for {
		header := make([]byte, recordHeader)
		if _, err := io.ReadFull(conn, header); err != nil {
			return server, nil, err
		}
		body := make([]byte, binary.BigEndian.Uint16(header[3:]))
		if _, err := io.ReadFull(conn, body); err != nil {
			return server, nil, err
		}
		flight = append(append(flight, header...), body...)
		if header[0] != recordHandshake {
			return server, nil, fmt.Errorf("record % x % x before the ServerHello", header, body)
		}
		msg = append(msg, body...)
		if len(msg) < messageHeader {
			continue
		}
		if n := messageHeader + int(binary.BigEndian.Uint16(msg[2:])); len(msg) >= n {
			server, err = parseServerHello(msg[messageHeader:n])
			return server, flight, err
		}
	}
}

func parseServerHello(body []byte) (h ServerHello, err error) {
	var random, id, extensions cryptobyte.String
	var compression uint8
	s := cryptobyte.String(body)
	if !s.ReadUint16(&h.Version) || !s.ReadBytes((*[]byte)(&random), 32) || !s.ReadUint8LengthPrefixed(&id) ||
		!s.ReadUint16(&h.Suite) || !s.ReadUint8(&compression) {
		return h, fmt.Errorf("a ServerHello that cannot be read")
	}
	copy(h.Random[:], random)
	h.SessionID = id
	if s.Empty() {
		return h, nil
	}
	if !s.ReadUint16LengthPrefixed(&extensions) {
		return h, fmt.Errorf("extensions that cannot be read")
	}
	for !extensions.Empty() {
		var e Extension
		var data cryptobyte.String
		if !extensions.ReadUint16(&e.Type) || !extensions.ReadUint16LengthPrefixed(&data) {
			return h, fmt.Errorf("extensions that cannot be read")
		}
		e.Body = data
		h.Extensions = append(h.Extensions, e)
	}
	return h, nil
}
