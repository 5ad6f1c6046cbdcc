//go:build interop

package interop

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack"
)

// anyFinisher leaves the choice to tlsstack, as a column of results.
const anyFinisher = ""

// The rows of the table besides those of the pairs.
const (
	rowClientRSA = "client certificate RSA"
	rowClientEC  = "client certificate EC"
	rowNoClient  = "client certificate required, none sent"
	rowTicket    = "resumption by ticket"
	rowID        = "resumption by session id"
	rowName      = "selection by server name"
	rowVersion   = "no common version: refused"
	rowSuite     = "no common suite: refused"
	rowEtM       = "encrypt_then_mac"
	rowHello     = "HelloRequest answered, by " + tlsstack.FinisherOwn
	rowOffer     = "the whole offer to a server with its defaults"
	rowAll       = "the whole offer to a server that speaks all it can"
	rowLittle    = "the whole offer to a server that speaks one thing alone"
)

var caseRows = []string{
	rowClientRSA, rowClientEC, rowNoClient, rowTicket, rowID, rowName,
	rowVersion, rowSuite, rowEtM, rowHello, rowOffer, rowAll, rowLittle, rowDevice,
}

func TestJSSE(t *testing.T)    { testPeer(t, &jsse) }
func TestNSS(t *testing.T)     { testPeer(t, &nss) }
func TestGnuTLS(t *testing.T)  { testPeer(t, &gnutls) }
func TestOpenSSL(t *testing.T) { testPeer(t, &openssl) }

// testPeer runs all cases against one peer. The peers run side by side; the
// cases of one do not, since a server's log is read in the order of its
// connections.
func testPeer(t *testing.T, p *peer) {
	t.Parallel()
	p.require(t)
	pki := newPKI(t)
	k := &kit{peer: p, pki: pki, start: p.prepare(t, pki)}
	t.Run("pairs", k.testPairs)
	t.Run("client", k.testClientCertificates)
	t.Run("resume", k.testResumption)
	t.Run("name", k.testServerName)
	t.Run("etm", k.testEncryptThenMAC)
	t.Run("hellorequest", k.testHelloRequest)
	t.Run("refused", k.testRefusals)
	t.Run("offer", k.testWholeOffer)
}

// kit is what the cases of one peer share.
type kit struct {
	*peer
	pki   *pki
	start starter
}

// serve starts a server.
func (k *kit) serve(t *testing.T, s setup) *server {
	t.Helper()
	if s.versions == nil {
		s.versions = versionsOf(k.pairs())
	}
	if s.suites == nil {
		s.suites = suitesOf(k.pairs())
	}
	return k.start(t, s)
}

// check runs one connection of a case as a subtest and counts it in the table.
func (k *kit) check(t *testing.T, column, row, name string, f func(t *testing.T)) {
	results.add(k.name, column, row, t.Run(name, f))
}

// wantSession compares the server's word with what was offered.
func (k *kit) wantSession(t *testing.T, r report, p pair) {
	t.Helper()
	if want := k.spells(t, p); r.session != want {
		t.Errorf("the server says %q, want %q", r.session, want)
	}
}

// testPairs offers every pair alone, through each finisher that can do it, and
// talks in every way that the server can.
func (k *kit) testPairs(t *testing.T) {
	for _, finisher := range []string{tlsstack.FinisherUTLS, tlsstack.FinisherOwn} {
		// utls cannot finish what a server has accepted encrypt_then_mac for.
		srv := k.serve(t, setup{everything: true, noEtM: finisher == tlsstack.FinisherUTLS})
		for _, g := range k.groups {
			for _, p := range g.pairs {
				if finisher == tlsstack.FinisherUTLS && !p.byUTLS() {
					continue
				}
				k.check(t, finisher, g.name, finisher+"/"+p.String(), func(t *testing.T) {
					cfg := offer(k.pki, p)
					cfg.Finisher = finisher
					for _, x := range srv.exchanges {
						k.testPair(t, srv, x, cfg, p)
					}
				})
			}
		}
	}
}

func (k *kit) testPair(t *testing.T, srv *server, x exchange, cfg tlsstack.Config, p pair) {
	t.Helper()
	c := mustDial(t, x, cfg, p)
	if got := c.State().Finisher; got != cfg.Finisher {
		t.Errorf("%s: finished by %q, want %q", x.name, got, cfg.Finisher)
	}
	r := use(t, srv, x, c)
	k.wantSession(t, r, p)
	if c.State().Resumed || r.resumed {
		t.Errorf("%s: resumed, without a session (we say %v, the server %v)", x.name, c.State().Resumed, r.resumed)
	}
}

