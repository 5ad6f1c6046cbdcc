package tlsstack

import (
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// Message types that come between the ServerHello and our first answer.
const (
	typeCertificate        uint8 = 11
	typeServerKeyExchange  uint8 = 12
	typeCertificateRequest uint8 = 13
	typeCertificateStatus  uint8 = 22
)

// utlsGroups are the groups of the hello that utls has: P-521, P-384, P-256.
var utlsGroups = []uint16{0x0019, 0x0018, 0x0017}

// hashSHA224 is SHA-224 in a ServerKeyExchange (RFC 5246 7.4.1.4.1).
const hashSHA224 = 3

// utlsObstacle reads on behind the ServerHello: to the certificates, with ECDHE
// to the key exchange, with a client certificate at hand to the request for it.
// All of that comes before anything that we must send. It says what in there the
// module takes and utls does not, or the other way round; "" if nothing is.
// Whatever is wrong otherwise is left to the finisher, which sees every byte
// again.
func (f *firstFlight) utlsObstacle(h serverHello, client bool) string {
	suite, _ := suiteByID(h.suite)
	ecdhe := suite.KeyExchange == KeyECDHERSA || suite.KeyExchange == KeyECDHEECDSA
	// Certificate, CertificateStatus, ServerKeyExchange, CertificateRequest: each
	// may come once, and a server that sends them for ever is not listened to.
	for range 4 {
		kind, body, ok := f.message()
		switch {
		case !ok:
			return ""
		case len(body) > maxPlaintext-4:
			return "a message is longer than the module takes"
		case kind == typeServerKeyExchange:
			if obstacle := keyExchangeObstacle(h.version, body); obstacle != "" || !client {
				return obstacle
			}
		case kind == typeCertificate && (ecdhe || client), kind == typeCertificateStatus:
		case kind == typeCertificateRequest && client:
			return "utls chooses a hash where the module has one"
		default:
			return ""
		}
	}
	return ""
}

// keyExchangeObstacle looks at a ServerKeyExchange (RFC 8422 5.4).
func keyExchangeObstacle(version uint16, body []byte) string {
	var curveType, hash uint8
	var group uint16
	var point cryptobyte.String
	s := cryptobyte.String(body)
	if !s.ReadUint8(&curveType) || !s.ReadUint16(&group) || !s.ReadUint8LengthPrefixed(&point) {
		return ""
	}
	if !slices.Contains(utlsGroups, group) {
		return "utls lacks the group or takes one that was not offered"
	}
	if version == TLS12 && s.ReadUint8(&hash) && hash == hashSHA224 {
		return "utls has no SHA-224"
	}
	return ""
}

// message takes the next handshake message. It is not ok if anything else comes,
// or nothing. Of a message that is too long the body is only long enough to
// tell.
func (f *firstFlight) message() (kind uint8, body []byte, ok bool) {
	for {
		if len(f.msg) >= 4 {
			n := 4 + (int(f.msg[1])<<16 | int(f.msg[2])<<8 | int(f.msg[3]))
			kind = f.msg[0]
			if n > maxPlaintext && len(f.msg) > maxPlaintext {
				return kind, f.msg[4:], true
			}
			if len(f.msg) >= n {
				body, f.msg = f.msg[4:n], f.msg[n:]
				return kind, body, true
			}
		}
		if f.fill(f.next+recordHeader) != nil {
			return 0, nil, false
		}
		header := f.raw[f.next : f.next+recordHeader]
		n := int(header[3])<<8 | int(header[4])
		if header[0] != recordHandshake || n == 0 || n > maxPlaintext {
			return 0, nil, false
		}
		start := f.next + recordHeader
		if f.fill(start+n) != nil {
			return 0, nil, false
		}
		f.next = start + n
		f.msg = append(f.msg, f.raw[start:f.next]...)
	}
}
