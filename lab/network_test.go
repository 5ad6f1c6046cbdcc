package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/quectel-sim/qsim/emulator/network"
)

// elsewhere is a network below the lab that knows one name and no way to it.
type elsewhere struct{ network.Offline }

var (
	elsewhereAddr = netip.MustParseAddr("198.51.100.1")
	errElsewhere  = errors.New("dialled elsewhere")
)

func (e elsewhere) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	if q.Host == "real.test" {
		return []netip.Addr{elsewhereAddr}, nil
	}
	return e.Offline.Resolve(ctx, q)
}

func (elsewhere) Dial(context.Context, network.Target) (net.Conn, error) { return nil, errElsewhere }

func TestResolve(t *testing.T) {
	n := start(t).Network(elsewhere{})
	for host, want := range map[string]string{
		"echo.lab":        "192.0.2.10",
		"Echo.LAB.":       "192.0.2.10",
		"192.0.2.10":      "192.0.2.10",
		"220.180.239.212": "220.180.239.212",
		"127.0.0.1":       "127.0.0.1",
		"real.test":       "198.51.100.1",
		"nosuch.lab":      "",
		"":                "",
	} {
		got, err := n.Resolve(t.Context(), network.Query{
			Host:    host,
			Servers: []netip.Addr{netip.MustParseAddr("192.0.2.53")}, // nobody there
		})
		if want == "" {
			if !errors.Is(err, network.ErrNotFound) {
				t.Errorf("Resolve(%q) = %v, %v; want ErrNotFound", host, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, []netip.Addr{netip.MustParseAddr(want)}) {
			t.Errorf("Resolve(%q) = %v, %v; want %s", host, got, err, want)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Resolve(ctx, network.Query{Host: "echo.lab"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Resolve after its context ended: %v", err)
	}
}

func TestDial(t *testing.T) {
	l := start(t)
	n := l.Network(elsewhere{})
	for _, tt := range []struct {
		host, addr string
		want       error
	}{
		{"echo.lab", "192.0.2.10:7", nil},
		{"192.0.2.10", "192.0.2.10:7", nil},
		{"ECHO.lab.", "192.0.2.10:7", nil},
		{"", "[::ffff:192.0.2.10]:7", nil},
		{"echo.lab", "127.0.0.1:7", nil}, // the name counts
		{"220.180.239.212", "220.180.239.212:8010", nil},
		{"echo.lab", "192.0.2.10:443", syscall.ECONNREFUSED},
		{"192.0.2.10", "192.0.2.10:8010", syscall.ECONNREFUSED},
		{"220.180.239.212", "220.180.239.212:443", errElsewhere},
		{"real.test", "198.51.100.1:4433", errElsewhere},
		{"192.0.2.11", "192.0.2.11:4433", errElsewhere},
		{"ntp.lab", "192.0.2.123:123", syscall.ECONNREFUSED}, // over UDP only
	} {
		conn, err := n.Dial(t.Context(), network.Target{Host: tt.host, Addr: netip.MustParseAddrPort(tt.addr)})
		if !errors.Is(err, tt.want) {
			t.Errorf("Dial(%q, %s): %v; want %v", tt.host, tt.addr, err, tt.want)
		}
		if err == nil {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}

	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	target := network.Target{Host: "echo.lab", Addr: netip.MustParseAddrPort("192.0.2.10:7")}
	if _, err := n.Dial(t.Context(), target); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial of a closed lab: %v; want ECONNREFUSED", err)
	}
}

// A redirection above the lab leads a host program's own names into it.
func TestRedirectIntoTheLab(t *testing.T) {
	l := start(t)
	for rule, host := range map[string]string{
		"example.com:443:echo.lab:4433": "example.com",
		"203.0.113.9:443:echo.lab:4433": "203.0.113.9",
	} {
		redirect, err := network.ParseRedirect(rule)
		if err != nil {
			t.Fatal(err)
		}
		n := network.Redirect([]network.Rule{redirect}, l.Network(network.Offline{}))
		addrs, err := n.Resolve(t.Context(), network.Query{Host: host, Port: 443})
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		conn, err := n.Dial(t.Context(), network.Target{Host: host, Addr: netip.AddrPortFrom(addrs[0], 443)})
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		secure := tls.Client(conn, careful(t, l))
		exchange(t, secure, seedText)
		if err := secure.Close(); err != nil {
			t.Error(err)
		}
	}
}
