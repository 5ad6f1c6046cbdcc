package tlsstack

import (
	"bytes"
	"crypto/elliptic"
	"crypto/tls"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// TestEverythingOffered lets servers choose from the whole offer.
func TestEverythingOffered(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	for _, highest := range []uint16{TLS10, TLS11, TLS12, 0x0304} {
		t.Run(VersionName(highest), func(t *testing.T) {
			client, peer := connPair(t)
			done := echoServer(peer, &tls.Config{
				Certificates: []tls.Certificate{cert.Server()}, MinVersion: TLS10, MaxVersion: highest,
			})
			c, err := Dial(testContext(t), client, Config{})
			if err != nil {
				t.Fatal(err)
			}
			mustEcho(t, c, []byte("Test data from SSL"))
			if got := c.State().Version; got != min(highest, TLS12) {
				t.Errorf("version %s", VersionName(got))
			}
			c.Close()
			if o := <-done; o.err != nil {
				t.Error(o.err)
			}
		})
	}
}

func TestServerName(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	for _, name := range []string{"", server} {
		client, peer := connPair(t)
		done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{cert.Server()}})
		c, err := Dial(testContext(t), client, Config{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if o := <-done; o.state.ServerName != name {
			t.Errorf("the server saw SNI %q, want %q", o.state.ServerName, name)
		}
	}
}

// TestVerifiedServer is the good case of seclevel 1, with the state it leaves
// and the words it is told in.
func TestVerifiedServer(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	inter := testpki.Issue(t, testpki.Spec{Name: "Intermediate", CA: true}, root)
	leaf := testpki.Issue(t, testpki.Spec{
		DNS: []string{server}, NotBefore: testpki.Epoch.AddDate(-3, 0, 0), NotAfter: testpki.Epoch.AddDate(-2, 0, 0),
	}, inter)
	client, peer := connPair(t)
	done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{leaf.Server(inter)}, MaxVersion: TLS12})
	var told []string
	c, err := Dial(testContext(t), client, Config{
		SecLevel: 1, ServerName: server, CheckName: server, CA: root.PEM(), Now: epoch, IgnoreTime: true,
		Trace: func(line string) { told = append(told, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := c.State()
	if !s.Verified || len(s.Chain) != 3 {
		t.Fatalf("state %+v", s)
	}
	if got := s.Chain[0]; got.Subject != "CN=leaf" || got.Issuer != "CN=Intermediate" || got.Flags != FlagExpired ||
		got.Ignored != FlagExpired || got.Trusted || !bytes.Equal(got.Raw, leaf.DER) || !got.NotAfter.Equal(leaf.NotAfter) {
		t.Errorf("leaf %+v", got)
	}
	if got := s.Chain[2]; got.Subject != "CN=Root" || !got.Trusted || got.Flags != 0 {
		t.Errorf("root %+v", got)
	}
	for _, want := range []string{
		`-> ClientHello: SSL 3.0 to TLS 1.2, 32 suites, SNI "server.test"`,
		"<- ServerHello: TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_",
		"<- Certificate 0: CN=leaf, issued by CN=Intermediate, 2021-06-01 to 2022-06-01 (ignored: expired)",
		"<- Certificate 2: CN=Root, issued by CN=Root, 2019-06-01 to 2029-06-01, in the CA file",
		"handshake done: TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_",
	} {
		if !slices.ContainsFunc(told, func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("nobody said %q in:\n%s", want, strings.Join(told, "\n"))
		}
	}
	c.Close()
	<-done
}

func TestClientCertificate(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	srv := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, root)
	clients := map[string]*testpki.Cert{
		"RSA":   testpki.Issue(t, testpki.Spec{Name: "client", Key: testpki.RSA(t, 2048)}, root),
		"P-256": testpki.Issue(t, testpki.Spec{Name: "client"}, root),
		"P-384": testpki.Issue(t, testpki.Spec{Name: "client", Key: testpki.NewEC(t, elliptic.P384())}, root),
	}
	for name, id := range clients {
		for setting := range 6 {
			version, finisher := TLS10+uint16(setting%3), finishers[setting/3]
			t.Run(name+"/"+VersionName(version)+"/"+finisher, func(t *testing.T) {
				client, peer := connPair(t)
				done := echoServer(peer, &tls.Config{
					Certificates: []tls.Certificate{srv.Server()}, MinVersion: TLS10, MaxVersion: version,
					ClientAuth: tls.RequireAnyClientCert, CurvePreferences: fastCurve,
				})
				c, err := Dial(testContext(t), client, Config{
					SecLevel: 2, CheckName: server, CA: root.PEM(), Now: epoch,
					ClientCert: id.PEM(), ClientKey: id.KeyPEM(t), Finisher: finisher,
				})
				if err != nil {
					t.Fatal(err)
				}
				mustEcho(t, c, []byte("hello"))
				if s := c.State(); !s.ClientCertAsked || !s.ClientCertSent || s.Finisher != finisher {
					t.Errorf("state %+v", s)
				}
				c.Close()
				o := <-done
				if o.err != nil || len(o.state.PeerCertificates) != 1 || !bytes.Equal(o.state.PeerCertificates[0].Raw, id.DER) {
					t.Errorf("the server saw %v and %d certificates", o.err, len(o.state.PeerCertificates))
				}
			})
		}
	}
	t.Run("not asked for", func(t *testing.T) {
		client, peer := connPair(t)
		done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{srv.Server()}})
		c, err := Dial(testContext(t), client, Config{
			SecLevel: 2, CA: root.PEM(), Now: epoch, ClientCert: clients["RSA"].PEM(), ClientKey: clients["RSA"].KeyPEM(t),
		})
		if err != nil {
			t.Fatal(err)
		}
		if s := c.State(); s.ClientCertAsked || s.ClientCertSent {
			t.Errorf("state %+v", s)
		}
		c.Close()
		<-done
	})
	for _, finisher := range finishers {
		t.Run("demanded at seclevel 1/"+finisher, func(t *testing.T) {
			client, peer := connPair(t)
			done := echoServer(peer, &tls.Config{
				Certificates: []tls.Certificate{srv.Server()}, MaxVersion: TLS12, ClientAuth: tls.RequireAnyClientCert,
			})
			_, err := Dial(testContext(t), client, Config{SecLevel: 1, CA: root.PEM(), Now: epoch, Finisher: finisher})
			e := wantError(t, err, KindHandshake)
			if e.Alert == nil || e.Alert.Sent || !e.State.ClientCertAsked || e.State.ClientCertSent {
				t.Errorf("alert %v, state %+v", e.Alert, e.State)
			}
			if want := "the server broke off"; e.Reason != want {
				t.Errorf("reason %q, want %q", e.Reason, want)
			}
			<-done
		})
	}
}

