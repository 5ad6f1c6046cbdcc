package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// generate brings dir up to date and names the files it wrote. What exists is
// kept, unless force is set or it does not fit: a certificate for another key,
// or one that its issuer has not signed.
func generate(dir string, force bool) (written []string, err error) {
	signers := map[string]crypto.Signer{}
	for _, spec := range keys {
		path := filepath.Join(dir, spec.name+".pem")
		key, err := loadKey(path)
		if force || errors.Is(err, fs.ErrNotExist) {
			key, err = createKey(path, spec.ec)
			written = append(written, path)
		}
		if err != nil {
			return written, err
		}
		signers[spec.name] = key
	}

	made := map[string]*x509.Certificate{}
	for _, spec := range certs {
		path := filepath.Join(dir, spec.name+".pem")
		subject := signers[spec.key].Public()
		issuer, issuerKey := made[spec.issuer], signers[spec.key]
		if issuer != nil {
			issuerKey = signers[keyOf(spec.issuer)]
		}

		cert, err := loadCert(path)
		if err == nil && !force && fits(cert, subject, issuer) {
			made[spec.name] = cert
			continue
		}
		if err != nil && !force && !errors.Is(err, fs.ErrNotExist) {
			return written, err
		}
		if cert, err = createCert(path, spec.template, subject, issuer, issuerKey); err != nil {
			return written, err
		}
		written = append(written, path)
		made[spec.name] = cert
	}
	return written, nil
}

// keyOf is the key that belongs to the certificate called name.
func keyOf(name string) string {
	for _, spec := range certs {
		if spec.name == name {
			return spec.key
		}
	}
	return ""
}

// fits reports whether cert is for the key and signed by issuer; a nil issuer
// means that it has to be self-signed.
func fits(cert *x509.Certificate, subject crypto.PublicKey, issuer *x509.Certificate) bool {
	key, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !key.Equal(subject) {
		return false
	}
	if issuer == nil {
		// CheckSignatureFrom would ask for a CA, which self_signed is not.
		return cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
	}
	return cert.CheckSignatureFrom(issuer) == nil
}

// createKey writes a new key in the form that old TLS stacks read: PKCS #1 for
// RSA, SEC 1 for EC.
func createKey(path string, ec bool) (crypto.Signer, error) {
	if ec {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, err
		}
		return key, writePEM(path, "EC PRIVATE KEY", der)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func createCert(path string, template x509.Certificate, subject crypto.PublicKey, issuer *x509.Certificate, issuerKey crypto.Signer) (*x509.Certificate, error) {
	parent := issuer
	if parent == nil {
		parent = &template
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, subject, issuerKey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cert, writePEM(path, "CERTIFICATE", der)
}

func loadKey(path string) (crypto.Signer, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	var key crypto.Signer
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		err = fmt.Errorf("a %s, not a private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func loadCert(path string) (*x509.Certificate, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cert, nil
}

func readPEM(path string) (*pem.Block, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s: not a PEM file; delete it to have it made anew", path)
	}
	return block, nil
}

func writePEM(path, kind string, der []byte) error {
	// Not 0600: git keeps no such mode, and nothing here is secret.
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o644)
}
