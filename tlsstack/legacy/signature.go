package legacy

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
)

// The two halves of a SignatureAndHashAlgorithm (RFC 5246 7.4.1.4.1).
const (
	signatureRSA   uint8 = 1
	signatureECDSA uint8 = 3
)

var signatureHashes = map[uint8]crypto.Hash{
	1: crypto.MD5, 2: crypto.SHA1, 3: crypto.SHA224, 4: crypto.SHA256, 5: crypto.SHA384, 6: crypto.SHA512,
}

// splitAlgorithm takes a SignatureAndHashAlgorithm apart; hash is 0 if it is
// not known.
func splitAlgorithm(algorithm uint16) (hash crypto.Hash, signature uint8) {
	return signatureHashes[uint8(algorithm>>8)], uint8(algorithm)
}

// algorithmName names a SignatureAndHashAlgorithm, e.g. "RSA with SHA-256".
func algorithmName(algorithm uint16) string {
	hash, signature := splitAlgorithm(algorithm)
	if hash == 0 || signature != signatureRSA && signature != signatureECDSA {
		return fmt.Sprintf("0x%04x", algorithm)
	}
	return signatureName(signature) + " with " + hash.String()
}

func signatureName(signature uint8) string {
	if signature == signatureRSA {
		return "RSA"
	}
	return "ECDSA"
}

// oldHash is what versions before TLS 1.2 sign: both hashes with RSA, SHA-1
// with ECDSA (RFC 4346 7.4.3, RFC 8422 5.4).
func oldHash(signature uint8) crypto.Hash {
	if signature == signatureRSA {
		return crypto.MD5SHA1
	}
	return crypto.SHA1
}

// errSignature is a signature that is not one.
var errSignature = errors.New("the signature is wrong")

// verifyDigest checks a signature: PKCS #1 v1.5, or ECDSA in DER.
func verifyDigest(key crypto.PublicKey, hash crypto.Hash, digest, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, digest, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, digest, signature) {
			return nil
		}
	}
	return errSignature
}

// signDigest makes a signature of the same kinds.
func signDigest(key crypto.Signer, hash crypto.Hash, digest []byte) ([]byte, error) {
	return key.Sign(rand.Reader, digest, hash)
}

// signatureOf is the kind of signature that a public key checks; 0 for others
// than RSA and ECDSA.
func signatureOf(key crypto.PublicKey) uint8 {
	switch key.(type) {
	case *rsa.PublicKey:
		return signatureRSA
	case *ecdsa.PublicKey:
		return signatureECDSA
	}
	return 0
}
