package tlsstack

import (
	"bytes"
	"strings"
	"testing"
)

// flightOf is a first flight behind its ServerHello: these handshake messages,
// in one record each.
func flightOf(messages ...[]byte) *firstFlight {
	var wire []byte
	for _, m := range messages {
		for len(m) > 0 {
			n := min(len(m), maxPlaintext)
			wire = append(wire, plainRecord(recordHandshake, TLS12, m[:n])...)
			m = m[n:]
		}
	}
	return &firstFlight{conn: bytes.NewReader(wire)}
}

func handshakeMessage(kind uint8, body []byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// keyExchange is a ServerKeyExchange on a group, signed with a hash.
func keyExchange(group uint16, hash byte) []byte {
	body := []byte{3, byte(group >> 8), byte(group), 4, 4, 1, 2, 3, hash, 1, 0, 2, 9, 9}
	return handshakeMessage(typeServerKeyExchange, body)
}

// TestUTLSObstacle: what the server does behind its ServerHello, too, decides
// who finishes, so that both give the host the same (ruling 40).
func TestUTLSObstacle(t *testing.T) {
	cert := handshakeMessage(typeCertificate, make([]byte, 900))
	longest := handshakeMessage(typeCertificate, make([]byte, maxPlaintext-4))
	tooLong := handshakeMessage(typeCertificate, make([]byte, 20743))
	status := handshakeMessage(typeCertificateStatus, []byte{1, 0, 0, 0})
	request := handshakeMessage(typeCertificateRequest, []byte{1, 1, 0, 2, 4, 1, 0, 0})
	tests := []struct {
		name           string
		version, suite uint16
		flight         [][]byte
		client         bool   // there is a client certificate
		want           string // part of the reason; "": utls can
	}{
		{"nothing comes", TLS12, 0xc02f, nil, false, ""},
		{"P-256", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x17, 4)}, false, ""},
		{"P-521", TLS10, 0xc014, [][]byte{cert, keyExchange(0x19, 0)}, false, ""},
		{"P-224", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x15, 4)}, false, "group"},
		{"P-224 behind a status", TLS12, 0xc009, [][]byte{cert, status, keyExchange(0x15, 4)}, false, "group"},
		{"X25519, not offered", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x1d, 4)}, false, "group"},
		{"SHA-224", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x17, hashSHA224)}, false, "SHA-224"},
		{"no hash before TLS 1.2", TLS11, 0xc014, [][]byte{cert, keyExchange(0x17, hashSHA224)}, false, ""},
		{"longest message", TLS12, 0x002f, [][]byte{longest}, false, ""},
		{"too long, RSA", TLS12, 0x002f, [][]byte{tooLong}, false, "longer"},
		{"too long, ECDHE", TLS12, 0xc02f, [][]byte{tooLong, keyExchange(0x17, 4)}, false, "longer"},
		{"cut short", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x17, 4)[:6]}, false, ""},
		{"certificate asked for, none there", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x17, 4), request}, false, ""},
		{"certificate asked for", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x17, 4), request}, true, "hash"},
		{"certificate asked for, RSA", TLS10, 0x002f, [][]byte{cert, request}, true, "hash"},
		{"certificate not asked for", TLS12, 0x002f, [][]byte{cert, handshakeMessage(14, nil)}, true, ""},
		{"P-224 with a certificate", TLS12, 0xc02f, [][]byte{cert, keyExchange(0x15, 4), request}, true, "group"},
		{"something else", TLS12, 0xc02f, [][]byte{cert, handshakeMessage(14, nil)}, false, ""},
	}
	for _, tt := range tests {
		f := flightOf(tt.flight...)
		got := f.utlsObstacle(serverHello{version: tt.version, suite: tt.suite}, tt.client)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
