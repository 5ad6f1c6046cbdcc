package tlsstack

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
	"github.com/quectel-sim/qsim/tlsstack/legacy"
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

// TestSessionSettings changes every field of a Config: a session of another
// server, or made under other settings, is not offered.
func TestSessionSettings(t *testing.T) {
	root := testpki.Issue(t, testpki.Spec{Name: "Root", CA: true}, nil)
	id := testpki.Issue(t, testpki.Spec{Name: "client"}, root)
	other := testpki.Issue(t, testpki.Spec{Name: "other"}, root)
	base := Config{
		MinVersion: TLS10, MaxVersion: TLS11, Suites: []uint16{0x002f, 0x0005}, ServerName: server,
		SecLevel: 2, CheckName: server, CA: root.PEM(), ClientCert: id.PEM(), ClientKey: id.KeyPEM(t),
		Sessions: new(SessionCache), Server: "192.0.2.1:443",
	}
	same := map[string]bool{ // what a session does not depend on
		"Now": true, "Sessions": true, "Finisher": true, "KeyLog": true, "Rand": true, "Trace": true,
	}
	changes := map[string]func(*Config){
		"MinVersion":      func(c *Config) { c.MinVersion = SSL30 },
		"MaxVersion":      func(c *Config) { c.MaxVersion = TLS12 },
		"Suites":          func(c *Config) { c.Suites = []uint16{0x0005, 0x002f} },
		"ServerName":      func(c *Config) { c.ServerName = "" },
		"SecLevel":        func(c *Config) { c.SecLevel = 1 },
		"CheckName":       func(c *Config) { c.CheckName = "" },
		"CA":              func(c *Config) { c.CA = testpki.Bundle(root, other) },
		"ClientCert":      func(c *Config) { c.ClientCert = testpki.Bundle(id, other) },
		"ClientKey":       func(c *Config) { c.ClientKey = append([]byte("# mine\n"), c.ClientKey...) },
		"IgnoreTime":      func(c *Config) { c.IgnoreTime = true },
		"IgnoreChain":     func(c *Config) { c.IgnoreChain = true },
		"IgnoreSignature": func(c *Config) { c.IgnoreSignature = true },
		"Server":          func(c *Config) { c.Server = "192.0.2.1:8883" },
		"Profile":         func(c *Config) { c.Profile = StockProfile() },

		"Now":      func(c *Config) { c.Now = epoch },
		"Sessions": func(c *Config) { c.Sessions = new(SessionCache) },
		"Finisher": func(c *Config) { c.Finisher = FinisherOwn },
		"KeyLog":   func(c *Config) { c.KeyLog = new(bytes.Buffer) },
		"Rand":     func(c *Config) { c.Rand = zeros{} },
		"Trace":    func(c *Config) { c.Trace = func(string) {} },
	}
	keys := map[sessionKey]string{mustKey(t, base): "nothing"}
	for i := range reflect.TypeFor[Config]().NumField() {
		field := reflect.TypeFor[Config]().Field(i).Name
		change := changes[field]
		if change == nil {
			t.Errorf("nobody has decided whether a session depends on Config.%s", field)
			continue
		}
		cfg := base
		change(&cfg)
		key := mustKey(t, cfg)
		if before, known := keys[key]; known != same[field] {
			t.Errorf("changing %s gives the key of changing %q", field, before)
		}
		keys[key] = field
	}
	// The CA file and the client's files do not run into each other.
	a, b := base, base
	a.SecLevel, a.CA, a.ClientCert = 0, []byte("xy"), []byte("z")
	b.SecLevel, b.CA, b.ClientCert = 0, []byte("x"), []byte("yz")
	if mustKey(t, a) == mustKey(t, b) {
		t.Error("two sets of files have one key")
	}
}

// TestSessionOfAnother is the same on the wire, for two of the fields.
func TestSessionOfAnother(t *testing.T) {
	s := scriptedServer(t, TLS12)
	s.id = []byte("an id")
	cfg, _ := cached()
	visit(t, cfg, s)
	for name, change := range map[string]func(*Config){
		"server": func(c *Config) { c.Server = "192.0.2.2:8883" },
		"suites": func(c *Config) { c.Suites = []uint16{scriptedSuite} },
	} {
		changed := cfg
		change(&changed)
		if _, seen := visit(t, changed, s); seen.offered() {
			t.Errorf("another %s is offered the session", name)
		}
	}
	cfg.Server = ""
	client, _ := connPair(t)
	_, err := Dial(testContext(t), client, cfg)
	wantError(t, err, KindConfig)
}

