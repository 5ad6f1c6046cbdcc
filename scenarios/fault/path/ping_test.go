package path_test

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// answering is a network whose hosts answer echo requests after a second.
type answering struct{ network.Offline }

func (answering) Ping(_ context.Context, t network.Target, _ int) (network.Echo, error) {
	time.Sleep(time.Second)
	return network.Echo{TTL: int(t.Addr.Addr().As4()[3])}, nil
}

// TestPing: what is armed before the first echo request of a way counts for
// all of them.
func TestPing(t *testing.T) {
	other := netip.MustParseAddrPort("192.0.2.7:0")
	for name, c := range map[string]struct {
		arm  func(*path.Path)
		took time.Duration // each of three requests, with a patience of 4 s
		ttl  int
		err  error
	}{
		"plain":       {func(*path.Path) {}, time.Second, 1, nil},
		"lost":        {func(p *path.Path) { p.Connect(path.ConnectFault{How: path.TimesOut}) }, 4 * time.Second, 0, context.DeadlineExceeded},
		"refused":     {func(p *path.Path) { p.Connect(path.ConnectFault{How: path.Refused}) }, 4 * time.Second, 0, context.DeadlineExceeded},
		"unreachable": {func(p *path.Path) { p.Connect(path.ConnectFault{How: path.Unreachable}) }, 0, 0, network.ErrUnreachable},
		"no socket":   {func(p *path.Path) { p.Connect(path.ConnectFault{How: path.NoSocket}) }, 0, 0, syscall.EMFILE},
		"late":        {func(p *path.Path) { p.Connect(path.ConnectFault{Wait: 2 * time.Second}) }, 3 * time.Second, 1, nil},
		"too late":    {func(p *path.Path) { p.Connect(path.ConnectFault{Wait: time.Minute}) }, 4 * time.Second, 0, context.DeadlineExceeded},
		"elsewhere":   {func(p *path.Path) { p.Connect(path.ConnectFault{How: path.Elsewhere, To: other}) }, time.Second, 7, nil},
		"latency":     {func(p *path.Path) { p.Conditions(path.Conditions{Latency: time.Second}) }, 3 * time.Second, 1, nil},
		"far":         {func(p *path.Path) { p.Conditions(path.Conditions{Latency: time.Minute}) }, 4 * time.Second, 0, context.DeadlineExceeded},
		"blackhole":   {func(p *path.Path) { p.Conditions(path.Conditions{Blackhole: true}) }, 4 * time.Second, 0, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPath(1)
				c.arm(p)
				way := p.Open(answering{})
				for range 3 {
					began := time.Now()
					echo, err := ping(way)
					if took := time.Since(began); took != c.took || echo.TTL != c.ttl || !errors.Is(err, c.err) {
						t.Errorf("%+v, %v after %v", echo, err, took)
					}
				}
				// The next way is straight.
				if echo, err := ping(p.Open(answering{})); err != nil || echo.TTL != 1 {
					t.Errorf("the next way: %+v, %v", echo, err)
				}
			})
		})
	}
}

func ping(way network.Network) (network.Echo, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	return network.Ping(ctx, way, network.Target{Host: "x", Addr: netip.MustParseAddrPort("192.0.2.1:0")}, 32)
}

// TestPingConditionsEnd: conditions hold from the first request on, for as long
// as they say, and jitter stays within its bounds.
func TestPingConditionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPath(1)
		p.Conditions(path.Conditions{Blackhole: true, For: 5 * time.Second})
		way := p.Open(answering{})
		for i, want := range []bool{false, false, true} {
			if _, err := ping(way); (err == nil) != want {
				t.Errorf("request %d: %v", i, err)
			}
		}
		// Once the first request is out, conditions are for the next way.
		p.Conditions(path.Conditions{Latency: 500 * time.Millisecond, Jitter: 100 * time.Millisecond})
		if _, err := ping(way); err != nil {
			t.Error(err)
		}
		way = p.Open(answering{})
		last := time.Duration(0)
		for range 5 {
			began := time.Now()
			if _, err := ping(way); err != nil {
				t.Error(err)
			}
			took := time.Since(began)
			if took < 1800*time.Millisecond || took > 2200*time.Millisecond || took == last {
				t.Errorf("took %v after %v", took, last)
			}
			last = took
		}
	})
}
