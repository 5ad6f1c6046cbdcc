package tlsstack

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// server is the name that the certificates of these tests carry.
const server = "server.test"

// chainCase is a server's chain and what mbedTLS 2.16 flags in it.
type chainCase struct {
	name  string
	sent  []*testpki.Cert // leaf first
	ca    []*testpki.Cert
	check string // the name to look for; default server

	leaf       VerifyFlags // raised by the walk on the leaf
	above      VerifyFlags // raised above it
	after      VerifyFlags // raised after the walk: cleared by nothing
	stock      VerifyFlags // raised in addition by the stock profile, on the leaf
	stockAbove VerifyFlags
	kx         KeyExchange // default ECDHE_ECDSA
	depth      int         // certificates walked; default 2
}

func chainCases(t testing.TB) []chainCase {
	issue := func(s testpki.Spec, by *testpki.Cert) *testpki.Cert { return testpki.Issue(t, s, by) }
	dns := []string{server}
	one, zero := 1, 0
	past := testpki.Spec{NotBefore: testpki.Epoch.AddDate(-2, 0, 0), NotAfter: testpki.Epoch.AddDate(-1, 0, 0)}
	future := testpki.Spec{NotBefore: testpki.Epoch.AddDate(1, 0, 0), NotAfter: testpki.Epoch.AddDate(2, 0, 0)}
	dated := func(s, dates testpki.Spec) testpki.Spec {
		s.NotBefore, s.NotAfter = dates.NotBefore, dates.NotAfter
		return s
	}

	root := issue(testpki.Spec{Name: "Root", CA: true}, nil)
	twin := issue(testpki.Spec{Name: "Root", CA: true}, nil) // another CA of the same name
	inter := issue(testpki.Spec{Name: "Intermediate", CA: true}, root)
	leaf := issue(testpki.Spec{DNS: dns}, root)
	deep := issue(testpki.Spec{DNS: dns}, inter)
	self := issue(testpki.Spec{DNS: dns}, nil)
	rootV1 := issue(testpki.Spec{Name: "Root V1", Version: 1}, nil)
	rootNoBit := issue(testpki.Spec{Name: "Root without", NoBasic: true}, nil)
	rootNoSign := issue(testpki.Spec{Name: "Root no sign", CA: true, KeyUsage: x509.KeyUsageDigitalSignature}, nil)
	rootOld := issue(dated(testpki.Spec{Name: "Root old", CA: true}, past), nil)
	rootRSA := issue(testpki.Spec{Name: "Root RSA", CA: true, Key: testpki.RSA(t, 2048)}, nil)
	rootLong := issue(testpki.Spec{Name: "Root short", CA: true, PathLen: &zero}, nil)
	interLong := issue(testpki.Spec{Name: "Below short", CA: true}, rootLong)
	rootOne := issue(testpki.Spec{Name: "Root one", CA: true, PathLen: &one}, nil)
	interOne := issue(testpki.Spec{Name: "Below one", CA: true}, rootOne)
	interOld := issue(dated(testpki.Spec{Name: "Intermediate old", CA: true}, past), root)
	interNew := issue(testpki.Spec{Name: "Intermediate old", CA: true, Key: interOld.Key}, root)
	interSHA1 := issue(testpki.Spec{Name: "Intermediate SHA-1", CA: true, Hash: crypto.SHA1}, root)
	interPrintable := issue(testpki.Spec{Name: "intermediate", CA: true, PrintableName: true, Key: inter.Key}, root)

	long := []*testpki.Cert{root}
	for i := range 9 {
		long = append(long, issue(testpki.Spec{Name: fmt.Sprint("Level ", i), CA: true}, long[i]))
	}
	chainOf := func(n int) []*testpki.Cert { // a leaf and n intermediates
		sent := []*testpki.Cert{issue(testpki.Spec{DNS: dns}, long[n])}
		for i := n; i > 0; i-- {
			sent = append(sent, long[i])
		}
		return sent
	}

	list := func(c ...*testpki.Cert) []*testpki.Cert { return c }
	rsaLeaf := func(bits int) *testpki.Cert {
		return issue(testpki.Spec{DNS: dns, Key: testpki.RSA(t, bits)}, root)
	}
	return []chainCase{
		{name: "leaf under its CA", sent: list(leaf), ca: list(root)},
		{name: "chain with intermediate", sent: list(deep, inter), ca: list(root), depth: 3},
		{name: "extra root sent", sent: list(deep, inter, root), ca: list(root), depth: 3},
		{name: "something else between", sent: list(deep, leaf, inter), ca: list(root), depth: 3},
		{name: "two roots in the file", sent: list(leaf), ca: list(twin, root)},
		{name: "version 1 root", sent: list(issue(testpki.Spec{DNS: dns}, rootV1)), ca: list(rootV1)},
		{name: "intermediate alone as CA", sent: list(deep), ca: list(inter)},
		{name: "self-signed leaf as its own CA", sent: list(self), ca: list(self), depth: 1},
		{name: "CA-signed leaf pinned as CA", sent: list(leaf), ca: list(leaf), leaf: FlagNotTrusted, depth: 1},
		{name: "self-signed leaf not in the file", sent: list(self), ca: list(root), leaf: FlagNotTrusted, depth: 1},
		{name: "missing intermediate", sent: list(deep), ca: list(root), leaf: FlagNotTrusted, depth: 1},
		{name: "intermediate before its child", sent: list(deep, issue(testpki.Spec{Name: "Other", CA: true}, root)), ca: list(root), leaf: FlagNotTrusted, depth: 1},
		{name: "bad signature", sent: list(issue(testpki.Spec{DNS: dns, BreakSignature: true}, root)), ca: list(root), leaf: FlagNotTrusted, depth: 1},
		{name: "bad signature under an intermediate", sent: list(issue(testpki.Spec{DNS: dns, BreakSignature: true}, inter), inter), ca: list(root), leaf: FlagNotTrusted, depth: 3},
		{name: "other CA of the same name", sent: list(leaf), ca: list(twin), leaf: FlagNotTrusted, depth: 1},
		{name: "unknown root above", sent: list(deep, inter), ca: list(twin), above: FlagNotTrusted},
		{name: "version 3 root without the CA bit", sent: list(issue(testpki.Spec{DNS: dns}, rootNoBit)), ca: list(rootNoBit), leaf: FlagNotTrusted, depth: 1},
		{name: "root that may not sign", sent: list(issue(testpki.Spec{DNS: dns}, rootNoSign)), ca: list(rootNoSign), leaf: FlagNotTrusted, depth: 1},
		{name: "path length 0 and an intermediate", sent: list(issue(testpki.Spec{DNS: dns}, interLong), interLong), ca: list(rootLong), above: FlagNotTrusted},
		{name: "path length 1 and an intermediate", sent: list(issue(testpki.Spec{DNS: dns}, interOne), interOne), ca: list(rootOne), depth: 3},
		{name: "names differ in case and string type", sent: list(deep, interPrintable), ca: list(root), depth: 3},
		{name: "eight intermediates", sent: chainOf(8), ca: list(root), depth: 10},
		{name: "nine intermediates", sent: chainOf(9), ca: list(root), after: FlagOther, depth: 9},

		{name: "wrong name", sent: list(leaf), ca: list(root), check: "other.test", leaf: FlagNameWrong},
		{name: "name in other case", sent: list(leaf), ca: list(root), check: "SERVER.Test"},
		{name: "CN only, no SAN", sent: list(issue(testpki.Spec{Name: server}, root)), ca: list(root)},
		{name: "CN right, SAN other", sent: list(issue(testpki.Spec{Name: server, DNS: []string{"other.test"}}, root)), ca: list(root), leaf: FlagNameWrong},
		{name: "wildcard", sent: list(issue(testpki.Spec{DNS: []string{"*.test"}}, root)), ca: list(root)},
		{name: "wildcard in the CN", sent: list(issue(testpki.Spec{Name: "*.test"}, root)), ca: list(root)},
		{name: "wildcard for one label only", sent: list(issue(testpki.Spec{DNS: []string{"*.test"}}, root)), ca: list(root), check: "a.b.test", leaf: FlagNameWrong},
		{name: "wildcard is not the bare domain", sent: list(issue(testpki.Spec{DNS: []string{"*.test"}}, root)), ca: list(root), check: "test", leaf: FlagNameWrong},
		{name: "IP in SAN, server address an IP", sent: list(issue(testpki.Spec{Name: "192.0.2.1", IPs: []net.IP{net.IPv4(192, 0, 2, 1)}}, root)), ca: list(root), check: "192.0.2.1", leaf: FlagNameWrong},
		{name: "IP in CN", sent: list(issue(testpki.Spec{Name: "192.0.2.1"}, root)), ca: list(root), check: "192.0.2.1"},

		{name: "MD5 signed leaf", sent: list(issue(testpki.Spec{DNS: dns, Hash: crypto.MD5}, rootRSA)), ca: list(rootRSA), leaf: FlagBadMD},
		{name: "SHA-1 signed leaf, RSA", sent: list(issue(testpki.Spec{DNS: dns, Hash: crypto.SHA1}, rootRSA)), ca: list(rootRSA), stock: FlagBadMD},
		{name: "SHA-1 signed leaf, EC", sent: list(issue(testpki.Spec{DNS: dns, Hash: crypto.SHA1}, root)), ca: list(root), stock: FlagBadMD},
		{name: "SHA-224 signed leaf", sent: list(issue(testpki.Spec{DNS: dns, Hash: crypto.SHA224}, rootRSA)), ca: list(rootRSA)},
		{name: "SHA-512 signed leaf", sent: list(issue(testpki.Spec{DNS: dns, Hash: crypto.SHA512}, rootRSA)), ca: list(rootRSA)},
		{name: "SHA-1 signed root", sent: list(leaf), ca: list(issue(testpki.Spec{Name: "Root", CA: true, Key: root.Key, Hash: crypto.SHA1}, nil))},
		{name: "RSA 512 leaf", sent: list(rsaLeaf(512)), ca: list(root), leaf: FlagBadKey},
		{name: "RSA 1024 leaf", sent: list(rsaLeaf(1024)), ca: list(root), stock: FlagBadKey},
		{name: "RSA 2048 leaf", sent: list(rsaLeaf(2048)), ca: list(root)},
		{name: "P-224 leaf", sent: list(issue(testpki.Spec{DNS: dns, Key: testpki.NewEC(t, elliptic.P224())}, root)), ca: list(root)},
		{name: "P-521 leaf", sent: list(issue(testpki.Spec{DNS: dns, Key: testpki.NewEC(t, elliptic.P521())}, root)), ca: list(root)},
		{name: "negative serial", sent: list(issue(testpki.Spec{DNS: dns, Serial: -7}, root)), ca: list(root)},
		{name: "SHA-1 intermediate", sent: list(issue(testpki.Spec{DNS: dns}, interSHA1), interSHA1), ca: list(root), stockAbove: FlagBadMD, depth: 3},

		{name: "expired", sent: list(issue(dated(testpki.Spec{DNS: dns}, past), root)), ca: list(root), leaf: FlagExpired},
		{name: "not yet valid", sent: list(issue(dated(testpki.Spec{DNS: dns}, future), root)), ca: list(root), leaf: FlagFuture},
		{name: "expires now", sent: list(issue(testpki.Spec{DNS: dns, NotAfter: testpki.Epoch}, root)), ca: list(root)},
		{name: "begins now", sent: list(issue(testpki.Spec{DNS: dns, NotBefore: testpki.Epoch}, root)), ca: list(root)},
		{name: "expired root", sent: list(issue(testpki.Spec{DNS: dns}, rootOld)), ca: list(rootOld), above: FlagExpired},
		{name: "expired intermediate", sent: list(issue(testpki.Spec{DNS: dns}, interOld), interOld), ca: list(root), above: FlagExpired, depth: 3},
		{name: "expired intermediate and its renewal", sent: list(issue(testpki.Spec{DNS: dns}, interOld), interOld, interNew), ca: list(root), depth: 3},
		{name: "expired, wrong name, unknown CA", sent: list(issue(dated(testpki.Spec{DNS: []string{"other.test"}}, past), twin)), ca: list(root), leaf: FlagExpired | FlagNameWrong | FlagNotTrusted, depth: 1},

		{name: "key usage right", sent: list(issue(testpki.Spec{DNS: dns, KeyUsage: x509.KeyUsageDigitalSignature}, root)), ca: list(root)},
		{name: "key usage without signing", sent: list(issue(testpki.Spec{DNS: dns, KeyUsage: x509.KeyUsageKeyEncipherment}, root)), ca: list(root), after: FlagKeyUsage},
		{name: "key usage without enciphering", sent: list(issue(testpki.Spec{DNS: dns, KeyUsage: x509.KeyUsageDigitalSignature, Key: testpki.RSA(t, 2048)}, root)), ca: list(root), kx: KeyRSA, after: FlagKeyUsage},
		{name: "key usage without agreeing", sent: list(issue(testpki.Spec{DNS: dns, KeyUsage: x509.KeyUsageDigitalSignature}, root)), ca: list(root), kx: KeyECDHECDSA, after: FlagKeyUsage},
		{name: "extended key usage right", sent: list(issue(testpki.Spec{DNS: dns, ExtUsage: []asn1.ObjectIdentifier{testpki.ClientAuth, testpki.ServerAuth}}, root)), ca: list(root)},
		{name: "extended key usage any", sent: list(issue(testpki.Spec{DNS: dns, ExtUsage: []asn1.ObjectIdentifier{testpki.AnyUsage}}, root)), ca: list(root)},
		{name: "extended key usage wrong", sent: list(issue(testpki.Spec{DNS: dns, ExtUsage: []asn1.ObjectIdentifier{testpki.ClientAuth}}, root)), ca: list(root), after: FlagExtKeyUsage},
	}
}