// TestSessionLifetime: a ticket is offered as long as it lives on the module's
// clock, and using it does not make it live longer.
func TestSessionLifetime(t *testing.T) {
	tests := []struct {
		name string
		life uint32
		age  time.Duration
		want bool
	}{
		{"at once", 300, 0, true},
		{"at its end", 300, 300 * time.Second, true},
		{"after its end", 300, 301 * time.Second, false},
		{"clock set back", 300, -time.Second, false},
		{"no lifetime said", 0, 1000 * time.Hour, true},
		{"no lifetime said, clock set back", 0, -time.Second, false},
		{"the longest lifetime", 1<<32 - 1, 100 * 365 * 24 * time.Hour, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scriptedServer(t, TLS12)
			s.ticket, s.life = []byte("a ticket"), tt.life
			cfg, clock := cached()
			_, first := visit(t, cfg, s)
			clock.Time = clock.Add(tt.age)
			if tt.want {
				s.resume = first.master
			}
			if state, seen := visit(t, cfg, s); seen.offered() != tt.want || state.Resumed != tt.want {
				t.Errorf("offered %v, resumed %v, want %v", seen.offered(), state.Resumed, tt.want)
			}
		})
	}
	t.Run("used in between", func(t *testing.T) {
		s := scriptedServer(t, TLS12)
		s.ticket, s.life = []byte("a ticket"), 300
		cfg, clock := cached()
		_, first := visit(t, cfg, s)
		s.resume, s.ticket = first.master, nil // taken up, and not renewed
		clock.Time = clock.Add(200 * time.Second)
		if state, _ := visit(t, cfg, s); !state.Resumed {
			t.Error("not resumed after 200 s")
		}
		clock.Time = clock.Add(200 * time.Second)
		s.resume = nil
		if _, seen := visit(t, cfg, s); seen.offered() {
			t.Error("offered after 400 s, its lifetime is 300 s")
		}
	})
	t.Run("renewed in between", func(t *testing.T) {
		s := scriptedServer(t, TLS12)
		s.ticket, s.life = []byte("a ticket"), 300
		cfg, clock := cached()
		_, first := visit(t, cfg, s)
		s.resume, s.ticket = first.master, []byte("another ticket")
		clock.Time = clock.Add(200 * time.Second)
		visit(t, cfg, s)
		clock.Time = clock.Add(200 * time.Second)
		if _, seen := visit(t, cfg, s); string(seen.ticket) != "another ticket" {
			t.Errorf("offered %q", seen.ticket)
		}
	})
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
		{"another suite", func(s *scripted) { s.suite = 0x002f }, 47,
			"the server resumes a session of TLS 1.1 and suite 0x0005 with TLS 1.1 and suite 0x002f"},
		{"another version", func(s *scripted) { s.version = TLS10 }, 47,
			"the server resumes a session of TLS 1.1 and suite 0x0005 with TLS 1.0 and suite 0x0005"},
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

// TestSessionsBounded: of more sessions than are kept the oldest goes.
func TestSessionsBounded(t *testing.T) {
	var c SessionCache
	key := func(i int) sessionKey { return sessionKey{server: fmt.Sprint(i)} }
	at := func(i int) time.Time { return testpki.Epoch.Add(time.Duration(i) * time.Second) }
	now := at(1000)
	for _, i := range []int{7, 3, 12} { // out of order, as a clock may be set
		c.put(key(i), &keptSession{session: new(legacy.Session), made: at(i)})
	}
	for i := 20; len(c.kept) < maxSessions; i++ {
		c.put(key(i), &keptSession{session: new(legacy.Session), made: at(i)})
	}
	for i, oldest := range []int{3, 7, 12, 20} {
		c.put(key(20), &keptSession{session: new(legacy.Session), made: at(20)}) // again: nobody has to go
		if len(c.kept) != maxSessions || c.get(key(oldest), now) == nil {
			t.Fatalf("%d kept, the oldest is gone too early", len(c.kept))
		}
		c.put(key(100+i), &keptSession{session: new(legacy.Session), made: at(100 + i)})
		if len(c.kept) != maxSessions || c.get(key(oldest), now) != nil || c.get(key(100+i), now) == nil {
			t.Fatalf("%d kept, the oldest among them: %v", len(c.kept), c.get(key(oldest), now) != nil)
		}
	}
	// Who failed with an older session does not drop a newer one.
	older, newer := c.get(key(103), now), &keptSession{session: new(legacy.Session), made: now}
	c.put(key(103), newer)
	if c.drop(key(103), older); c.get(key(103), now) != newer {
		t.Error("the newer session is gone")
	}
	if c.drop(key(103), newer); c.get(key(103), now) != nil {
		t.Error("the session is still there")
	}
}

// TestSessionsShared has many Dials at one cache.
func TestSessionsShared(t *testing.T) {
	leaf := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	peer := &tls.Config{Certificates: []tls.Certificate{leaf.Server()}, MaxVersion: TLS12}
	cfg, _ := cached()
	servers := []string{"a:1", "b:1", "c:1"}
	var pairs [6][5][2]net.Conn
	for i := range pairs {
		for j := range pairs[i] {
			pairs[i][j][0], pairs[i][j][1] = connPair(t)
		}
	}
	var mu sync.Mutex
	resumed := 0
	var wg sync.WaitGroup
	for i := range pairs {
		wg.Go(func() {
			for j := range pairs[i] {
				client, raw := pairs[i][j][0], pairs[i][j][1]
				done := echoServer(raw, peer)
				cfg := cfg
				cfg.Server = servers[(i+j)%len(servers)]
				c, err := Dial(testContext(t), client, cfg)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if c.State().Resumed {
					resumed++
				}
				mu.Unlock()
				c.Close()
				if o := <-done; o.err != nil || o.state.DidResume != c.State().Resumed {
					t.Errorf("server: %v, resumed %v; client: %v", o.err, o.state.DidResume, c.State().Resumed)
				}
				if i == 0 && j == 2 {
					cfg.Sessions.Forget()
				}
			}
		})
	}
	wg.Wait()
	if resumed == 0 {
		t.Error("nothing was ever resumed")
	}
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