// TestRefusals are servers that do not come to terms with the offer.
func TestRefusals(t *testing.T) {
	ec := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	tests := []struct {
		name  string
		peer  *tls.Config
		cfg   Config
		alert uint8
	}{
		{"version", &tls.Config{MinVersion: TLS12}, Config{MaxVersion: TLS11}, 70},
		{"TLS 1.3 only", &tls.Config{MinVersion: tls.VersionTLS13}, Config{}, 70},
		{"suite", &tls.Config{CipherSuites: []uint16{0xc02b}, MaxVersion: TLS12}, Config{}, 40},
		{"certificate", &tls.Config{MaxVersion: TLS12}, Config{Suites: []uint16{0x002f}}, 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, peer := connPair(t)
			tt.peer.Certificates = []tls.Certificate{ec.Server()}
			done := echoServer(peer, tt.peer)
			_, err := Dial(testContext(t), client, tt.cfg)
			e := wantError(t, err, KindHandshake)
			if e.Alert == nil || e.Alert.Code != tt.alert || e.Alert.Sent || !e.Alert.Fatal {
				t.Errorf("alert %v, want %d received", e.Alert, tt.alert)
			}
			<-done
		})
	}
}

// TestRandomSource: the hello's 28 random bytes come from Config.Rand.
func TestRandomSource(t *testing.T) {
	client, peer := connPair(t)
	got := make(chan []byte, 1)
	go func() {
		b := make([]byte, 43)
		if _, err := io.ReadFull(peer, b); err != nil {
			t.Error(err)
		}
		peer.Close()
		got <- b[15:]
	}()
	_, err := Dial(testContext(t), client, Config{Rand: zeros{}})
	wantError(t, err, KindClosed)
	if b := <-got; !bytes.Equal(b, make([]byte, 28)) {
		t.Errorf("random %x", b)
	}
	client, _ = connPair(t)
	_, err = Dial(testContext(t), client, Config{Rand: strings.NewReader("short")})
	wantError(t, err, KindHandshake)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestOutsideTheOffer: under each of the five settings of sslversion, and with
// each suite alone, no version and no suite but those offered are taken.
func TestOutsideTheOffer(t *testing.T) {
	for _, pin := range pinnings {
		for _, only := range append([]Suite{{}}, Suites()...) {
			cfg := Config{MinVersion: pin.min, MaxVersion: pin.max}
			if only.ID != 0 {
				cfg.Suites = []uint16{only.ID}
			}
			offer, err := helloFor(cfg)
			if err != nil {
				continue // TestHelloRules knows which
			}
			for _, version := range []uint16{0x0002, 0x02ff, SSL30, TLS10, TLS11, TLS12, 0x0304, 0x0400} {
				for _, suite := range append(Suites(), Suite{ID: 0x1301}, Suite{ID: suiteSCSV}, Suite{ID: 0xc02b}) {
					want := uint8(0)
					switch {
					case version < offer.recordVersion || version > offer.version:
						want = alertProtocolVersion
					case suite.Name == "", only.ID != 0 && suite.ID != only.ID, suite.MinVersion > version:
						want = alertIllegalParameter
					}
					err := serverHello{version: version, suite: suite.ID}.accept(offer)
					if want == 0 && err == nil {
						continue
					}
					if want == 0 || err == nil {
						t.Errorf("offered %04x to %04x, %04x; the server chose %04x, %04x: %v", offer.recordVersion, offer.version, only.ID, version, suite.ID, err)
					} else if e := wantError(t, err, KindHandshake); e.Alert.Code != want {
						t.Errorf("%04x, %04x: alert %v, want %d", version, suite.ID, e.Alert, want)
					}
				}
			}
		}
	}
}

// TestServerHelloChecks answers with ServerHellos that no server should send.
func TestServerHelloChecks(t *testing.T) {
	tests := []struct {
		name   string
		answer []byte
		cfg    Config
		alert  uint8
	}{
		{"suite not offered", helloAnswer(TLS12, 0x1301, 0, ""), Config{}, 47},
		{"suite of ours not offered", helloAnswer(TLS12, 0x002f, 0, ""), Config{Suites: []uint16{0x0035}}, 47},
		{"suite above the version", helloAnswer(TLS10, 0xc02f, 0, ""), Config{}, 47},
		{"version above", helloAnswer(TLS12, 0x002f, 0, ""), Config{MaxVersion: TLS11}, 70},
		{"version below", helloAnswer(TLS10, 0x002f, 0, ""), Config{MinVersion: TLS11}, 70},
		{"SSL 3.0", helloAnswer(SSL30, 0x002f, 0, ""), Config{MinVersion: TLS10}, 70},
		{"below SSL 3.0", helloAnswer(0x0002, 0x002f, 0, ""), Config{}, 70},
		{"static ECDH in SSL 3.0", helloAnswer(SSL30, 0xc004, 0, ""), Config{}, 47},
		{"TLS 1.3", helloAnswer(0x0304, 0x002f, 0, ""), Config{}, 70},
		{"compression", helloAnswer(TLS12, 0x002f, 1, ""), Config{}, 47},
		{"encrypt_then_mac", helloAnswer(SSL30, 0x002f, 0, "\x00\x04\x00\x16\x00\x00"), Config{MaxVersion: SSL30}, 110},
		{"broken extensions", helloAnswer(TLS12, 0x002f, 0, "\x00\x04\x00\x16\x00\x09"), Config{}, 50},
		{"bytes after the end", helloAnswer(TLS12, 0x002f, 0, "\x00\x00\x00"), Config{}, 50},
		{"cut short", plainRecord(22, TLS12, []byte{2, 0, 0, 3, 3, 3, 0}), Config{}, 50},
		{"huge message", plainRecord(22, TLS12, []byte{2, 0xff, 0xff, 0xff}), Config{}, 50},
		{"another message", plainRecord(22, TLS12, []byte{11, 0, 0, 0}), Config{}, 10},
		{"application data", plainRecord(23, TLS12, []byte("hi")), Config{}, 10},
		{"empty record", plainRecord(22, TLS12, nil), Config{}, 10},
		{"long alert", plainRecord(21, TLS12, []byte{2, 40, 0}), Config{}, 50},
		{"warnings for ever", bytes.Repeat(plainRecord(21, TLS12, []byte{1, 112}), 40), Config{}, 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, peer := connPair(t)
			last := make(chan []byte, 1)
			go func() {
				readRecord(t, peer)
				if _, err := peer.Write(tt.answer); err != nil {
					t.Error(err)
				}
				last <- readRecord(t, peer)
			}()
			_, err := Dial(testContext(t), client, tt.cfg)
			e := wantError(t, err, KindHandshake)
			if e.Alert == nil || e.Alert.Code != tt.alert || !e.Alert.Sent {
				t.Errorf("alert %v, want %d sent (%v)", e.Alert, tt.alert, e)
			}
			if r := <-last; len(r) != 7 || r[0] != recordAlert || r[5] != 2 || r[6] != tt.alert {
				t.Errorf("on the wire: % x", r)
			}
		})
	}
}

func readRecord(t *testing.T, r io.Reader) []byte {
	header := make([]byte, recordHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		t.Error(err)
		return nil
	}
	body := make([]byte, int(header[3])<<8|int(header[4]))
	if _, err := io.ReadFull(r, body); err != nil {
		t.Error(err)
	}
	return append(header, body...)
}

// TestManyAtOnce shares one Config and one key log among Dials in parallel.
func TestManyAtOnce(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, root)
	cfg := Config{SecLevel: 1, CheckName: server, CA: root.PEM(), Now: epoch, KeyLog: io.Discard}
	var wg sync.WaitGroup
	for i := range 12 {
		client, peer := connPair(t)
		done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{leaf.Server()}})
		wg.Go(func() {
			c, err := Dial(testContext(t), client, cfg)
			if err != nil {
				t.Error(err)
				return
			}
			mustEcho(t, c, []byte(fmt.Sprint("client ", i)))
			c.Close()
			<-done
		})
	}
	wg.Wait()
}
