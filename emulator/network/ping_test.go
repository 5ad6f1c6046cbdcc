package network

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// dialer is a network that knows no echo.
type dialer struct {
	Network
	dial func(ctx context.Context, t Target) (net.Conn, error)
}

func (d dialer) Dial(ctx context.Context, t Target) (net.Conn, error) { return d.dial(ctx, t) }

func pingTarget(host, addr string) Target {
	return Target{Host: host, Addr: netip.AddrPortFrom(netip.MustParseAddr(addr), 0)}
}

// TestProbe: a host is there when one of its ports takes or refuses a
// connection, and only then.
func TestProbe(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	silence := errors.New("silence")
	for name, c := range map[string]struct {
		https, http error
		there       bool
	}{
		"takes": {nil, silence, true}, "takes the other": {silence, nil, true},
		"refuses": {refused, silence, true}, "refuses the other": {silence, refused, true},
		"absent": {silence, silence, false}, "unreachable": {ErrUnreachable, ErrUnreachable, false},
	} {
		n := dialer{dial: func(_ context.Context, t Target) (net.Conn, error) {
			err := c.https
			if t.Addr.Port() == 80 {
				err = c.http
			}
			if err != nil {
				return nil, err
			}
			a, b := net.Pipe()
			_ = b.Close()
			return a, nil
		}}
		if _, err := Ping(context.Background(), n, pingTarget("x", "192.0.2.1"), 32); (err == nil) != c.there {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProbeEnds: a probe that nobody answers ends with its context.
func TestProbeEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	n := dialer{dial: func(ctx context.Context, _ Target) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	if _, err := Ping(ctx, n, pingTarget("x", "192.0.2.1"), 32); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestSystemPing: the machine's own address answers, by ICMP or by a refusal.
func TestSystemPing(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	echo, err := Ping(ctx, System{}, pingTarget("127.0.0.1", "127.0.0.1"), 32)
	if err != nil {
		t.Fatal(err)
	}
	if _, icmp := icmpEcho(ctx, netip.MustParseAddr("127.0.0.1"), 32); errors.Is(icmp, errNoICMP) != (echo.TTL == 0) {
		t.Errorf("TTL %d though ICMP is %v", echo.TTL, icmp)
	}
}

func TestOfflinePing(t *testing.T) {
	if _, err := Ping(context.Background(), Offline{}, pingTarget("x", "192.0.2.1"), 32); !errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Ping(ctx, Offline{}, pingTarget("x", "192.0.2.1"), 32); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// pinged notes who is asked.
type pinged struct {
	Network
	asked *Target
}

func (p pinged) Ping(_ context.Context, t Target, _ int) (Echo, error) {
	*p.asked = t
	return Echo{TTL: 9}, nil
}

func (p pinged) Resolve(_ context.Context, q Query) ([]netip.Addr, error) {
	if q.Host == "nowhere" {
		return nil, ErrNotFound
	}
	return addrs("192.0.2.99"), nil
}

// TestRedirectPing: rules for every port lead echo requests elsewhere, too;
// those for one port are about connections.
func TestRedirectPing(t *testing.T) {
	for _, c := range []struct {
		rule, host, addr string
		want             Target
	}{
		{"echo.test::other.test:", "echo.test", "192.0.2.5", pingTarget("other.test", "192.0.2.5")}, // Resolve bent it
		{"192.0.2.1::other.test:", "192.0.2.1", "192.0.2.1", pingTarget("other.test", "192.0.2.99")},
		{"echo.test:443:other.test:", "echo.test", "192.0.2.5", pingTarget("echo.test", "192.0.2.5")},
		{"else.test::other.test:", "echo.test", "192.0.2.5", pingTarget("echo.test", "192.0.2.5")},
	} {
		rule, err := ParseRedirect(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		var asked Target
		echo, err := Ping(context.Background(), Redirect([]Rule{rule}, pinged{asked: &asked}), pingTarget(c.host, c.addr), 32)
		if err != nil || echo.TTL != 9 || asked != c.want {
			t.Errorf("%s: asked %v, %v", c.rule, asked, err)
		}
	}
	rule, err := ParseRedirect("192.0.2.1::nowhere:")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Ping(context.Background(), Redirect([]Rule{rule}, pinged{}), pingTarget("192.0.2.1", "192.0.2.1"), 32); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
