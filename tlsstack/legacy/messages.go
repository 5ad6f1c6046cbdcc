package legacy

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// Handshake message types (RFC 5246 7.4, RFC 5077 3.3).
const (
	typeHelloRequest       uint8 = 0
	typeClientHello        uint8 = 1
	typeServerHello        uint8 = 2
	typeNewSessionTicket   uint8 = 4
	typeCertificate        uint8 = 11
	typeServerKeyExchange  uint8 = 12
	typeCertificateRequest uint8 = 13
	typeServerHelloDone    uint8 = 14
	typeCertificateVerify  uint8 = 15
	typeClientKeyExchange  uint8 = 16
	typeFinished           uint8 = 20
)

const messageHeader = 4 // bytes: type, length

// messageNames are for traces and errors.
var messageNames = map[uint8]string{
	typeHelloRequest: "HelloRequest", typeClientHello: "ClientHello", typeServerHello: "ServerHello",
	typeNewSessionTicket: "NewSessionTicket", typeCertificate: "Certificate",
	typeServerKeyExchange: "ServerKeyExchange", typeCertificateRequest: "CertificateRequest",
	typeServerHelloDone: "ServerHelloDone", typeCertificateVerify: "CertificateVerify",
	typeClientKeyExchange: "ClientKeyExchange", typeFinished: "Finished",
}

func messageName(kind uint8) string {
	if name, ok := messageNames[kind]; ok {
		return name
	}
	return fmt.Sprintf("handshake message %d", kind)
}

// marshalMessage puts the header before a body of less than 16 MiB.
func marshalMessage(kind uint8, body []byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// certificateMsg is a Certificate message: DER, the sender's own first.
type certificateMsg struct{ chain [][]byte }

func (m certificateMsg) marshal() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, der := range m.chain {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
		}
	})
	return b.Bytes()
}

func parseCertificate(body []byte) (m certificateMsg, ok bool) {
	var list cryptobyte.String
	s := cryptobyte.String(body)
	if !s.ReadUint24LengthPrefixed(&list) || !s.Empty() {
		return m, false
	}
	for !list.Empty() {
		var der cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) || der.Empty() {
			return m, false
		}
		m.chain = append(m.chain, der)
	}
	return m, true
}

// namedCurve is the only way of naming a group that is offered (RFC 8422 5.4).
const namedCurve uint8 = 3

// serverKeyExchangeMsg is the ServerKeyExchange of ECDHE (RFC 8422 5.4).
type serverKeyExchangeMsg struct {
	group     uint16
	point     []byte
	params    []byte // curve type, group and point as signed
	algorithm uint16 // hash and signature, from TLS 1.2
	signature []byte
}

func (m serverKeyExchangeMsg) marshal(version uint16) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddBytes(m.params)
	if version >= tls12 {
		b.AddUint16(m.algorithm)
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(m.signature) })
	return b.Bytes()
}

// marshalParams is what is signed of the message.
func marshalParams(group uint16, point []byte) []byte {
	return append([]byte{namedCurve, byte(group >> 8), byte(group), byte(len(point))}, point...)
}

func parseServerKeyExchange(body []byte, version uint16) (m serverKeyExchangeMsg, ok bool) {
	var curveType uint8
	var point, signature cryptobyte.String
	s := cryptobyte.String(body)
	if !s.ReadUint8(&curveType) || curveType != namedCurve || !s.ReadUint16(&m.group) ||
		!s.ReadUint8LengthPrefixed(&point) || point.Empty() {
		return m, false
	}
	m.params = body[:len(body)-len(s)]
	if version >= tls12 && !s.ReadUint16(&m.algorithm) {
		return m, false
	}
	ok = s.ReadUint16LengthPrefixed(&signature) && s.Empty()
	m.point, m.signature = point, signature
	return m, ok
}

// certificateRequestMsg is a CertificateRequest (RFC 5246 7.4.4).
type certificateRequestMsg struct {
	types       []byte   // kinds of key
	algorithms  []uint16 // hash and signature, from TLS 1.2
	authorities [][]byte // DER names
}

func (m certificateRequestMsg) marshal(version uint16) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(m.types) })
	if version >= tls12 {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, a := range m.algorithms {
				b.AddUint16(a)
			}
		})
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, name := range m.authorities {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(name) })
		}
	})
	return b.Bytes()
}

func parseCertificateRequest(body []byte, version uint16) (m certificateRequestMsg, ok bool) {
	var types, algorithms, names cryptobyte.String
	s := cryptobyte.String(body)
	if !s.ReadUint8LengthPrefixed(&types) {
		return m, false
	}
	if version >= tls12 && !s.ReadUint16LengthPrefixed(&algorithms) {
		return m, false
	}
	if !s.ReadUint16LengthPrefixed(&names) || !s.Empty() {
		return m, false
	}
	m.types = types
	for !algorithms.Empty() {
		var a uint16
		if !algorithms.ReadUint16(&a) {
			return m, false
		}
		m.algorithms = append(m.algorithms, a)
	}
	for !names.Empty() {
		var name cryptobyte.String
		if !names.ReadUint16LengthPrefixed(&name) {
			return m, false
		}
		m.authorities = append(m.authorities, name)
	}
	return m, true
}

// clientKeyExchangeMsg is an encrypted premaster secret or a point.
type clientKeyExchangeMsg struct{ exchange []byte }

func (m clientKeyExchangeMsg) marshal(version uint16, kx keyExchange) ([]byte, error) {
	var b cryptobyte.Builder
	content := func(b *cryptobyte.Builder) { b.AddBytes(m.exchange) }
	switch {
	case kx != kxRSA:
		b.AddUint8LengthPrefixed(content)
	case version == ssl30: // without the length (RFC 5246 7.4.7.1)
		content(&b)
	default:
		b.AddUint16LengthPrefixed(content)
	}
	return b.Bytes()
}

// certificateVerifyMsg proves that the client has its key (RFC 5246 7.4.8).
type certificateVerifyMsg struct {
	algorithm uint16 // hash and signature, from TLS 1.2
	signature []byte
}

func (m certificateVerifyMsg) marshal(version uint16) ([]byte, error) {
	var b cryptobyte.Builder
	if version >= tls12 {
		b.AddUint16(m.algorithm)
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(m.signature) })
	return b.Bytes()
}

// newSessionTicketMsg is a NewSessionTicket (RFC 5077 3.3).
type newSessionTicketMsg struct {
	lifetime uint32 // seconds; 0: not said
	ticket   []byte // empty: none after all
}

func (m newSessionTicketMsg) marshal() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddUint32(m.lifetime)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(m.ticket) })
	return b.Bytes()
}

func parseNewSessionTicket(body []byte) (m newSessionTicketMsg, ok bool) {
	var ticket cryptobyte.String
	s := cryptobyte.String(body)
	ok = s.ReadUint32(&m.lifetime) && s.ReadUint16LengthPrefixed(&ticket) && s.Empty()
	m.ticket = ticket
	return m, ok
}
