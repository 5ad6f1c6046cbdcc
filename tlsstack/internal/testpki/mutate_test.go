package testpki

import (
	"bytes"
	"crypto/x509"
	"math/rand/v2"
	"testing"
)

// TestMutateDER: without changes DER is what it was, and enough of what is changed
// can still be read as a certificate.
func TestMutateDER(t *testing.T) {
	one, other := Issue(t, Spec{DNS: []string{"one.test"}, CA: true}, nil), Issue(t, Spec{Name: "other"}, nil)
	if got := MutateDER(one.DER, other.DER, nil, 8); !bytes.Equal(got, one.DER) {
		t.Fatalf("% x became % x", one.DER, got)
	}
	read := 0
	const seed, runs = 7, 3000
	r := rand.New(rand.NewPCG(seed, 0))
	for range runs {
		changes := []byte{byte(r.Uint32()), 0, byte(r.Uint32()), byte(r.Uint32())}
		got := MutateDER(one.DER, other.DER, changes, 8)
		if _, err := x509.ParseCertificate(got); err == nil && !bytes.Equal(got, one.DER) {
			read++
		}
	}
	if read < runs/20 {
		t.Errorf("seed %d: of %d changed certificates only %d can be read", seed, runs, read)
	}
}
