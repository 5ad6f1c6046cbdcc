package tlsstack

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// finishers are both, for tests that must come out the same.
var finishers = []string{FinisherUTLS, FinisherOwn}

func TestChoose(t *testing.T) {
	etm := []extension{{id: extMasterSecret}, {id: extEncryptThenMAC}}
	tests := []struct {
		name     string
		server   serverHello
		sessions *SessionCache
		forced   string
		want     string
		why      string
	}{
		{"what both can", serverHello{version: TLS12, suite: 0xc02f}, nil, "", FinisherUTLS, "it can"},
		{"the same with CBC", serverHello{version: TLS10, suite: 0x002f}, nil, "", FinisherUTLS, "it can"},
		{"forced to ours", serverHello{version: TLS12, suite: 0xc02f}, nil, FinisherOwn, FinisherOwn, "configured"},
		{"forced to utls", serverHello{version: TLS12, suite: 0xc02f}, nil, FinisherUTLS, FinisherUTLS, "configured"},
		{"SSL 3.0", serverHello{version: SSL30, suite: 0x002f}, nil, "", FinisherOwn, "SSL 3.0"},
		{"SSL 3.0, forced", serverHello{version: SSL30, suite: 0x002f}, nil, FinisherUTLS, FinisherOwn, "SSL 3.0"},
		{"RC4-MD5", serverHello{version: TLS12, suite: 0x0004}, nil, "", FinisherOwn, "suite"},
		{"ECDHE-ECDSA-3DES", serverHello{version: TLS11, suite: 0xc008}, nil, "", FinisherOwn, "suite"},
		{"static ECDH", serverHello{version: TLS12, suite: 0xc00e}, nil, "", FinisherOwn, "suite"},
		{"encrypt_then_mac", serverHello{version: TLS12, suite: 0x002f, extensions: etm}, nil, "", FinisherOwn, "encrypt_then_mac"},
		{"sessions", serverHello{version: TLS12, suite: 0xc02f}, new(SessionCache), "", FinisherOwn, "sessions"},
	}
	for _, tt := range tests {
		h := &handshake{settings: &settings{Config: Config{Sessions: tt.sessions, Finisher: tt.forced}}, server: tt.server}
		finisher, why := h.choose(flightOf())
		if finisher != tt.want || !strings.Contains(why, tt.why) {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, finisher, why, tt.want, tt.why)
		}
	}
	// Each of the 79 pairs has somebody to finish it, 40 of them utls.
	utls, all := 0, 0
	for _, pin := range pinnings[:4] {
		for _, suite := range Suites() {
			if suite.MinVersion > pin.max {
				continue
			}
			all++
			h := &handshake{settings: &settings{}, server: serverHello{version: pin.max, suite: suite.ID}}
			if finisher, _ := h.choose(flightOf()); finisher == FinisherUTLS {
				utls++
			}
		}
	}
	if all != 79 || utls != 40 {
		t.Errorf("%d pairs, %d of them finished by utls", all, utls)
	}
}

// TestFinisherOnTheWire has servers choose what utls cannot finish, and go away
// then: our own client takes it, and if utls is forced Dial says why it fails.
func TestFinisherOnTheWire(t *testing.T) {
	tests := []struct {
		name           string
		version, suite uint16
		extensions     string
		why            string // empty: utls can
	}{
		{"SSL 3.0", SSL30, 0x0005, "", "utls has no SSL 3.0"},
		{"RC4-MD5", TLS10, 0x0004, "", "utls has no such suite"},
		{"static ECDH", TLS12, 0xc00e, "", "utls has no such suite"},
		{"encrypt_then_mac", TLS12, 0x002f, "\x00\x04\x00\x16\x00\x00", "utls has no encrypt_then_mac"},
		{"plain", TLS12, 0x002f, "", ""},
	}
	for _, tt := range tests {
		for _, forced := range []string{"", FinisherUTLS, FinisherOwn} {
			t.Run(tt.name+"/"+forced, func(t *testing.T) {
				client, peer := connPair(t)
				go func() {
					readRecord(t, peer)
					send(peer, helloAnswer(tt.version, tt.suite, 0, tt.extensions))
					peer.Close()
				}()
				var told []string
				_, err := Dial(testContext(t), client, Config{Finisher: forced, Trace: func(line string) { told = append(told, line) }})
				if forced == FinisherUTLS && tt.why != "" {
					if e := wantError(t, err, KindHandshake); !strings.HasSuffix(e.Reason, tt.why) {
						t.Errorf("reason %q, want %q", e.Reason, tt.why)
					}
					return
				}
				want := FinisherOwn
				if tt.why == "" && forced != FinisherOwn {
					want = FinisherUTLS
				}
				e := wantError(t, err, KindClosed)
				if e.State.Finisher != want || e.State.Version != tt.version || e.State.Suite != tt.suite {
					t.Errorf("state %+v, want %s", e.State, want)
				}
				if all := strings.Join(told, "\n"); !strings.Contains(all, "finished by "+want+": "+tt.why) {
					t.Errorf("nobody said who finishes and why:\n%s", all)
				}
			})
		}
	}
}

