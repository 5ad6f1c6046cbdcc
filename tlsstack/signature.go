package tlsstack

import (
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // hashes that a certificate may be signed with
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Signatures on certificates are checked here and not by x509, which refuses
// MD5, knows no SHA-224 and, by way of crypto/rsa, no RSA key below 1024 bits.
// Whether an algorithm is acceptable is the profile's to say, not Go's.

// signatureAlgorithm is how a certificate is signed.
type signatureAlgorithm struct {
	scheme scheme
	hash   crypto.Hash
}

// scheme is the kind of signature.
type scheme uint8

const (
	schemePKCS1 scheme = iota + 1 // RSA, PKCS #1 v1.5
	schemePSS                     // RSA-PSS
	schemeECDSA
)

// signatureOIDs is what mbedTLS 2.16 knows, but for RSA-PSS, whose hash stands
// in its parameters.
var signatureOIDs = []struct {
	oid asn1.ObjectIdentifier
	alg signatureAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, signatureAlgorithm{schemePKCS1, crypto.MD5}},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}, signatureAlgorithm{schemePKCS1, crypto.SHA1}},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}, signatureAlgorithm{schemePKCS1, crypto.SHA224}},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, signatureAlgorithm{schemePKCS1, crypto.SHA256}},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, signatureAlgorithm{schemePKCS1, crypto.SHA384}},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, signatureAlgorithm{schemePKCS1, crypto.SHA512}},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}, signatureAlgorithm{schemeECDSA, crypto.SHA1}},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}, signatureAlgorithm{schemeECDSA, crypto.SHA224}},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, signatureAlgorithm{schemeECDSA, crypto.SHA256}},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, signatureAlgorithm{schemeECDSA, crypto.SHA384}},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, signatureAlgorithm{schemeECDSA, crypto.SHA512}},
}

// accepted tells whether a profile takes the hash.
func (a signatureAlgorithm) accepted(p Profile) bool {
	switch a.hash {
	case crypto.MD5:
		return false
	case crypto.SHA1:
		return !p.RefuseSHA1
	}
	return true
}

// signatureOf reads how a certificate is signed; false if that is not known.
func signatureOf(c *x509.Certificate) (signatureAlgorithm, bool) {
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSAPSS:
		return signatureAlgorithm{schemePSS, crypto.SHA256}, true
	case x509.SHA384WithRSAPSS:
		return signatureAlgorithm{schemePSS, crypto.SHA384}, true
	case x509.SHA512WithRSAPSS:
		return signatureAlgorithm{schemePSS, crypto.SHA512}, true
	}
	var cert, identifier cryptobyte.String
	var oid asn1.ObjectIdentifier
	input := cryptobyte.String(c.Raw)
	if !input.ReadASN1(&cert, cbasn1.SEQUENCE) ||
		!cert.SkipASN1(cbasn1.SEQUENCE) || // what is signed
		!cert.ReadASN1(&identifier, cbasn1.SEQUENCE) ||
		!identifier.ReadASN1ObjectIdentifier(&oid) {
		return signatureAlgorithm{}, false
	}
	for _, known := range signatureOIDs {
		if known.oid.Equal(oid) {
			return known.alg, true
		}
	}
	return signatureAlgorithm{}, false
}

// signedBy checks the child's signature with the parent's key, whatever the
// hash and the length of the key.
func signedBy(child, parent *x509.Certificate) bool {
	alg, ok := signatureOf(child)
	if !ok {
		return false
	}
	h := alg.hash.New()
	h.Write(child.RawTBSCertificate)
	digest := h.Sum(nil)
	switch key := parent.PublicKey.(type) {
	case *rsa.PublicKey:
		switch alg.scheme {
		case schemePKCS1:
			return verifyPKCS1(key, alg.hash, digest, child.Signature)
		case schemePSS:
			return rsa.VerifyPSS(key, alg.hash, digest, child.Signature, nil) == nil
		}
	case *ecdsa.PublicKey:
		return alg.scheme == schemeECDSA && ecdsa.VerifyASN1(key, digest, child.Signature)
	}
	return false
}

// maxRSABits is the longest key that mbedTLS can compute with
// (MBEDTLS_MPI_MAX_SIZE).
const maxRSABits = 8192

// digestInfo is the DER in front of a hash in a PKCS #1 v1.5 signature
// (RFC 8017 9.2).
var digestInfo = map[crypto.Hash][]byte{
	crypto.MD5:    {0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10},
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA224: {0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// verifyPKCS1 is RSASSA-PKCS1-v1_5 verification (RFC 8017 8.2.2) for a key of
// any length up to maxRSABits.
func verifyPKCS1(key *rsa.PublicKey, hash crypto.Hash, digest, sig []byte) bool {
	k := key.Size()
	prefix, known := digestInfo[hash]
	padding := k - 3 - len(prefix) - len(digest)
	if !known || padding < 8 || len(sig) != k || key.N.BitLen() > maxRSABits || key.E < 3 {
		return false
	}
	s := new(big.Int).SetBytes(sig)
	if s.Cmp(key.N) >= 0 {
		return false
	}
	want := make([]byte, 0, k)
	want = append(want, 0, 1)
	for range padding {
		want = append(want, 0xff)
	}
	want = append(want, 0)
	want = append(want, prefix...)
	want = append(want, digest...)
	got := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, k))
	return subtle.ConstantTimeCompare(got, want) == 1
}