// TestVerifyTable runs every chain under every seclevel, both profiles and every
// combination of the settings that ignore something.
func TestVerifyTable(t *testing.T) {
	for _, tt := range chainCases(t) {
		t.Run(tt.name, func(t *testing.T) {
			if tt.check == "" {
				tt.check = server
			}
			if tt.kx == 0 {
				tt.kx = KeyECDHEECDSA
			}
			if tt.depth == 0 {
				tt.depth = 2
			}
			sent, roots := parsed(t, tt.sent), parsed(t, tt.ca)
			for setting := range 3 * 2 * 8 {
				secLevel, stock := setting%3, setting/3%2 == 1
				ignoreTime, ignoreChain, ignoreSignature := setting/6&1 != 0, setting/6&2 != 0, setting/6&4 != 0
				id := fmt.Sprintf("seclevel %d, stock %v, ignore time %v chain %v signature %v",
					secLevel, stock, ignoreTime, ignoreChain, ignoreSignature)

				leaf, above := tt.leaf, tt.above
				profile := Profile{MinRSABits: 1024}
				if stock {
					profile, leaf, above = StockProfile(), leaf|tt.stock, above|tt.stockAbove
				}
				raised := leaf | tt.after
				if ignoreChain {
					above = 0
				}
				if ignoreTime {
					leaf, above = leaf&^(FlagExpired|FlagFuture), above&^(FlagExpired|FlagFuture)
				}
				if ignoreSignature {
					leaf, above = leaf&^(FlagNotTrusted|FlagBadMD), above&^(FlagNotTrusted|FlagBadMD)
				}
				want := leaf | above | tt.after
				if secLevel == 0 {
					want = 0
				}

				s := &settings{
					Config: Config{
						SecLevel: secLevel, CheckName: tt.check, Profile: profile, Now: epoch,
						IgnoreTime: ignoreTime, IgnoreChain: ignoreChain, IgnoreSignature: ignoreSignature,
					},
					roots: roots,
				}
				h := &handshake{settings: s, state: State{Suite: suiteWith(tt.kx)}}
				err := h.verifyServer(sent)
				if want == 0 && err != nil {
					t.Errorf("%s: %v, want it accepted", id, err)
				}
				if want != 0 {
					if err == nil {
						t.Errorf("%s: accepted, want %v", id, want)
						continue
					}
					e := wantError(t, err, KindVerify)
					if e.Flags != want {
						t.Errorf("%s: flags %v, want %v", id, e.Flags, want)
					}
					if e.Alert.Code != want.alert() || !e.Alert.Sent || !e.Alert.Fatal {
						t.Errorf("%s: %v for %v", id, e.Alert, want)
					}
				}
				chain := h.state.Chain
				if secLevel == 0 {
					if len(chain) != len(sent) || h.state.Verified {
						t.Errorf("%s: %d certificates, verified %v", id, len(chain), h.state.Verified)
					}
					continue
				}
				if len(chain) != tt.depth || !h.state.Verified {
					t.Errorf("%s: walked %d certificates, want %d", id, len(chain), tt.depth)
				}
				if chain[0].Flags != raised {
					t.Errorf("%s: raised %v on the leaf, want %v", id, chain[0].Flags, raised)
				}
			}
		})
	}
}

func parsed(t testing.TB, certs []*testpki.Cert) (out []*x509.Certificate) {
	for _, c := range certs {
		out = append(out, c.X509(t))
	}
	return out
}

func suiteWith(kx KeyExchange) uint16 {
	for _, s := range Suites() {
		if s.KeyExchange == kx {
			return s.ID
		}
	}
	return 0
}

func TestAlertByFlag(t *testing.T) {
	tests := []struct {
		flags VerifyFlags
		want  uint8
	}{
		{FlagNameWrong | FlagExpired | FlagNotTrusted | FlagBadKey, 42},
		{FlagKeyUsage | FlagExpired, 43},
		{FlagExtKeyUsage, 43},
		{FlagBadKey | FlagNotTrusted, 43},
		{FlagBadPK, 43},
		{FlagExpired | FlagNotTrusted, 45},
		{FlagNotTrusted | FlagFuture, 48},
		{FlagFuture, 46},
		{FlagBadMD, 46},
		{FlagOther | FlagNameWrong, 49},
	}
	for _, tt := range tests {
		if got := tt.flags.alert(); got != tt.want {
			t.Errorf("alert for %v is %d, want %d", tt.flags, got, tt.want)
		}
	}
}
