// Package testpki makes certificates for tests, including those that x509
// would not make: version 1, signed with MD5, with a negative serial number, on
// curves that Go does not know, with extensions that contradict each other.
//
// A certificate is a Spec and an issuer; keys are shared by the whole test
// binary, since making RSA keys is slow:
//
//	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
//	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{"server.test"}}, root)
package testpki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	_ "crypto/md5" // the hashes that a Spec may name
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Epoch is the middle of every certificate's default life, and a good "now".
var Epoch = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// Spec says what a certificate is like. The zero Spec is a plain version 3 leaf
// with an EC key on P-256.
type Spec struct {
	Name     string   // CN; default "leaf"
	DNS      []string // subjectAltName
	IPs      []net.IP // subjectAltName
	Version  int      // 1 or 3; default 3. Version 1 has no extensions
	CA       bool     // basicConstraints with the CA bit
	NoBasic  bool     // no basicConstraints at all
	PathLen  *int     // pathLenConstraint, with CA
	KeyUsage x509.KeyUsage
	ExtUsage []asn1.ObjectIdentifier

	NotBefore, NotAfter time.Time // default: ten years around Epoch
	Key                 crypto.Signer
	Hash                crypto.Hash // of the signature; default SHA-256
	Serial              int64       // default 1
	BreakSignature      bool
	PublicKeyInfo       []byte // DER, in place of the key's own
	PrintableName       bool   // CN as PrintableString, not as UTF8String
}

// Cert is a certificate with its key.
type Cert struct {
	Spec
	DER []byte
	Key crypto.Signer
}

// Extended key usages for Spec.ExtUsage.
var (
	ServerAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	ClientAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	AnyUsage   = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

// Issue makes a certificate. Without an issuer it signs itself.
func Issue(t testing.TB, spec Spec, issuer *Cert) *Cert {
	t.Helper()
	if spec.Name == "" {
		spec.Name = "leaf"
	}
	if spec.Version == 0 {
		spec.Version = 3
	}
	if spec.NotBefore.IsZero() {
		spec.NotBefore = Epoch.AddDate(-5, 0, 0)
	}
	if spec.NotAfter.IsZero() {
		spec.NotAfter = Epoch.AddDate(5, 0, 0)
	}
	if spec.Key == nil {
		spec.Key = NewEC(t, elliptic.P256())
	}
	if spec.Hash == 0 {
		spec.Hash = crypto.SHA256
	}
	if spec.Serial == 0 {
		spec.Serial = 1
	}
	c := &Cert{Spec: spec, Key: spec.Key}
	if issuer == nil {
		issuer = c
	}
	c.DER = c.sign(t, issuer)
	return c
}

// sign makes the DER.
func (c *Cert) sign(t testing.TB, issuer *Cert) []byte {
	t.Helper()
	algorithm := signatureAlgorithm(t, issuer.Key, c.Hash)
	var b cryptobyte.Builder
	c.tbs(t, &b, algorithm, issuer)
	tbs, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	h := c.Hash.New()
	h.Write(tbs)
	sig, err := issuer.Key.Sign(rand.Reader, h.Sum(nil), c.Hash)
	if err != nil {
		t.Fatal(err)
	}
	if c.BreakSignature {
		sig[len(sig)-1] ^= 1
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddBytes(algorithm)
		b.AddASN1BitString(sig)
	})
	der, err := out.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// tbs writes what is signed (RFC 5280 4.1).
func (c *Cert) tbs(t testing.TB, b *cryptobyte.Builder, algorithm []byte, issuer *Cert) {
	spki := c.PublicKeyInfo
	if spki == nil {
		var err error
		if spki, err = x509.MarshalPKIXPublicKey(c.Key.Public()); err != nil {
			t.Fatal(err)
		}
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if c.Version > 1 {
			b.AddASN1(cbasn1.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
				b.AddASN1Int64(int64(c.Version - 1))
			})
		}
		b.AddASN1BigInt(big.NewInt(c.Serial))
		b.AddBytes(algorithm)
		issuer.addName(b)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addTime(t, b, c.NotBefore)
			addTime(t, b, c.NotAfter)
		})
		c.addName(b)
		b.AddBytes(spki)
		if c.Version == 3 {
			c.addExtensions(b)
		}
	})
}

func (c *Cert) addName(b *cryptobyte.Builder) {
	tag := cbasn1.UTF8String
	if c.PrintableName {
		tag = cbasn1.PrintableString
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 4, 3})
				b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(c.Name)) })
			})
		})
	})
}

// addTime writes a UTCTime, or a GeneralizedTime from 2050.
func addTime(t testing.TB, b *cryptobyte.Builder, when time.Time) {
	der, err := asn1.Marshal(when.UTC())
	if err != nil {
		t.Fatal(err)
	}
	b.AddBytes(der)
}

