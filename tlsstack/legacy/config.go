package legacy

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"time"
)

// Hello is the ClientHello that was sent.
type Hello struct {
	Message    []byte // the handshake message, its four bytes of type and length included
	Version    uint16 // client_version: the highest offered
	Random     [32]byte
	SessionID  []byte   // of a session to resume, or what stands in for it beside a ticket
	Signatures []uint16 // of signature_algorithms; nil if it was not sent
	Groups     []uint16 // of supported_groups
	Extensions []uint16 // the types of all that were sent
}

// ServerHello is the server's answer, which the caller has read and found to be
// within the offer.
type ServerHello struct {
	Version    uint16 // 0x0300 to 0x0303
	Random     [32]byte
	SessionID  []byte
	Suite      uint16 // one of seed table 3
	Extensions []Extension
}

// Extension is one extension of a ServerHello, body without type and length.
type Extension struct {
	Type uint16
	Body []byte
}

// Config is what a handshake needs beside the hellos. Finish only reads it. All
// hooks may be nil.
type Config struct {
	// VerifyServer decides about the server's certificates, in the order in
	// which they came, at least one. If err is not nil the handshake ends with
	// this fatal alert and an Error around err. It is not asked when a session
	// is resumed. Nil accepts all.
	VerifyServer func(chain []*x509.Certificate) (alert uint8, err error)

	// ClientCertificate is sent if the server asks for one and takes its kind.
	ClientCertificate *Identity

	// CertificateAsked is told that the server asks for a certificate, and
	// whether it gets one.
	CertificateAsked func(sent bool)

	// Session is the session that the ClientHello asked to resume, by its id or
	// its ticket. Nil: none.
	Session *Session

	// OnAlert is told of every alert as it comes and goes, also after the
	// handshake: then on whatever goroutine reads, writes or closes.
	OnAlert func(Alert)

	// KeyLog gets the master secret as one CLIENT_RANDOM line of the NSS format,
	// in one Write. It must be safe for concurrent use if handshakes share it.
	KeyLog io.Writer

	// Rand is the source of RSA's premaster secret and of IVs. It must be safe
	// for concurrent use if connections share it. Nil means crypto/rand, from
	// which keys come whatever stands here.
	Rand io.Reader

	// Trace is told of the handshake in words, one line a call, by Finish alone.
	Trace func(line string)
}

// Identity is a client certificate and its key, which is RSA or ECDSA.
type Identity struct {
	Chain [][]byte // DER, the client's own first
	Key   crypto.Signer
}

// Session is what it takes to resume a session. Its slices are shared: do not
// write to them.
type Session struct {
	Version, Suite uint16
	Master         []byte // the master secret, 48 bytes
	Chain          [][]byte

	EncryptThenMAC       bool
	ExtendedMasterSecret bool

	// Either of them is set. With a ticket the id is forgotten (RFC 5077 3.4).
	ID       []byte
	Ticket   []byte
	Lifetime time.Duration // of the ticket; 0: not said
}

// State is what a handshake came to.
type State struct {
	Version, Suite       uint16
	Chain                [][]byte // DER as the server sent it; of the session, if that was resumed
	Resumed              bool
	EncryptThenMAC       bool // in effect
	ExtendedMasterSecret bool
	SecureRenegotiation  bool // the server knows RFC 5746
	ClientCertAsked      bool
	ClientCertSent       bool
}

// random is the source of random bytes.
func (c *Config) random() io.Reader {
	if c.Rand != nil {
		return c.Rand
	}
	return rand.Reader
}

// saw tells of an alert.
func (c *Config) saw(a Alert) {
	if c.OnAlert != nil {
		c.OnAlert(a)
	}
}
