package tlsstack

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// TestVerifyOnTheWire checks that a rejected certificate ends the handshake with
// the alert that belongs to it, and that the server gets it.
func TestVerifyOnTheWire(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	spec := func(change func(*testpki.Spec)) *testpki.Cert {
		s := testpki.Spec{DNS: []string{server}}
		change(&s)
		return testpki.Issue(t, s, root)
	}
	tests := []struct {
		name  string
		cert  *testpki.Cert
		flags VerifyFlags
		alert string // as crypto/tls calls it
	}{
		{"name", spec(func(s *testpki.Spec) { s.DNS[0] = "other.test" }), FlagNameWrong, "bad certificate"},
		{"usage", spec(func(s *testpki.Spec) { s.KeyUsage = x509.KeyUsageKeyAgreement }), FlagKeyUsage, "unsupported certificate"},
		{"expired", spec(func(s *testpki.Spec) { s.NotAfter = testpki.Epoch.AddDate(0, 0, -1) }), FlagExpired, "expired certificate"},
		{"future", spec(func(s *testpki.Spec) { s.NotBefore = testpki.Epoch.AddDate(0, 0, 1) }), FlagFuture, "unknown certificate"},
		{"untrusted", testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil), FlagNotTrusted, "unknown certificate authority"},
	}
	for _, tt := range tests {
		for _, finisher := range finishers {
			client, peer := connPair(t)
			done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{tt.cert.Server()}, MaxVersion: TLS12})
			_, err := Dial(testContext(t), client, Config{
				SecLevel: 1, CheckName: server, CA: root.PEM(), Now: epoch, Finisher: finisher,
			})
			e := wantError(t, err, KindVerify)
			if e.Flags != tt.flags {
				t.Errorf("%s, %s: flags %v, want %v", tt.name, finisher, e.Flags, tt.flags)
			}
			if e.State == nil || len(e.State.Chain) == 0 || len(e.State.Alerts) != 1 {
				t.Errorf("%s, %s: state of the failure is %+v", tt.name, finisher, e.State)
			}
			if o := <-done; o.err == nil || !strings.HasSuffix(o.err.Error(), "remote error: tls: "+tt.alert) {
				t.Errorf("%s, %s: the server saw %v, want %q", tt.name, finisher, o.err, tt.alert)
			}
		}
	}
}

// TestVerifyByBoth has real servers send every chain of the table. Both
// finishers come to the same end: flags, words, state, and what the server gets
// to see.
func TestVerifyByBoth(t *testing.T) {
	notServed := map[string]bool{ // crypto/tls cannot sign with these
		"RSA 512 leaf": true, "P-224 leaf": true,
	}
	type end struct {
		Err, Alert string
		Flags      VerifyFlags
		State      State
	}
	for _, tt := range chainCases(t) {
		if notServed[tt.name] || tt.kx == KeyECDHECDSA {
			continue
		}
		if tt.check == "" {
			tt.check = server
		}
		for _, ignore := range []bool{false, true} {
			var ends []end
			for _, finisher := range finishers {
				cfg := Config{
					SecLevel: 1, CheckName: tt.check, CA: testpki.Bundle(tt.ca...), Now: epoch, Finisher: finisher,
					IgnoreTime: ignore, IgnoreChain: ignore, IgnoreSignature: ignore, MinVersion: TLS12,
				}
				if tt.kx == KeyRSA {
					cfg.Suites = []uint16{0x002f}
				}
				client, peer := connPair(t)
				done := echoServer(peer, &tls.Config{
					Certificates: []tls.Certificate{tt.sent[0].Server(tt.sent[1:]...)}, MaxVersion: TLS12,
					CipherSuites: []uint16{0x002f, 0xc009, 0xc013}, CurvePreferences: fastCurve,
				})
				var e end
				c, err := Dial(testContext(t), client, cfg)
				if err != nil {
					failed := wantError(t, err, KindVerify)
					e.Err, e.Flags, e.State = failed.Error(), failed.Flags, *failed.State
				} else {
					e.State = c.State()
					c.Close()
				}
				if e.State.Finisher != finisher {
					t.Errorf("%s: finished by %s", tt.name, e.State.Finisher)
				}
				e.State.Finisher, e.State.ExtendedMasterSecret = "", false
				if o := <-done; o.err != nil {
					e.Alert = o.err.Error()
				}
				ends = append(ends, e)
			}
			if diff := cmp.Diff(ends[0], ends[1]); diff != "" {
				t.Errorf("%s, ignoring %v (-utls +ours):\n%s", tt.name, ignore, diff)
			}
			want := tt.leaf | tt.above | tt.after
			if ignore {
				want = tt.after | tt.leaf&^(FlagExpired|FlagFuture|FlagNotTrusted|FlagBadMD)
			}
			if ends[0].Flags != want || (ends[0].Err == "") != (want == 0) || (ends[0].Alert == "") != (want == 0) {
				t.Errorf("%s, ignoring %v: %+v, want %v", tt.name, ignore, ends[0], want)
			}
		}
	}
}

// TestCertificateGoRefuses: what x509 cannot parse ends the handshake, in words.
func TestCertificateGoRefuses(t *testing.T) {
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}, PublicKeyInfo: testpki.Secp256k1Info(t)}, nil)
	for _, finisher := range finishers {
		client, peer := connPair(t)
		done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{leaf.Server()}, MaxVersion: TLS12})
		_, err := Dial(testContext(t), client, Config{Finisher: finisher})
		e := wantError(t, err, KindHandshake)
		if !strings.Contains(e.Reason, "elliptic curve") || e.Alert == nil || e.Alert.Code != alertBadCertificate || !e.Alert.Sent {
			t.Errorf("%s: %v does not say what is wrong", finisher, e)
		}
		<-done
	}
}

// TestClockDecides: one certificate is not yet valid, valid or expired by the
// module's clock alone, unless that is not looked at.
func TestClockDecides(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{
		Name: "Root", CA: true, NotBefore: testpki.Epoch.AddDate(-50, 0, 0), NotAfter: testpki.Epoch.AddDate(50, 0, 0),
	}, nil)
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, root)
	clocks := map[time.Time]VerifyFlags{
		leaf.NotBefore.Add(-time.Second): FlagFuture,
		leaf.NotBefore:                   0,
		leaf.NotAfter:                    0,
		leaf.NotAfter.Add(time.Second):   FlagExpired,
		// A module that has never been told the time.
		time.Date(1980, 1, 6, 0, 0, 0, 0, time.UTC): FlagFuture,
	}
	for now, want := range clocks {
		for setting := range 4 {
			finisher, ignore := finishers[setting%2], setting/2 == 1
			client, peer := connPair(t)
			done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{leaf.Server()}, MaxVersion: TLS12, CurvePreferences: fastCurve})
			c, err := Dial(testContext(t), client, Config{
				SecLevel: 1, CA: root.PEM(), Finisher: finisher, IgnoreTime: ignore, Now: func() time.Time { return now },
			})
			if err == nil {
				c.Close()
			}
			if want == 0 || ignore {
				if err != nil {
					t.Errorf("%s, %v, ignored %v: %v", finisher, now, ignore, err)
				}
			} else if e := wantError(t, err, KindVerify); e.Flags&want == 0 {
				t.Errorf("%s, %v: flags %v, want %v", finisher, now, e.Flags, want)
			}
			<-done
		}
	}
}