// addExtensions writes the extensions that the Spec asks for; the block is left
// out if there are none.
func (c *Cert) addExtensions(b *cryptobyte.Builder) {
	var list cryptobyte.Builder
	add := func(oid asn1.ObjectIdentifier, critical bool, body func(*cryptobyte.Builder)) {
		list.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			if critical {
				b.AddASN1Boolean(true)
			}
			b.AddASN1(cbasn1.OCTET_STRING, body)
		})
	}
	if !c.NoBasic {
		add(asn1.ObjectIdentifier{2, 5, 29, 19}, true, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				if c.CA {
					b.AddASN1Boolean(true)
				}
				if c.PathLen != nil {
					b.AddASN1Int64(int64(*c.PathLen))
				}
			})
		})
	}
	if c.KeyUsage != 0 {
		add(asn1.ObjectIdentifier{2, 5, 29, 15}, true, func(b *cryptobyte.Builder) {
			// The first usage is the top bit (RFC 5280 4.2.1.3).
			var bits byte
			for i := range 8 {
				if c.KeyUsage&(1<<i) != 0 {
					bits |= 0x80 >> i
				}
			}
			b.AddASN1BitString([]byte{bits})
		})
	}
	if len(c.ExtUsage) > 0 {
		add(asn1.ObjectIdentifier{2, 5, 29, 37}, false, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, oid := range c.ExtUsage {
					b.AddASN1ObjectIdentifier(oid)
				}
			})
		})
	}
	if len(c.DNS)+len(c.IPs) > 0 {
		add(asn1.ObjectIdentifier{2, 5, 29, 17}, false, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, name := range c.DNS {
					b.AddASN1(cbasn1.Tag(2).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
				}
				for _, ip := range c.IPs {
					if v4 := ip.To4(); v4 != nil {
						ip = v4
					}
					b.AddASN1(cbasn1.Tag(7).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(ip) })
				}
			})
		})
	}
	if all := list.BytesOrPanic(); len(all) > 0 {
		b.AddASN1(cbasn1.Tag(3).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(all) })
		})
	}
}

// signatureAlgorithm is the AlgorithmIdentifier for a key and a hash.
func signatureAlgorithm(t testing.TB, key crypto.Signer, hash crypto.Hash) []byte {
	rsaOIDs := map[crypto.Hash]int{crypto.MD5: 4, crypto.SHA1: 5, crypto.SHA224: 14, crypto.SHA256: 11, crypto.SHA384: 12, crypto.SHA512: 13}
	ecOIDs := map[crypto.Hash][]int{crypto.SHA1: {1}, crypto.SHA224: {3, 1}, crypto.SHA256: {3, 2}, crypto.SHA384: {3, 3}, crypto.SHA512: {3, 4}}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if _, ok := key.(*rsa.PrivateKey); ok {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, rsaOIDs[hash]})
			b.AddASN1NULL()
			return
		}
		b.AddASN1ObjectIdentifier(append(asn1.ObjectIdentifier{1, 2, 840, 10045, 4}, ecOIDs[hash]...))
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatalf("no algorithm for a %T with %v: %v", key, hash, err)
	}
	return der
}

// X509 parses the certificate.
func (c *Cert) X509(t testing.TB) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return cert
}

// PEM is the certificate as a file.
func (c *Cert) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})
}

// KeyPEM is the key as a PKCS #8 file.
func (c *Cert) KeyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// Server is the certificate for a server, with what it sends after it.
func (c *Cert) Server(after ...*Cert) tls.Certificate {
	out := tls.Certificate{PrivateKey: c.Key, Certificate: [][]byte{c.DER}}
	for _, a := range after {
		out.Certificate = append(out.Certificate, a.DER)
	}
	return out
}

// Bundle is a file of several certificates.
func Bundle(certs ...*Cert) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		b.Write(c.PEM())
	}
	return b.Bytes()
}

var (
	rsaMu   sync.Mutex
	rsaKeys = map[int]*rsa.PrivateKey{}
)

// RSA is the test binary's RSA key of a size, made at its first use. Below 1024
// bits it needs GODEBUG rsa1024min=0.
func RSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	rsaMu.Lock()
	defer rsaMu.Unlock()
	if key := rsaKeys[bits]; key != nil {
		return key
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	rsaKeys[bits] = key
	return key
}

// NewEC makes a key on a curve.
func NewEC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Secp256k1Info is a SubjectPublicKeyInfo on secp256k1, a curve that x509
// refuses; the key is the curve's base point. For Spec.PublicKeyInfo.
func Secp256k1Info(t testing.TB) []byte {
	t.Helper()
	point, err := hex.DecodeString("04" +
		"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" +
		"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
	if err != nil {
		t.Fatal(err)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 132, 0, 10})
		})
		b.AddASN1BitString(point)
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}