// helloAnswer is a record with a ServerHello; extensions with their length.
func helloAnswer(version, suite uint16, compression byte, extensions string) []byte {
	body := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
	body = append(append(body, byte(suite>>8), byte(suite), compression), extensions...)
	return plainRecord(recordHandshake, max(SSL30, min(version, TLS12)), append([]byte{2, 0, 0, byte(len(body))}, body...))
}

// goSuites are the suites that crypto/tls can serve and utls can finish, with
// the lowest version. 003d, c024 and c028 have no server in Go.
var goSuites = map[uint16]uint16{
	0x0035: TLS10, 0x002f: TLS10, 0x0005: TLS10, 0x000a: TLS10,
	0xc007: TLS10, 0xc009: TLS10, 0xc00a: TLS10,
	0xc011: TLS10, 0xc012: TLS10, 0xc013: TLS10, 0xc014: TLS10,
	0xc023: TLS12, 0xc027: TLS12, 0xc02f: TLS12, 0xc030: TLS12,
}

// keyLogLine is what a key log has of a handshake, in the NSS format.
var keyLogLine = regexp.MustCompile(`^CLIENT_RANDOM ([0-9a-f]{64}) [0-9a-f]{96}\n$`)

// TestSuitesAndVersions pins every pair of version and suite that has a server
// here, finished by either finisher, with data both ways. State, the server's
// view and the key logs of both ends agree.
func TestSuitesAndVersions(t *testing.T) {
	rsaCert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	ecCert := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	payload := make([]byte, 40_000) // more than two records
	if _, err := rand.Read(payload); err != nil {
		t.Fatal(err)
	}
	pairs := 0
	for _, version := range []uint16{TLS10, TLS11, TLS12} {
		for _, suite := range Suites() {
			lowest, ok := goSuites[suite.ID]
			if !ok || lowest > version {
				continue
			}
			pairs++
			t.Run(VersionName(version)+"/"+suite.Name, func(t *testing.T) {
				t.Parallel()
				var states []State
				for _, finisher := range finishers {
					client, peer := connPair(t)
					wire := &writeRecorder{Conn: client}
					var ours, theirs bytes.Buffer
					done := echoServer(peer, &tls.Config{
						Certificates: []tls.Certificate{rsaCert.Server(), ecCert.Server()},
						MinVersion:   TLS10, MaxVersion: TLS12,
						CipherSuites: []uint16{suite.ID}, KeyLogWriter: &theirs, CurvePreferences: fastCurve,
					})
					c, err := Dial(testContext(t), wire, Config{
						MinVersion: version, MaxVersion: version, Suites: []uint16{suite.ID}, ServerName: server,
						Finisher: finisher, KeyLog: &ours,
					})
					if err != nil {
						t.Fatal(err)
					}
					mustEcho(t, c, payload)
					s := c.State()
					if s.Version != version || s.Suite != suite.ID || s.Finisher != finisher ||
						s.Verified || s.Resumed || len(s.Chain) != 1 || len(s.Alerts) != 0 {
						t.Errorf("state %+v", s)
					}
					if !s.ExtendedMasterSecret || s.EncryptThenMAC {
						t.Errorf("%s: extended_master_secret %v, encrypt_then_mac %v", finisher, s.ExtendedMasterSecret, s.EncryptThenMAC)
					}
					s.Finisher = ""
					states = append(states, s)
					if err := c.Close(); err != nil {
						t.Error(err)
					}
					o := <-done
					if o.err != nil || o.state.Version != version || o.state.CipherSuite != suite.ID || o.state.ServerName != server {
						t.Errorf("the server saw %v, %04x, %04x, %q", o.err, o.state.Version, o.state.CipherSuite, o.state.ServerName)
					}
					// The random stands behind record, message and version.
					line := keyLogLine.FindStringSubmatch(ours.String())
					if line == nil || line[1] != fmt.Sprintf("%x", wire.written[11:43]) || ours.String() != theirs.String() {
						t.Errorf("%s: key log %q, the server's %q", finisher, ours.String(), theirs.String())
					}
				}
				if diff := cmp.Diff(states[0], states[1]); diff != "" {
					t.Errorf("state by utls and by ours (-utls +ours):\n%s", diff)
				}
			})
		}
	}
	if pairs != 37 {
		t.Errorf("%d pairs, want 37", pairs)
	}
}

// TestEarlyWarnings: a warning in front of the ServerHello is seen once,
// whoever finishes.
func TestEarlyWarnings(t *testing.T) {
	cert := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil)
	for _, finisher := range finishers {
		client, peer := connPair(t)
		send(peer, plainRecord(recordAlert, TLS12, []byte{1, 112}))
		done := echoServer(peer, &tls.Config{Certificates: []tls.Certificate{cert.Server()}, MaxVersion: TLS12})
		c, err := Dial(testContext(t), client, Config{ServerName: server, Finisher: finisher})
		if err != nil {
			t.Fatal(err)
		}
		mustEcho(t, c, []byte("hello"))
		if diff := cmp.Diff([]Alert{{Code: 112}}, c.State().Alerts); diff != "" {
			t.Errorf("%s: alerts (-want +got):\n%s", finisher, diff)
		}
		c.Close()
		<-done
	}
}
