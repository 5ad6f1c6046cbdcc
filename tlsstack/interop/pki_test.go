//go:build interop

package interop

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// The names in the servers' certificates. NSS takes them for nicknames too.
const (
	serverName = "server.test"
	otherName  = "other.test"
)

// What the certificates are called, as files and in their subjects.
const (
	certRSA   = "rsa"   // for RSA and ECDHE_RSA
	certEC    = "ecdsa" // EC signed with EC: for ECDHE_ECDSA and ECDH_ECDSA
	certECRSA = "ecrsa" // EC signed with RSA: for ECDH_RSA
	certOther = "other" // RSA, for otherName
	clientRSA = "client-rsa"
	clientEC  = "client-ec"
)

// pki is a directory with NAME.pem and NAME.key for each certificate, and
// ca.pem with both roots. All servers of a peer share it.
type pki struct {
	dir string
	ca  []byte
	t   *testing.T
}

// newPKI makes the certificates. They are valid now, since the servers have no
// other clock.
func newPKI(t *testing.T) *pki {
	p := &pki{dir: t.TempDir(), t: t}
	serial := int64(0)
	issue := func(spec testpki.Spec, issuer *testpki.Cert) *testpki.Cert {
		serial++ // NSS takes one issuer's certificates of one serial for the same
		spec.Serial = serial
		spec.NotBefore = time.Now().AddDate(-1, 0, 0)
		spec.NotAfter = time.Now().AddDate(1, 0, 0)
		c := testpki.Issue(t, spec, issuer)
		p.write(spec.Name+".pem", c.PEM())
		p.write(spec.Name+".key", c.KeyPEM(t))
		return c
	}
	rsaKey := func() crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	ecKey := func() crypto.Signer { return testpki.NewEC(t, elliptic.P256()) }

	rootRSA := issue(testpki.Spec{Name: "root-rsa", CA: true, Key: rsaKey(), KeyUsage: x509.KeyUsageCertSign}, nil)
	rootEC := issue(testpki.Spec{Name: "root-ec", CA: true, Key: ecKey(), KeyUsage: x509.KeyUsageCertSign}, nil)
	p.ca = testpki.Bundle(rootRSA, rootEC)
	p.write("ca.pem", p.ca)

	mine, other := []string{serverName}, []string{otherName}
	issue(testpki.Spec{Name: certRSA, DNS: mine, Key: rsaKey()}, rootRSA)
	issue(testpki.Spec{Name: certEC, DNS: mine, Key: ecKey()}, rootEC)
	issue(testpki.Spec{Name: certECRSA, DNS: mine, Key: ecKey()}, rootRSA)
	issue(testpki.Spec{Name: certOther, DNS: other, Key: rsaKey()}, rootRSA)
	issue(testpki.Spec{Name: clientRSA, Key: rsaKey()}, rootRSA)
	issue(testpki.Spec{Name: clientEC, Key: ecKey()}, rootEC)
	return p
}

func (p *pki) write(name string, content []byte) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), content, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pki) read(name string) []byte {
	p.t.Helper()
	content, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return content
}

// path is where a file of the pki is.
func (p *pki) path(name string) string { return filepath.Join(p.dir, name) }
