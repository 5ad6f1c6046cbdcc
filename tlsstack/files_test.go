package tlsstack

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

func TestReadCA(t *testing.T) {
	a := testpki.Issue(t, testpki.Spec{Name: "A", CA: true}, nil)
	b := testpki.Issue(t, testpki.Spec{Name: "B", CA: true}, nil)
	crlf := bytes.ReplaceAll(testpki.Bundle(a, b), []byte("\n"), []byte("\r\n"))
	odd := testpki.Issue(t, testpki.Spec{Name: "odd", CA: true, PublicKeyInfo: testpki.Secp256k1Info(t)}, nil)
	junk := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("junk")})
	tests := []struct {
		name string
		file []byte
		want []string
		err  error
	}{
		{"PEM", a.PEM(), []string{"A"}, nil},
		{"DER", a.DER, []string{"A"}, nil},
		{"two", testpki.Bundle(a, b), []string{"A", "B"}, nil},
		{"CRLF", crlf, []string{"A", "B"}, nil},
		{"text around", slices.Concat([]byte("Subject: A\n\n"), a.PEM(), []byte("# and\n"), b.PEM(), []byte("bye")), []string{"A", "B"}, nil},
		{"byte order mark", append([]byte("\xef\xbb\xbf"), a.PEM()...), []string{"A"}, nil},
		{"NUL at the end", append(a.PEM(), 0), []string{"A"}, nil},
		{"key beside it", append(a.KeyPEM(t), a.PEM()...), []string{"A"}, nil},
		{"one of two unreadable", slices.Concat(junk, b.PEM()), []string{"B"}, nil},
		{"one of two refused by Go", testpki.Bundle(odd, a), []string{"A"}, nil},
		{"no file", nil, nil, ErrNoCA},
		{"empty file", []byte{}, nil, ErrNoCertificate},
		{"text", []byte("hello"), nil, ErrNoCertificate},
		{"junk in PEM", junk, nil, ErrNoCertificate},
		{"cut short", a.PEM()[:200], nil, ErrNoCertificate},
		{"a key", a.KeyPEM(t), nil, ErrNoCertificate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			certs, err := readCA(tt.file)
			if tt.err != nil {
				if e := wantError(t, err, KindConfig); !errors.Is(e, tt.err) {
					t.Errorf("error %v, want %v", e, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range certs {
				got = append(got, c.Subject.CommonName)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("read %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadClient(t *testing.T) {
	rsaID := testpki.Issue(t, testpki.Spec{Name: "rsa", Key: testpki.RSA(t, 2048)}, nil)
	ecID := testpki.Issue(t, testpki.Spec{Name: "ec"}, nil)
	other := testpki.Issue(t, testpki.Spec{Name: "other"}, nil)
	block := func(kind string, der []byte, headers map[string]string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der, Headers: headers})
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(testpki.RSA(t, 2048))
	sec1, err := x509.MarshalECPrivateKey(ecID.Key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ecID.Key)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := x509.MarshalPKCS8PrivateKey(edKey)
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := asn1.Marshal(struct {
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Data      []byte
	}{struct{ OID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}}, []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	ecParams := block("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, nil)
	tests := []struct {
		name      string
		cert, key []byte
		err       error
	}{
		{"PKCS #1", rsaID.PEM(), block("RSA PRIVATE KEY", pkcs1, nil), nil},
		{"PKCS #1 DER", rsaID.DER, pkcs1, nil},
		{"PKCS #8", ecID.PEM(), ecID.KeyPEM(t), nil},
		{"PKCS #8 DER", ecID.DER, pkcs8, nil},
		{"SEC 1", ecID.PEM(), block("EC PRIVATE KEY", sec1, nil), nil},
		{"SEC 1 behind its parameters", ecID.PEM(), append(ecParams, block("EC PRIVATE KEY", sec1, nil)...), nil},
		{"SEC 1 DER", ecID.DER, sec1, nil},
		{"chain", testpki.Bundle(ecID, other), ecID.KeyPEM(t), nil},
		{"no certificate file", nil, ecID.KeyPEM(t), ErrNoClientCert},
		{"no key file", ecID.PEM(), nil, ErrNoClientKey},
		{"certificate without certificate", []byte("x"), ecID.KeyPEM(t), ErrNoCertificate},
		{"key without key", ecID.PEM(), ecID.PEM(), ErrNoKey},
		{"Ed25519", ecID.PEM(), block("PRIVATE KEY", ed, nil), ErrNoKey},
		{"key of another", ecID.PEM(), other.KeyPEM(t), ErrKeyMismatch},
		{"key of another kind", ecID.PEM(), rsaID.KeyPEM(t), ErrKeyMismatch},
		{"encrypted PKCS #8", ecID.PEM(), block("ENCRYPTED PRIVATE KEY", encrypted, nil), ErrKeyEncrypted},
		{"encrypted PKCS #8 DER", ecID.PEM(), encrypted, ErrKeyEncrypted},
		{"encrypted PKCS #1", rsaID.PEM(), block("RSA PRIVATE KEY", pkcs1, map[string]string{
			"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00",
		}), ErrKeyEncrypted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := readClient(tt.cert, tt.key)
			if tt.err == nil {
				if err != nil || len(id.chain) == 0 || id.key == nil {
					t.Fatalf("%+v, %v", id, err)
				}
				return
			}
			if e := wantError(t, err, KindConfig); !errors.Is(e, tt.err) {
				t.Errorf("error %v, want %v", e, tt.err)
			}
		})
	}
}

// TestFilesNeeded: which files are read is the seclevel's to say.
func TestFilesNeeded(t *testing.T) {
	ca := testpki.Issue(t, testpki.Spec{CA: true, Key: testpki.NewEC(t, elliptic.P256())}, nil)
	tests := []struct {
		name string
		cfg  Config
		err  error
	}{
		{"0 reads nothing", Config{CA: []byte("x"), ClientCert: []byte("x")}, nil},
		{"1 needs a CA", Config{SecLevel: 1}, ErrNoCA},
		{"1 reads the CA", Config{SecLevel: 1, CA: []byte("x")}, ErrNoCertificate},
		{"1 reads no client file", Config{SecLevel: 1, CA: ca.PEM(), ClientCert: []byte("x")}, nil},
		{"2 needs a CA", Config{SecLevel: 2, ClientCert: ca.PEM(), ClientKey: ca.KeyPEM(t)}, ErrNoCA},
		{"2 needs a certificate", Config{SecLevel: 2, CA: ca.PEM(), ClientKey: ca.KeyPEM(t)}, ErrNoClientCert},
		{"2 needs a key", Config{SecLevel: 2, CA: ca.PEM(), ClientCert: ca.PEM()}, ErrNoClientKey},
		{"2 with everything", Config{SecLevel: 2, CA: ca.PEM(), ClientCert: ca.PEM(), ClientKey: ca.KeyPEM(t)}, nil},
	}
	for _, tt := range tests {
		if _, err := prepare(tt.cfg); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
	}
}