// testEncryptThenMAC offers it with every CBC suite to a server that takes it.
func (k *kit) testEncryptThenMAC(t *testing.T) {
	if !k.encryptThenMAC {
		return
	}
	srv := k.serve(t, setup{})
	x := srv.exchanges[0]
	for _, p := range k.pairs() {
		if !p.cbc() {
			continue
		}
		k.check(t, anyFinisher, rowEtM, p.String(), func(t *testing.T) {
			c := mustDial(t, x, offer(k.pki, p), p)
			if hello, _ := c.wire.in.serverHello(); !hello.has(extEncryptThenMAC) {
				t.Error("the server did not accept encrypt_then_mac")
			}
			if !c.State().EncryptThenMAC {
				t.Error("State does not say EncryptThenMAC")
			}
			r := use(t, srv, x, c)
			k.wantSession(t, r, p)
			if k.peer == &gnutls && !r.encryptThenMAC {
				t.Error("the server does not say EtM")
			}
		})
	}
}

// testHelloRequest has GnuTLS, which alone can be told to, ask for another
// handshake. Whoever does the handshake, the answer is our own client's.
func (k *kit) testHelloRequest(t *testing.T) {
	if k.peer != &gnutls {
		return
	}
	srv := k.serve(t, setup{everything: true})
	x := exchange{name: "HelloRequest", run: gnutlsHelloRequest, serverCloses: true, noAlert: true}
	x.addr, x.log = srv.exchanges[1].addr, srv.exchanges[1].log
	for _, p := range []pair{{tlsstack.TLS10, 0x002f}, {tlsstack.TLS12, 0xc030}} {
		k.check(t, anyFinisher, rowHello, p.String(), func(t *testing.T) {
			cfg := offer(k.pki, p)
			cfg.Finisher = tlsstack.FinisherOwn
			k.wantSession(t, use(t, srv, x, mustDial(t, x, cfg, p)), p)
		})
	}
}

// testClientCertificates answers a CertificateRequest in each version, under
// RSA, ECDHE_RSA and ECDHE_ECDSA.
func (k *kit) testClientCertificates(t *testing.T) {
	srv := k.serve(t, setup{clientAuth: true})
	x := srv.exchanges[0]
	for _, suite := range []uint16{0x002f, 0xc013, 0xc009} {
		for _, p := range k.pairs() {
			if p.suite != suite {
				continue
			}
			for _, name := range []string{clientRSA, clientEC} {
				row := rowClientRSA
				if name == clientEC {
					row = rowClientEC
				}
				if name == clientEC && p.version == tlsstack.SSL30 {
					continue // SSL 3.0 has no EC
				}
				k.check(t, anyFinisher, row, name+"/"+p.String(), func(t *testing.T) {
					cfg := offer(k.pki, p)
					cfg.SecLevel = 2
					cfg.ClientCert, cfg.ClientKey = k.pki.read(name+".pem"), k.pki.read(name+".key")
					c := mustDial(t, x, cfg, p)
					if st := c.State(); !st.ClientCertAsked || !st.ClientCertSent {
						t.Errorf("asked for a certificate: %v, sent: %v", st.ClientCertAsked, st.ClientCertSent)
					}
					r := use(t, srv, x, c)
					k.wantSession(t, r, p)
					if !strings.Contains(r.client, name) {
						t.Errorf("the server says that the client is %q, want %q", r.client, name)
					}
				})
			}
			k.check(t, anyFinisher, rowNoClient, "none/"+p.String(), func(t *testing.T) {
				k.wantRefused(t, x, offer(k.pki, p), false)
			})
		}
	}
}

// testResumption connects again with one memory: by ticket where the server
// gives them, else by session id.
func (k *kit) testResumption(t *testing.T) {
	for _, kind := range []struct {
		row     string
		tickets bool
	}{{rowTicket, true}, {rowID, false}} {
		srv := k.serve(t, setup{tickets: kind.tickets})
		for _, p := range k.pairs() {
			if p.version == tlsstack.SSL30 && !k.resumesSSL30 {
				continue
			}
			k.check(t, anyFinisher, kind.row, strings.ReplaceAll(kind.row, " ", "_")+"/"+p.String(), func(t *testing.T) {
				cfg := offer(k.pki, p)
				cfg.Sessions, cfg.Server = new(tlsstack.SessionCache), srv.exchanges[0].addr
				k.testResume(t, srv, cfg, p, kind.tickets)
			})
		}
	}
}

// testResume connects three times; the second and third resume the first.
func (k *kit) testResume(t *testing.T, srv *server, cfg tlsstack.Config, p pair, tickets bool) {
	t.Helper()
	x := srv.exchanges[0]
	for n := range 3 {
		want := n > 0
		c := mustDial(t, x, cfg, p)
		hello, _ := c.wire.in.serverHello()
		if n == 0 && hello.has(extSessionTicket) != tickets {
			t.Errorf("the server promises a ticket: %v, want %v", !tickets, tickets)
		}
		r := use(t, srv, x, c)
		k.wantSession(t, r, p)
		if got := c.State().Resumed; got != want || r.resumed != want {
			t.Fatalf("connection %d: resumed, we say %v, the server %v, want %v", n+1, got, r.resumed, want)
		}
	}
}

