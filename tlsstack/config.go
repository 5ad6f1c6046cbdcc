package tlsstack

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"time"
)

// Config is what the module's settings say about a connection. Dial only reads
// it; the same Config may serve any number of Dials at once.
type Config struct {
	// MinVersion and MaxVersion bound the versions offered: SSL30 to TLS12.
	// 0 means SSL30 and TLS12 (seed 2.2.1: sslversion 4, the default; 0 to 3
	// pin one version, so both fields are that one).
	MinVersion, MaxVersion uint16

	// Suites are the cipher suites to offer, in this order; those that
	// MaxVersion cannot carry are left out. Nil means all 32 of seed table 3 in
	// mbedTLS' order (ciphersuite 0XFFFF).
	Suites []uint16

	// ServerName is sent as SNI, as it stands: even an IP address, as mbedTLS
	// does. Empty: no SNI ("sni",0). At most 255 bytes.
	ServerName string

	// SecLevel is the seclevel of seed 2.2.1: 0 looks at no certificate, 1 verifies
	// the server's, 2 also has one for the server. At 0 no file is read.
	SecLevel int

	// CheckName is the name that the server's certificate must carry at
	// SecLevel 1 and 2, among its DNS names or, if it has no subjectAltName,
	// its CNs. Empty: not checked.
	CheckName string

	// CA is the content of the CA file: PEM, with any number of certificates,
	// any line ends and any text between them, or one certificate in DER. At
	// SecLevel 1 and 2 it must hold a certificate; nil means no file.
	CA []byte

	// ClientCert and ClientKey are the contents of the client's files, in PEM or
	// DER; the certificate may be followed by its intermediates. Both are needed
	// at SecLevel 2, and are used if the server asks.
	ClientCert, ClientKey []byte

	// Now is the module's clock, which decides about expiry and stands in the
	// ClientHello. Nil means time.Now.
	Now func() time.Time

	// What AT+QSSLCFG can have ignored. IgnoreTime (ignorelocaltime) clears
	// EXPIRED and FUTURE, IgnoreChain (ignoremulticertchainverify) everything
	// above the leaf, IgnoreSignature (ignoreinvalidcertsign) NOT_TRUSTED and
	// BAD_MD. No setting clears what is checked after the walk: key usage and
	// extended key usage.
	IgnoreTime, IgnoreChain, IgnoreSignature bool

	// Sessions keeps sessions for later Dials to resume (session_cache). A
	// server's certificates are not verified again when it resumes one, as in
	// mbedTLS. Nil: no session is kept or resumed.
	Sessions *SessionCache

	// Server names the server in Sessions, as host:port. It must be set if
	// Sessions is.
	Server string

	// Finisher forces one of the two TLS codes, FinisherUTLS or FinisherOwn, so
	// that they can be compared. Empty: utls where it can. What utls cannot
	// finish then fails if it is forced.
	Finisher string

	// Profile is what the module's TLS library was built to accept.
	Profile Profile

	// KeyLog gets the session's secrets in the NSS format, one Write a line. It
	// must be safe for concurrent use if Dials share it. Nil: none.
	KeyLog io.Writer

	// Rand is the source of the ClientHello's random bytes and of IVs. Nil means
	// crypto/rand. Ephemeral keys come from the system whatever stands here.
	Rand io.Reader

	// Trace is told of the handshake in words, one line a call, on the
	// goroutine that called Dial and never after Dial has returned. Nil: none.
	Trace func(line string)
}

// Profile is what the verification accepts of algorithms and keys. The zero
// value is a module in the field: SHA-1 signatures and RSA keys from 1024 bits
// (inferred from the servers of 2021). MD5 is never accepted.
type Profile struct {
	RefuseSHA1 bool // SHA-1 signatures raise BAD_MD
	MinRSABits int  // shorter RSA keys raise BAD_KEY; 0 means 1024
}

// StockProfile is mbedTLS 2.16 as it is shipped: SHA-2 only, RSA from 2048 bits.
func StockProfile() Profile { return Profile{RefuseSHA1: true, MinRSABits: 2048} }

// defaultMinRSABits is Profile.MinRSABits where none is set.
const defaultMinRSABits = 1024

// settings is a Config made ready: defaults filled in, files read, the offer
// decided.
type settings struct {
	Config
	offer  hello               // what goes on the wire
	roots  []*x509.Certificate // nil at SecLevel 0
	client *clientIdentity     // nil below SecLevel 2
}

// prepare checks a Config and reads its files. Every error is an *Error of
// KindConfig.
func prepare(cfg Config) (*settings, error) {
	s := &settings{Config: cfg}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Rand == nil {
		s.Rand = rand.Reader
	}
	if s.Profile.MinRSABits == 0 {
		s.Profile.MinRSABits = defaultMinRSABits
	}
	var err error
	if s.offer, err = helloFor(cfg); err != nil {
		return nil, err
	}
	if cfg.Sessions != nil && cfg.Server == "" {
		return nil, configError(nil, "sessions are to be kept and the server has no name to keep them under")
	}
	switch cfg.Finisher {
	case "", FinisherUTLS, FinisherOwn:
	default:
		return nil, configError(nil, "finisher %q is none of %q and %q", cfg.Finisher, FinisherUTLS, FinisherOwn)
	}
	switch cfg.SecLevel {
	case 0:
	case 1, 2:
		if s.roots, err = readCA(cfg.CA); err != nil {
			return nil, err
		}
		if cfg.SecLevel == 1 {
			break
		}
		if s.client, err = readClient(cfg.ClientCert, cfg.ClientKey); err != nil {
			return nil, err
		}
	default:
		return nil, configError(nil, "seclevel %d is not 0, 1 or 2", cfg.SecLevel)
	}
	return s, nil
}

// trace says a line to Config.Trace, if there is one. The line is made only if
// somebody listens.
func (s *settings) trace(line func() string) {
	if s.Trace != nil {
		s.Trace(line())
	}
}
