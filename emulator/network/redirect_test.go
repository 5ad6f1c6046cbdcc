package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParseRedirect(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Rule
	}{
		{"example.com:443:echo.lab:4433", Rule{"example.com", 443, "echo.lab", 4433}},
		{":443:echo.lab:4433", Rule{"", 443, "echo.lab", 4433}},
		{"example.com::echo.lab:", Rule{"example.com", 0, "echo.lab", 0}},
		{"example.com:443::8443", Rule{"example.com", 443, "", 8443}},
		{":::", Rule{}},
		{"[2001:db8::1]:443:[::1]:4433", Rule{"2001:db8::1", 443, "::1", 4433}},
		{"192.0.2.1:1:127.0.0.1:65535", Rule{"192.0.2.1", 1, "127.0.0.1", 65535}},
		{"[fe80::1%eth0]::x:", Rule{"fe80::1%eth0", 0, "x", 0}},
	} {
		got, err := ParseRedirect(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseRedirect(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
		if got.String() != tt.in {
			t.Errorf("(%+v).String() = %q; want %q", got, got, tt.in)
		}
	}
}

func TestParseRedirectErrorsNamePlaceAndRemedy(t *testing.T) {
	for in, want := range map[string][]string{
		"":                   {"1 fields", "HOST:PORT:TOHOST:TOPORT"},
		"a:1:b":              {"3 fields", "keep its colon"},
		"a:1:b:2:":           {"5 fields"},
		"::1:443:b:1":        {"6 fields", "in brackets"},
		"a:http:b:2":         {"PORT", `"http"`, "1 to 65535", "every port"},
		"a:0:b:2":            {"PORT", `"0"`},
		"a:1:b:65536":        {"TOPORT", `"65536"`, "keep the port"},
		"a:1:b:-1":           {"TOPORT"},
		"a b:1:b:2":          {"HOST", `" "`},
		"[192.0.2.1]:1:b:2":  {"HOST", "without brackets"},
		"a:1:[echo.lab]:2":   {"TOHOST", "no IPv6 address"},
		"a:1:[::1:2":         {`"[::1:2"`, "put a ]"},
		"a:1:[::1]x:2":       {"TOHOST"},
		"a:1:x]:2":           {"TOHOST", `"]"`},
		"[fe80::1%\n]:1:b:2": {"HOST"},
	} {
		rule, err := ParseRedirect(in)
		if err == nil {
			t.Errorf("ParseRedirect(%q) = %+v; want an error", in, rule)
			continue
		}
		for _, part := range append(want, fmt.Sprintf("%q", in)) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ParseRedirect(%q): %v; want %q in it", in, err, part)
			}
		}
	}
}

func FuzzParseRedirect(f *testing.F) {
	for _, s := range []string{"a:1:b:2", ":::", "[::1]:443:[fe80::1%eth0]:1", "[:[]:]", "a:1:b", "[fe80::1%a]b]:::", "é:1:\xff:2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rule, err := ParseRedirect(s)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("ParseRedirect(%q): the error is not one line: %v", s, err)
			}
			return
		}
		again, err := ParseRedirect(rule.String())
		if err != nil || again != rule {
			t.Errorf("%q is %+v, written %q, read back %+v, %v", s, rule, rule, again, err)
		}
	})
}

// fakeNetwork knows two names and remembers where it was asked to connect.
type fakeNetwork struct {
	queries []Query
	dials   []string
	refuse  netip.Addr // this one does not answer
}

func (f *fakeNetwork) Resolve(_ context.Context, q Query) ([]netip.Addr, error) {
	f.queries = append(f.queries, q)
	if addr, ok := Literal(q.Host); ok {
		return []netip.Addr{addr}, nil
	}
	switch q.Host {
	case "real.test":
		return addrs("192.0.2.1"), nil
	case "other.test":
		return addrs("192.0.2.2", "192.0.2.3"), nil
	}
	return nil, ErrNotFound
}

func (f *fakeNetwork) Dial(_ context.Context, t Target) (net.Conn, error) {
	f.dials = append(f.dials, t.Host+" "+t.Addr.String())
	if t.Addr.Addr() == f.refuse {
		return nil, ErrUnreachable
	}
	conn, _ := net.Pipe()
	return conn, nil
}

