package tlsstack

import (
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// The ClientHello of mbedTLS 2.7 and 2.16, which are the same. Lists of numbers
// are in its order, which servers see.

// helloSuites is every suite of the module in mbedTLS' order of preference.
var helloSuites = []uint16{
	0xc030, 0xc024, 0xc028, 0xc00a, 0xc014, 0xc02f, 0xc023, 0xc027,
	0xc009, 0xc013, 0x003d, 0x0035, 0xc02a, 0xc00f, 0xc026, 0xc005,
	0x002f, 0xc029, 0xc00e, 0xc025, 0xc004, 0xc008, 0xc012, 0x000a,
	0xc00d, 0xc003, 0xc007, 0xc011, 0x0005, 0x0004, 0xc00c, 0xc002,
}

// suiteSCSV is TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 3.3), always last.
const suiteSCSV uint16 = 0x00ff

// helloSignatures is the content of signature_algorithms: hash and signature,
// RSA before ECDSA, SHA-512 down to SHA-1.
var helloSignatures = []uint16{
	0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401, 0x0303, 0x0301, 0x0203, 0x0201,
}

// helloGroups is the content of supported_groups: P-521 first, brainpool and
// the old curves among them, no X25519.
var helloGroups = []uint16{
	0x0019, 0x001c, 0x0018, 0x001b, 0x0017, 0x0016, 0x001a, 0x0015, 0x0014, 0x0013, 0x0012,
}

// The extensions of the hello, by their IANA numbers.
const (
	extServerName     uint16 = 0
	extGroups         uint16 = 10
	extPointFormats   uint16 = 11
	extSignatures     uint16 = 13
	extEncryptThenMAC uint16 = 22
	extMasterSecret   uint16 = 23
	extSessionTicket  uint16 = 35
	extRenegotiation  uint16 = 0xff01
)

// maxServerName is the longest name mbedTLS takes (MBEDTLS_SSL_MAX_HOST_NAME_LEN).
const maxServerName = 255

// hello is a ClientHello but for its random: a plain value, so that it can be
// compared, filtered and printed.
type hello struct {
	recordVersion uint16   // of the record that carries it: the lowest version offered
	version       uint16   // client_version: the highest
	suites        []uint16 // the SCSV included
	extensions    []extension
}

// extension is one extension of a hello, body without type and length.
type extension struct {
	id   uint16
	body []byte
}

// helloFor is the whole of what the module decides about its ClientHello: a
// pure function of MinVersion, MaxVersion, Suites and ServerName. Its errors
// are of KindConfig.
func helloFor(cfg Config) (hello, error) {
	h := hello{recordVersion: cfg.MinVersion, version: cfg.MaxVersion}
	if h.recordVersion == 0 {
		h.recordVersion = SSL30
	}
	if h.version == 0 {
		h.version = TLS12
	}
	if h.recordVersion < SSL30 || h.version > TLS12 || h.recordVersion > h.version {
		return hello{}, configError(ErrVersionRange, "versions %s to %s cannot be offered",
			VersionName(h.recordVersion), VersionName(h.version))
	}
	if len(cfg.ServerName) > maxServerName {
		return hello{}, configError(ErrServerNameLength, "a server name of %d bytes cannot be sent", len(cfg.ServerName))
	}

	want := cfg.Suites
	if want == nil {
		want = helloSuites
	}
	curves := false
	for _, id := range want {
		suite, ok := suiteByID(id)
		if !ok {
			return hello{}, configError(ErrSuiteUnknown, "suite 0x%04x is not in the module's table", id)
		}
		if suite.MinVersion <= h.version && !slices.Contains(h.suites, id) {
			h.suites = append(h.suites, id)
			curves = curves || suite.KeyExchange.EC()
		}
	}
	if len(h.suites) == 0 {
		return hello{}, configError(ErrNothingToOffer, "%s cannot carry %s", VersionName(h.version), suiteList(want))
	}
	h.suites = append(h.suites, suiteSCSV)

	if cfg.ServerName != "" {
		h.add(extServerName, serverNameBody(cfg.ServerName))
	}
	if h.version == TLS12 {
		h.add(extSignatures, uint16List(helloSignatures))
	}
	if curves {
		h.add(extGroups, uint16List(helloGroups))
		h.add(extPointFormats, []byte{1, 0}) // uncompressed alone
	}
	if h.version > SSL30 {
		h.add(extEncryptThenMAC, nil)
		h.add(extMasterSecret, nil)
	}
	h.add(extSessionTicket, nil)
	return h, nil
}

func (h *hello) add(id uint16, body []byte) {
	h.extensions = append(h.extensions, extension{id, body})
}

// withTicket is the hello with a ticket in its session_ticket extension.
func (h hello) withTicket(ticket []byte) hello {
	h.extensions = slices.Clone(h.extensions)
	for i := range h.extensions {
		if h.extensions[i].id == extSessionTicket {
			h.extensions[i].body = ticket
		}
	}
	return h
}

// offers tells whether a suite is in the hello.
func (h hello) offers(suite uint16) bool { return slices.Contains(h.suites, suite) }

// extends tells whether an extension is in the hello.
func (h hello) extends(id uint16) bool {
	return slices.ContainsFunc(h.extensions, func(e extension) bool { return e.id == id })
}

// marshal is the handshake message (RFC 5246 7.4.1.2), its four bytes of type
// and length included. sessionID is empty unless a session is to be resumed.
func (h hello) marshal(random [32]byte, sessionID []byte) []byte {
	var b cryptobyte.Builder
	b.AddUint8(typeClientHello)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(h.version)
		b.AddBytes(random[:])
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(sessionID) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, s := range h.suites {
				b.AddUint16(s)
			}
		})
		b.AddBytes([]byte{1, 0}) // compression: none
		if len(h.extensions) == 0 {
			return // no block at all, not an empty one
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, e := range h.extensions {
				b.AddUint16(e.id)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(e.body) })
			}
		})
	})
	// The builder fails only where a length overflows its prefix. None can:
	// helloFor takes each suite once and bounds the name, and a ticket has come
	// in a message that was no longer than this one may be.
	return b.BytesOrPanic()
}

// serverNameBody is the body of server_name (RFC 6066 3).
func serverNameBody(name string) []byte {
	n := len(name)
	body := []byte{byte((n + 3) >> 8), byte(n + 3), 0 /* host_name */, byte(n >> 8), byte(n)}
	return append(body, name...)
}

// uint16List is a list of numbers behind its length in bytes.
func uint16List(list []uint16) []byte {
	body := []byte{byte(len(list) * 2 >> 8), byte(len(list) * 2)}
	for _, v := range list {
		body = append(body, byte(v>>8), byte(v))
	}
	return body
}
