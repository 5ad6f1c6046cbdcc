package tlsstack

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// clientIdentity is what answers a CertificateRequest.
type clientIdentity struct {
	chain [][]byte // DER, the client's own certificate first
	key   crypto.Signer
}

// readCA reads the CA file. Like mbedTLS it takes what it can of a file of
// several certificates, and refuses the file only if nothing is left.
func readCA(file []byte) ([]*x509.Certificate, error) {
	if file == nil {
		return nil, configError(ErrNoCA, "seclevel asks for a CA certificate and none is set")
	}
	return readCertificates("CA file", file)
}

// readClient reads the client's certificate and key and checks that they
// belong together.
func readClient(certFile, keyFile []byte) (*clientIdentity, error) {
	switch {
	case certFile == nil:
		return nil, configError(ErrNoClientCert, "seclevel 2 asks for a client certificate and none is set")
	case keyFile == nil:
		return nil, configError(ErrNoClientKey, "seclevel 2 asks for a client key and none is set")
	}
	certs, err := readCertificates("client certificate file", certFile)
	if err != nil {
		return nil, err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, err
	}
	own, ok := certs[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !own.Equal(key.Public()) {
		return nil, configError(ErrKeyMismatch, "the client key does not belong to the client certificate (%s)",
			nameOf(certs[0].Subject))
	}
	id := &clientIdentity{key: key}
	for _, c := range certs {
		id.chain = append(id.chain, c.Raw)
	}
	return id, nil
}

// readCertificates reads a file of certificates in PEM or DER; what names the
// file in errors. The slice is not empty.
func readCertificates(what string, file []byte) ([]*x509.Certificate, error) {
	ders := pemBlocks(file, "CERTIFICATE")
	if len(ders) == 0 {
		// DER tells its own length; what an editor has put behind it is no harm.
		der := file
		var one cryptobyte.String
		if rest := cryptobyte.String(file); rest.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			der = one
		}
		ders = [][]byte{der}
	}
	var certs []*x509.Certificate
	var refused error
	for _, der := range ders {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			refused = err
			continue
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, configError(ErrNoCertificate, "the %s (%d bytes) holds no certificate that can be read: %v",
			what, len(file), refused)
	}
	return certs, nil
}

// pemBlocks finds the PEM blocks of one type. Unlike pem.Decode alone it finds a
// block that does not start a line (after a byte order mark), as mbedTLS does.
func pemBlocks(file []byte, kind string) [][]byte {
	begin := []byte("-----BEGIN " + kind + "-----")
	var ders [][]byte
	for {
		at := bytes.Index(file, begin)
		if at < 0 {
			return ders
		}
		block, rest := pem.Decode(file[at:])
		if block == nil {
			return ders
		}
		if block.Type == kind {
			ders = append(ders, block.Bytes)
		}
		file = rest
	}
}

// readKey reads a private key: PKCS #1, SEC 1 or PKCS #8, in PEM or DER, RSA or
// EC. The module's firmware of the seed has no way to be told a password, so an
// encrypted key is an error.
func readKey(file []byte) (crypto.Signer, error) {
	text := string(file)
	if strings.Contains(text, "BEGIN ENCRYPTED PRIVATE KEY") || strings.Contains(text, "Proc-Type: 4,ENCRYPTED") {
		return nil, configError(ErrKeyEncrypted, "the client key is encrypted")
	}
	ders := [][]byte{}
	for _, kind := range []string{"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"} {
		ders = append(ders, pemBlocks(file, kind)...)
	}
	if len(ders) == 0 {
		if isEncryptedPKCS8(file) {
			return nil, configError(ErrKeyEncrypted, "the client key is encrypted")
		}
		ders = append(ders, file)
	}
	key, err := parseKey(ders[0])
	if err != nil {
		return nil, configError(ErrNoKey, "the client key file (%d bytes) holds no RSA or EC key that can be read: %v",
			len(file), err)
	}
	return key, nil
}

// parseKey tries the three encodings in turn. The error is that of PKCS #8, the
// one that most tools write today.
func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	}
	return nil, x509.ErrUnsupportedAlgorithm
}

// isEncryptedPKCS8 tells an EncryptedPrivateKeyInfo (RFC 5208 6) by its shape
// and by an algorithm of PKCS #5 or PKCS #12.
func isEncryptedPKCS8(der []byte) bool {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) != 0 {
		return false
	}
	oid := info.Algorithm.Algorithm.String()
	return strings.HasPrefix(oid, "1.2.840.113549.1.5.") || strings.HasPrefix(oid, "1.2.840.113549.1.12.1.")
}