func TestRedirect(t *testing.T) {
	for name, tt := range map[string]struct {
		rules  string // separated by blanks
		host   string
		port   uint16
		addr   string // what Resolve says first
		dialed string // host and address that the network below dials
	}{
		"no rule":               {"", "real.test", 443, "192.0.2.1", "real.test 192.0.2.1:443"},
		"host and port":         {"real.test:443:other.test:1", "real.test", 443, "192.0.2.2", "other.test 192.0.2.2:1"},
		"another port":          {"real.test:443:other.test:1", "real.test", 444, "192.0.2.1", "real.test 192.0.2.1:444"},
		"another host":          {"other.test:443:192.0.2.9:1", "real.test", 443, "192.0.2.1", "real.test 192.0.2.1:443"},
		"any host":              {":443:other.test:1", "gone.test", 443, "192.0.2.2", "other.test 192.0.2.2:1"},
		"any port":              {"gone.test::other.test:1", "gone.test", 7, "192.0.2.2", "other.test 192.0.2.2:1"},
		"host kept":             {"real.test:443::1", "real.test", 443, "192.0.2.1", "real.test 192.0.2.1:1"},
		"port kept":             {"gone.test:443:other.test:", "gone.test", 443, "192.0.2.2", "other.test 192.0.2.2:443"},
		"case and dot":          {"Real.Test:443:other.test:1", "rEAL.test.", 443, "192.0.2.2", "other.test 192.0.2.2:1"},
		"first match wins":      {"real.test:1:192.0.2.8:1 real.test::other.test:2 :::3", "real.test", 443, "192.0.2.2", "other.test 192.0.2.2:2"},
		"never twice":           {"real.test::other.test: other.test::192.0.2.9:", "real.test", 443, "192.0.2.2", "other.test 192.0.2.2:443"},
		"nothing to bend":       {"real.test::: real.test::other.test:", "real.test", 443, "192.0.2.2", "other.test 192.0.2.2:443"},
		"to a literal":          {"gone.test::[::1]:1", "gone.test", 443, "::1", "::1 [::1]:1"},
		"from a literal":        {"220.180.239.212:8010:other.test:1", "220.180.239.212", 8010, "220.180.239.212", "other.test 192.0.2.2:1"},
		"literal to literal":    {"220.180.239.212::127.0.0.1:", "220.180.239.212", 8010, "220.180.239.212", "127.0.0.1 127.0.0.1:8010"},
		"literal, port only":    {":8010::1", "220.180.239.212", 8010, "220.180.239.212", "220.180.239.212 220.180.239.212:1"},
		"IPv6 however spelt":    {"[2001:DB8:0::1]::192.0.2.9:", "2001:db8::1", 1, "2001:db8::1", "192.0.2.9 192.0.2.9:1"},
		"a name is no literal":  {"192.0.2.1::other.test:", "real.test", 1, "192.0.2.1", "real.test 192.0.2.1:1"},
		"literal, not resolved": {"220.180.239.212::other.test:1", "220.180.239.213", 8010, "220.180.239.213", "220.180.239.213 220.180.239.213:8010"},
	} {
		t.Run(name, func(t *testing.T) {
			below := &fakeNetwork{}
			n := Redirect(parseAll(t, tt.rules), below)
			got, err := n.Resolve(t.Context(), Query{Host: tt.host, Port: tt.port, Servers: addrs("192.0.2.53")})
			if err != nil || got[0] != netip.MustParseAddr(tt.addr) {
				t.Fatalf("Resolve = %v, %v; want %s", got, err, tt.addr)
			}
			if !slices.Equal(below.queries[0].Servers, addrs("192.0.2.53")) {
				t.Errorf("the servers of the query were lost: %+v", below.queries)
			}
			if _, err := n.Dial(t.Context(), Target{Host: tt.host, Addr: netip.AddrPortFrom(got[0], tt.port)}); err != nil {
				t.Fatalf("Dial: %v", err)
			}
			if !slices.Equal(below.dials, []string{tt.dialed}) {
				t.Errorf("dialled %q; want %q", below.dials, tt.dialed)
			}
		})
	}
}

// A redirected literal is connected to at dial time: every address of the
// other host gets its try, and its failures are told.
func TestRedirectedLiteralTriesAllAddresses(t *testing.T) {
	below := &fakeNetwork{refuse: netip.MustParseAddr("192.0.2.2")}
	target := Target{Host: "220.180.239.212", Addr: netip.MustParseAddrPort("220.180.239.212:8010")}

	n := Redirect(parseAll(t, "220.180.239.212::other.test:1"), below)
	if _, err := n.Dial(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if want := []string{"other.test 192.0.2.2:1", "other.test 192.0.2.3:1"}; !slices.Equal(below.dials, want) {
		t.Errorf("dialled %q; want %q", below.dials, want)
	}

	n = Redirect(parseAll(t, "220.180.239.212::192.0.2.2:1"), below)
	if _, err := n.Dial(t.Context(), target); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "192.0.2.2:1") {
		t.Errorf("Dial: %v; want ErrUnreachable and the place", err)
	}
	n = Redirect(parseAll(t, "220.180.239.212::gone.test:1"), below)
	if _, err := n.Dial(t.Context(), target); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "gone.test:1") {
		t.Errorf("Dial: %v; want ErrNotFound and the place", err)
	}
}

func parseAll(t *testing.T, rules string) []Rule {
	t.Helper()
	var out []Rule
	for s := range strings.FieldsSeq(rules) {
		r, err := ParseRedirect(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}
