package tlsstack

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// scriptedServer is one with a certificate, and nothing to resume.
func scriptedServer(t testing.TB, version uint16) scripted {
	return scripted{
		cert:    testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 2048)}, nil),
		version: version,
	}
}

// visit dials s, has an echo and closes.
func visit(t *testing.T, cfg Config, s scripted) (State, *scriptedSeen) {
	t.Helper()
	client, peer := connPair(t)
	seen, done := s.start(t, peer)
	c, err := Dial(testContext(t), client, cfg)
	if err != nil {
		t.Fatalf("%v; the server: %v", err, <-done)
	}
	mustEcho(t, c, []byte("hello"))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the server: %v", err)
	}
	return c.State(), seen
}

// visitGo is visit to a server that nobody here wrote.
func visitGo(t *testing.T, cfg Config, peer *tls.Config) (State, tls.ConnectionState) {
	t.Helper()
	client, raw := connPair(t)
	done := echoServer(raw, peer)
	c, err := Dial(testContext(t), client, cfg)
	if err != nil {
		t.Fatalf("%v; the server: %v", err, (<-done).err)
	}
	mustEcho(t, c, []byte("hello"))
	c.Close()
	o := <-done
	if o.err != nil {
		t.Error(o.err)
	}
	return c.State(), o.state
}

// offered tells whether a hello asks for a session.
func (s *scriptedSeen) offered() bool { return len(s.sessionID) > 0 || len(s.ticket) > 0 }

// moduleClock can be set by a test.
type moduleClock struct{ time.Time }

func (c *moduleClock) now() time.Time { return c.Time }

// cached is a Config with a cache of its own.
func cached() (Config, *moduleClock) {
	clock := &moduleClock{testpki.Epoch}
	return Config{Sessions: new(SessionCache), Server: "192.0.2.1:8883", Now: clock.now}, clock
}

func TestResumeByTicketOfGo(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, root)
	for _, version := range []uint16{TLS10, TLS11, TLS12} {
		t.Run(VersionName(version), func(t *testing.T) {
			peer := &tls.Config{Certificates: []tls.Certificate{leaf.Server()}, MinVersion: TLS10, MaxVersion: version}
			cfg, clock := cached()
			cfg.SecLevel, cfg.CheckName, cfg.CA = 1, server, root.PEM()
			first, _ := visitGo(t, cfg, peer)
			if first.Resumed || !first.Verified || len(first.Chain) != 2 || first.Finisher != FinisherOwn {
				t.Fatalf("state %+v", first)
			}
			// By now the certificate has expired, which nobody looks at again.
			clock.Time = leaf.NotAfter.Add(time.Hour)
			cfg.Sessions.kept[mustKey(t, cfg)].made = clock.Time
			want := first
			want.Resumed = true
			for range 2 {
				state, saw := visitGo(t, cfg, peer)
				if !saw.DidResume {
					t.Error("the server did not resume")
				}
				if diff := cmp.Diff(want, state); diff != "" {
					t.Errorf("state (-want +got):\n%s", diff)
				}
			}
			cfg.Sessions.Forget()
			cfg.IgnoreTime = true
			if state, saw := visitGo(t, cfg, peer); state.Resumed || saw.DidResume {
				t.Error("a forgotten session was resumed")
			}
		})
	}
}

