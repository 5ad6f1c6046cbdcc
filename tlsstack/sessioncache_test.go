package tlsstack

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

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