// testServerName has the server choose its certificate by SNI.
func (k *kit) testServerName(t *testing.T) {
	srv := k.serve(t, setup{twoNames: true})
	x := srv.exchanges[0]
	for _, v := range versionsOf(k.pairs()) {
		if v == tlsstack.SSL30 {
			continue // no extension is to be relied on
		}
		p := pair{v, 0x002f}
		for _, name := range []string{serverName, otherName, ""} {
			subject := certRSA
			if name == otherName {
				subject = certOther
			}
			k.check(t, anyFinisher, rowName, "name="+name+"/"+p.String(), func(t *testing.T) {
				cfg := offer(k.pki, p)
				cfg.ServerName, cfg.CheckName = name, name
				c := mustDial(t, x, cfg, p)
				if got := c.State().Chain[0].Subject; !strings.Contains(got, subject) {
					t.Errorf("the certificate is %q, want %q", got, subject)
				}
				if r := use(t, srv, x, c); k.saysNames && r.name != name {
					t.Errorf("the server was asked for %q, want %q", r.name, name)
				}
			})
		}
		if k.refusesNames {
			k.check(t, anyFinisher, rowName, "unknown/"+p.String(), func(t *testing.T) {
				cfg := offer(k.pki, p)
				cfg.ServerName = "unknown.test"
				k.wantRefused(t, x, cfg, false)
			})
		}
	}
}

// testRefusals offers what the server does not speak.
func (k *kit) testRefusals(t *testing.T) {
	versions := versionsOf(k.pairs())
	for _, v := range versions {
		// Another alone is spoken. If it is lower the server chooses it, and it
		// is for us to refuse.
		other := versions[(slices.Index(versions, v)+1)%len(versions)]
		srv := k.serve(t, setup{versions: []uint16{other}})
		p := pair{v, 0x002f}
		k.check(t, anyFinisher, rowVersion, "version/"+p.String(), func(t *testing.T) {
			k.wantRefused(t, srv.exchanges[0], offer(k.pki, p), other < v)
		})
	}
	srv := k.serve(t, setup{suites: []uint16{0x0035}})
	for _, v := range versions {
		p := pair{v, 0x002f}
		k.check(t, anyFinisher, rowSuite, "suite/"+p.String(), func(t *testing.T) {
			k.wantRefused(t, srv.exchanges[0], offer(k.pki, p), false)
		})
	}
}

// wantRefused wants the handshake to end with a fatal alert, ours or the
// server's.
func (k *kit) wantRefused(t *testing.T, x exchange, cfg tlsstack.Config, byUs bool) {
	t.Helper()
	c, err := dial(t, x, cfg)
	if err == nil {
		t.Fatalf("connected: %v", pair{c.State().Version, c.State().Suite})
	}
	var e *tlsstack.Error
	if !errors.As(err, &e) || e.Kind != tlsstack.KindHandshake || e.Alert == nil || e.Alert.Sent != byUs || !e.Alert.Fatal {
		t.Fatalf("error is %v, want a fatal alert (ours: %v)", err, byUs)
	}
	t.Log(err)
}

// testWholeOffer connects as a module does that nobody has configured, to a
// server with its defaults, to one that speaks all it can, then to servers that
// speak one thing alone.
func (k *kit) testWholeOffer(t *testing.T) {
	whole := func(t *testing.T, srv *server, spoken []pair) {
		t.Helper()
		x := srv.exchanges[0]
		cfg := tlsstack.Config{ServerName: serverName, CheckName: serverName, SecLevel: 1, CA: k.pki.ca}
		c, err := dial(t, x, cfg)
		if err != nil {
			t.Fatal(err)
		}
		got := pair{c.State().Version, c.State().Suite}
		if !slices.Contains(spoken, got) {
			t.Errorf("%v came of it, want one of %v", got, spoken)
		}
		k.wantSession(t, use(t, srv, x, c), got)
	}
	k.check(t, anyFinisher, rowOffer, "defaults", func(t *testing.T) {
		whole(t, k.serve(t, setup{defaults: true}), pairsOf(allGroups))
	})
	k.check(t, anyFinisher, rowAll, "all", func(t *testing.T) {
		whole(t, k.serve(t, setup{}), cross(onlyTLS12, suitesOf(k.pairs())...))
	})
	for _, little := range []struct {
		name  string
		peers []*peer
		pairs []pair
		etm   bool
	}{
		// JSSE refuses a hello that offers more than SSL 3.0 if it speaks that alone.
		{"SSL3.0", []*peer{&nss}, ssl30.pairs, false},
		{"TLS1.0", []*peer{&jsse, &nss, &gnutls, &openssl}, cross(allTLS[:1], 0x0035, 0x002f), false},
		{"RC4-MD5", []*peer{&jsse, &nss, &gnutls}, rsaMD5.pairs, false},
		{"static_ECDH", []*peer{&jsse}, ecdh.pairs, false},
		{"encrypt_then_mac", []*peer{&gnutls}, rsaAES.pairs, true},
	} {
		if !slices.Contains(little.peers, k.peer) {
			continue
		}
		k.check(t, anyFinisher, rowLittle, little.name, func(t *testing.T) {
			whole(t, k.serve(t, setup{
				versions: versionsOf(little.pairs), suites: suitesOf(little.pairs), onlyEtM: little.etm,
			}), little.pairs)
		})
	}
}