// mustKey is the key of a Config's sessions.
func mustKey(t *testing.T, cfg Config) sessionKey {
	t.Helper()
	s, err := prepare(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.sessionKey()
}

func TestResumeByID(t *testing.T) {
	for _, version := range []uint16{TLS10, TLS11, TLS12} {
		for _, ems := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/ems=%v", VersionName(version), ems), func(t *testing.T) {
				s := scriptedServer(t, version)
				s.ems, s.id = ems, []byte("an id")
				cfg, clock := cached()
				first, seen := visit(t, cfg, s)
				if first.Resumed || first.ExtendedMasterSecret != ems || seen.offered() {
					t.Fatalf("state %+v, session offered: %v", first, seen.offered())
				}
				clock.Time = clock.AddDate(0, 0, 30) // nobody said how long an id is good for
				s.resume, s.random = seen.master, [32]byte{1}
				for range 2 {
					state, _ := visit(t, cfg, s)
					want := first
					want.Resumed = true
					if diff := cmp.Diff(want, state); diff != "" {
						t.Errorf("state (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

// TestHelloWithSession: what a session changes in the hello, as mbedTLS has it.
func TestHelloWithSession(t *testing.T) {
	for _, pin := range pinnings {
		if pin.max == SSL30 {
			continue // the scripted server does not speak it, and the hello has no other rules
		}
		s := scriptedServer(t, pin.max)
		if pin.max == 0 {
			s.version = TLS12
		}
		cfg, _ := cached()
		cfg.MinVersion, cfg.MaxVersion, cfg.ServerName = pin.min, pin.max, server
		plain, err := helloFor(cfg)
		if err != nil {
			t.Fatal(err)
		}

		// By ticket.
		s.ticket, s.id = bytes.Repeat([]byte("ticket"), 30), []byte("an id that does not count")
		_, first := visit(t, cfg, s)
		if diff := cmp.Diff(plain, first.hello, cmpHello); diff != "" || len(first.sessionID) != 0 {
			t.Errorf("the first hello has session id %x, and (-want +got):\n%s", first.sessionID, diff)
		}
		s.resume = first.master
		_, second := visit(t, cfg, s)
		_, third := visit(t, cfg, s)
		want := plain.withTicket(s.ticket)
		if want.extensions[len(want.extensions)-1].id != extSessionTicket {
			t.Error("the ticket is not in the last extension")
		}
		for _, got := range []*scriptedSeen{second, third} {
			if diff := cmp.Diff(want, got.hello, cmpHello); diff != "" {
				t.Errorf("with a ticket (-want +got):\n%s", diff)
			}
			if len(got.sessionID) != 32 {
				t.Errorf("with a ticket: session id %x, want 32 bytes", got.sessionID)
			}
		}
		if bytes.Equal(second.sessionID, third.sessionID) {
			t.Error("the session id beside a ticket is not random")
		}

		// By id.
		cfg.Sessions.Forget()
		s.resume, s.ticket, s.id = nil, nil, []byte("the id that counts")
		_, fourth := visit(t, cfg, s)
		s.resume = fourth.master
		_, fifth := visit(t, cfg, s)
		if diff := cmp.Diff(plain, fifth.hello, cmpHello); diff != "" || !bytes.Equal(fifth.sessionID, s.id) {
			t.Errorf("by id: session id %x, want %x, and (-want +got):\n%s", fifth.sessionID, s.id, diff)
		}
	}
}

func TestSessionNotTakenUp(t *testing.T) {
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	t.Run("ticket", func(t *testing.T) {
		cfg, _ := cached()
		peer := func() *tls.Config { // with ticket keys of its own
			return &tls.Config{Certificates: []tls.Certificate{leaf.Server()}, MaxVersion: TLS12}
		}
		visitGo(t, cfg, peer())
		second := peer()
		if state, saw := visitGo(t, cfg, second); state.Resumed || saw.DidResume || len(state.Chain) != 1 {
			t.Errorf("state %+v", state)
		}
		if state, saw := visitGo(t, cfg, second); !state.Resumed || !saw.DidResume {
			t.Error("the new session was not kept")
		}
		none := peer()
		none.SessionTicketsDisabled = true
		if state, _ := visitGo(t, cfg, none); state.Resumed || len(cfg.Sessions.kept) != 0 {
			t.Errorf("resumed %v, %d kept: the server has no tickets any more", state.Resumed, len(cfg.Sessions.kept))
		}
	})
	t.Run("id", func(t *testing.T) {
		s := scriptedServer(t, TLS12)
		s.id = []byte("an id")
		cfg, _ := cached()
		visit(t, cfg, s)
		s.id = []byte("another id")
		if state, seen := visit(t, cfg, s); state.Resumed || string(seen.sessionID) != "an id" {
			t.Errorf("offered %q, state %+v", seen.sessionID, state)
		}
		s.id = nil
		if _, seen := visit(t, cfg, s); string(seen.sessionID) != "another id" {
			t.Errorf("offered %q", seen.sessionID)
		}
		if _, seen := visit(t, cfg, s); seen.offered() {
			t.Errorf("offered %q to a server that has let go of it", seen.sessionID)
		}
	})
	t.Run("a ticket too long", func(t *testing.T) {
		s := scriptedServer(t, TLS12)
		cfg, _ := cached()
		s.ticket = make([]byte, maxTicket)
		_, first := visit(t, cfg, s)
		s.resume, s.ticket = first.master, make([]byte, maxTicket+1)
		if state, _ := visit(t, cfg, s); !state.Resumed {
			t.Error("the longest ticket was not offered")
		}
		s.resume = nil
		if _, seen := visit(t, cfg, s); seen.offered() {
			t.Error("a longer ticket was kept")
		}
	})
}

// TestWrongResumption are servers that take a session up and make another of
// it. It ends in words, and the session is not offered again.
func TestWrongResumption(t *testing.T) {
	tests := []struct {
		name   string
		change func(*scripted)
		alert  uint8
		words  string
	}{
		{
			"another suite", func(s *scripted) { s.suite = 0x002f }, 47,
			"the server resumes a session of TLS 1.1 and suite 0x0005 with TLS 1.1 and suite 0x002f",
		},
		{
			"another version", func(s *scripted) { s.version = TLS10 }, 47,
			"the server resumes a session of TLS 1.1 and suite 0x0005 with TLS 1.0 and suite 0x0005",
		},
		{"with extended_master_secret", func(s *scripted) { s.ems = true }, 40, "extended_master_secret"},
		{"another secret", func(s *scripted) { s.resume = bytes.Repeat([]byte{1}, 48) }, 20, "cannot be decrypted"},
	}
	for _, byTicket := range []bool{true, false} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s/ticket=%v", tt.name, byTicket), func(t *testing.T) {
				s := scriptedServer(t, TLS11)
				if s.id = []byte("an id"); byTicket {
					s.ticket = []byte("a ticket")
				}
				cfg, _ := cached()
				_, first := visit(t, cfg, s)
				wrong := s
				wrong.resume = first.master
				tt.change(&wrong)

				client, peer := connPair(t)
				_, done := wrong.start(t, peer)
				_, err := Dial(testContext(t), client, cfg)
				e := wantError(t, err, KindHandshake)
				if e.Alert == nil || e.Alert.Code != tt.alert || !e.Alert.Sent || !strings.Contains(e.Reason, tt.words) {
					t.Errorf("%v, want alert %d and %q", e, tt.alert, tt.words)
				}
				if err := <-done; err == nil {
					t.Error("the server is content")
				}
				if _, seen := visit(t, cfg, s); seen.offered() {
					t.Error("the session is offered again")
				}
			})
		}
	}
	t.Run("broken off", func(t *testing.T) {
		s := scriptedServer(t, TLS12)
		s.id = []byte("an id")
		cfg, _ := cached()
		visit(t, cfg, s)
		client, peer := connPair(t)
		go func() {
			readRecord(t, peer)
			send(peer, plainRecord(recordAlert, TLS12, []byte{2, 40}))
		}()
		_, err := Dial(testContext(t), client, cfg)
		wantError(t, err, KindHandshake)
		if _, seen := visit(t, cfg, s); seen.offered() {
			t.Error("the session is offered again")
		}
	})
}

// TestSessionRandom: without random bytes for the id beside a ticket there is no
// hello.
func TestSessionRandom(t *testing.T) {
	s := scriptedServer(t, TLS12)
	s.ticket = []byte("a ticket")
	cfg, _ := cached()
	visit(t, cfg, s)
	cfg.Rand = strings.NewReader(strings.Repeat("x", 28))
	client, _ := connPair(t)
	_, err := Dial(testContext(t), client, cfg)
	if e := wantError(t, err, KindHandshake); !strings.Contains(e.Reason, "session id") {
		t.Error(e)
	}
}

// TestResumedKeyLog: an abbreviated handshake logs its secret like a whole one.
func TestResumedKeyLog(t *testing.T) {
	s := scriptedServer(t, TLS12)
	s.id = []byte("an id")
	cfg, _ := cached()
	_, first := visit(t, cfg, s)
	var log bytes.Buffer
	cfg.KeyLog, s.resume = &log, first.master
	_, second := visit(t, cfg, s)
	want := fmt.Sprintf("CLIENT_RANDOM %x %x\n", second.random, first.master)
	if log.String() != want || slices.Equal(first.random[:], second.random[:]) {
		t.Errorf("key log %q, want %q", log.String(), want)
	}
}
