package tlsstack

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// maxFuzzChain is how many certificates a fuzzed chain or CA file has at most.
const maxFuzzChain = 16

// certificatePool is every certificate of the table of chains and of the lab.
func certificatePool(t testing.TB) (pool [][]byte, cases []chainCase) {
	cases = chainCases(t)
	for _, c := range cases {
		for _, cert := range slices.Concat(c.sent, c.ca) {
			if indexOf(pool, cert.DER) < 0 {
				pool = append(pool, cert.DER)
			}
		}
	}
	files, err := filepath.Glob("../lab/pki/*.pem")
	if err != nil || len(files) == 0 {
		t.Fatalf("no certificates of the lab: %v", err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pool = append(pool, pemBlocks(file, "CERTIFICATE")...)
	}
	if len(pool) > 256 {
		t.Fatalf("%d certificates, a byte cannot choose", len(pool))
	}
	return pool, cases
}

func indexOf(pool [][]byte, der []byte) int {
	return slices.IndexFunc(pool, func(p []byte) bool { return string(p) == string(der) })
}

// cook makes certificates by a recipe: for each a byte that chooses it and one
// that says how many changes it gets (0 to 3), of four bytes each, with elements
// of the one before it. Those that cannot be read are left out, as no handshake
// comes to verify them.
func cook(pool [][]byte, recipe []byte) (certs []*x509.Certificate) {
	donor := pool[0]
	for len(recipe) >= 2 && len(certs) < maxFuzzChain {
		der, n := pool[int(recipe[0])%len(pool)], int(recipe[1])%4
		changes := recipe[2:min(len(recipe), 2+4*n)]
		recipe = recipe[2+len(changes):]
		der, donor = testpki.MutateDER(der, donor, changes, n), der
		if c, err := x509.ParseCertificate(der); err == nil {
			certs = append(certs, c)
		}
	}
	return certs
}

// FuzzVerify verifies chains of changed certificates, and one of any bytes,
// against CA files of such, under every setting. There is always a verdict; what
// is accepted without the help of a setting leads to the CA file by signatures
// that x509 finds right as well; and a setting only ever clears.
func FuzzVerify(f *testing.F) {
	pool, cases := certificatePool(f)
	recipe := func(certs []*testpki.Cert) (out []byte) {
		for _, c := range certs {
			out = append(out, byte(indexOf(pool, c.DER)), 0)
		}
		return out
	}
	for i, c := range cases {
		f.Add(uint16(i), recipe(c.sent), recipe(c.ca), []byte{})
	}
	f.Add(uint16(0), []byte{0, 1, 2, 0, 9, 0}, []byte{0, 0}, pool[3])
	f.Add(uint16(0), []byte{0, 2, 10, 0, 20, 3, 0, 0, 7, 1, 1, 1, 4, 0, 9, 0x0c}, []byte{1, 0}, []byte{0x30, 0x80})
	kxs := []KeyExchange{KeyECDHEECDSA, KeyECDHERSA, KeyRSA, KeyECDHECDSA, KeyECDHRSA}
	names := []string{server, "", "*.test", "192.0.2.1"}
	clocks := []time.Time{testpki.Epoch, time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), testpki.Epoch}
	f.Fuzz(func(t *testing.T, setting uint16, sentRecipe, caRecipe, raw []byte) {
		sent, roots := cook(pool, sentRecipe), cook(pool, caRecipe)
		if c, err := x509.ParseCertificate(raw); err == nil {
			sent = append(sent, c)
		}
		if len(sent) == 0 {
			return // no handshake comes here without one
		}
		cfg := Config{
			SecLevel: 1, CheckName: names[setting>>4%4], Now: func() time.Time { return clocks[setting>>6%4] },
			Profile: Profile{MinRSABits: 1024},
		}
		if setting&8 != 0 {
			cfg.Profile = StockProfile()
		}
		suite := suiteWith(kxs[int(setting>>8)%len(kxs)])
		verify := func(cfg Config) (State, error) {
			h := &handshake{settings: &settings{Config: cfg, roots: roots}, state: State{Suite: suite}}
			err := h.verifyServer(sent)
			return h.state, err
		}

		strict, strictErr := verify(cfg)
		checkVerdict(t, strict, strictErr, roots)
		cfg.IgnoreTime, cfg.IgnoreChain, cfg.IgnoreSignature = setting&1 != 0, setting&2 != 0, setting&4 != 0
		lax, laxErr := verify(cfg)
		checkVerdict(t, lax, laxErr, nil)
		if left := flagsOf(laxErr) &^ flagsOf(strictErr); left != 0 || strictErr == nil && laxErr != nil {
			t.Errorf("settings that ignore something raise %v: %v, then %v", left, strictErr, laxErr)
		}
		cfg.SecLevel = 0
		if none, err := verify(cfg); err != nil || none.Verified || len(none.Chain) != len(sent) {
			t.Errorf("seclevel 0: %v, state %+v", err, none)
		}
	})
}

// flagsOf are those that are left in an error.
func flagsOf(err error) VerifyFlags {
	var e *Error
	if errors.As(err, &e) {
		return e.Flags
	}
	return 0
}

// checkVerdict checks a verdict of seclevel 1. With roots, which is where nothing
// was ignored, a chain that was accepted is followed again.
func checkVerdict(t *testing.T, s State, err error, roots []*x509.Certificate) {
	t.Helper()
	if !s.Verified || len(s.Chain) == 0 || len(s.Chain) > maxIntermediates+2 {
		t.Fatalf("verified %v, a chain of %d", s.Verified, len(s.Chain))
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindVerify || e.Flags == 0 || e.Reason == "" || e.Alert == nil || !e.Alert.Sent {
			t.Fatalf("error %v", err)
		}
		return
	}
	for _, c := range s.Chain {
		if left := c.Flags &^ c.Ignored; left != 0 {
			t.Fatalf("accepted with %v", left)
		}
	}
	if roots == nil {
		return
	}
	last := s.Chain[len(s.Chain)-1]
	if !last.Trusted || !slices.ContainsFunc(roots, func(r *x509.Certificate) bool { return string(r.Raw) == string(last.Raw) }) {
		t.Fatalf("accepted, and the last of %d is not in the CA file", len(s.Chain))
	}
	for i := range len(s.Chain) - 1 {
		if err := signed(s.Chain[i].Raw, s.Chain[i+1].Raw); err != nil {
			t.Fatalf("accepted, but %d has not signed %d: %v", i+1, i, err)
		}
	}
}

// signed asks x509 about a signature. What it does not check at all (weak hashes,
// SHA-224, some curves) passes.
func signed(child, parent []byte) error {
	c, err := x509.ParseCertificate(child)
	if err != nil {
		return err
	}
	p, err := x509.ParseCertificate(parent)
	if err != nil {
		return err
	}
	err = p.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	var insecure x509.InsecureAlgorithmError
	if errors.Is(err, x509.ErrUnsupportedAlgorithm) || errors.As(err, &insecure) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%v: %w", c.SignatureAlgorithm, err)
	}
	return nil
}
