package path_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

func TestResolve(t *testing.T) {
	elsewhere := netip.MustParseAddr("192.0.2.99")
	for name, tt := range map[string]struct {
		fault path.ResolveFault
		want  netip.Addr // or
		err   error
		takes time.Duration // on the wall; the modem's clock runs at speed 20
	}{
		"fails":            {fault: path.ResolveFault{How: path.NotFound}, err: network.ErrNotFound},
		"busy":             {fault: path.ResolveFault{How: path.Busy}, err: network.ErrBusy},
		"slow":             {fault: path.ResolveFault{Wait: 10 * time.Second}, want: real0, takes: 500 * time.Millisecond},
		"fails late":       {fault: path.ResolveFault{How: path.NotFound, Wait: 2 * time.Second}, err: network.ErrNotFound, takes: 100 * time.Millisecond},
		"silent":           {fault: path.ResolveFault{How: path.NeverAnswers}, err: context.DeadlineExceeded, takes: time.Minute},
		"slower than time": {fault: path.ResolveFault{Wait: time.Hour}, err: context.DeadlineExceeded, takes: time.Minute},
		"another address":  {fault: path.ResolveFault{How: path.ResolvesToAddr, Addr: elsewhere}, want: elsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, below := newPath(20), over(nil)
				p.Resolve(tt.fault)
				for i, way := range []network.Network{p.Open(below), p.Open(below)} {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					began := time.Now()
					got, err := way.Resolve(ctx, query)
					if i == 1 { // it was armed for one open
						tt.want, tt.err, tt.takes = real0, nil, 0
					}
					if !errors.Is(err, tt.err) || err == nil && !slices.Equal(got, []netip.Addr{tt.want}) {
						t.Errorf("open %d: %v, %v; want %v, %v", i+1, got, err, tt.want, tt.err)
					}
					if d := time.Since(began); d != tt.takes {
						t.Errorf("open %d: took %v, want %v", i+1, d, tt.takes)
					}
				}
			})
		})
	}
}

// The address that a fault answers is where the connection goes, also where the
// layer below has its own idea of the name.
func TestResolvesToAddrIsDialled(t *testing.T) {
	_, below := startLab(t)
	seed := netip.MustParseAddr("220.180.239.212")
	for _, tt := range []struct {
		addr netip.Addr
		port uint16
		ok   bool
	}{{seed, 8010, true}, {seed, 4433, false}, {netip.MustParseAddr("203.0.113.9"), 4433, false}} {
		p := newPath(1)
		p.Resolve(path.ResolveFault{How: path.ResolvesToAddr, Addr: tt.addr})
		conn, err := reach(testContext(t), p.Open(below), "echo.lab", tt.port)
		if (err == nil) != tt.ok || !tt.ok && !errors.Is(err, network.ErrUnreachable) {
			t.Errorf("echo.lab:%d at %v: %v", tt.port, tt.addr, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// A fault that is armed while the open waits counts for it, unless it has passed
// the point; then it is the next open's.
func TestArmedDuringTheOpen(t *testing.T) {
	p := newPath(1)
	a, b := net.Pipe()
	defer b.Close()
	way := p.Open(over(a))
	p.Resolve(path.ResolveFault{How: path.Busy})
	if _, err := way.Resolve(t.Context(), query); !errors.Is(err, network.ErrBusy) {
		t.Fatalf("armed at the query: %v", err)
	}
	// The open is over: nothing can concern it any more.
	p.Connect(path.ConnectFault{How: path.Unreachable})
	p.Resolve(path.ResolveFault{How: path.NotFound})

	way = p.Open(over(a))
	if _, err := way.Resolve(t.Context(), query); !errors.Is(err, network.ErrNotFound) {
		t.Fatalf("armed after an open: %v", err)
	}
	way = p.Open(over(a)) // the second took the other fault with it
	if _, err := way.Resolve(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	p.Resolve(path.ResolveFault{How: path.NotFound}) // too late
	p.Connect(path.ConnectFault{How: path.Refused})
	p.Connect(path.ConnectFault{How: path.NoBind}) // the later one counts
	for range 2 {                                  // every address of the host
		if _, err := way.Dial(t.Context(), target); !errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Fatalf("armed before the connect: %v", err)
		}
	}
	p.Connect(path.ConnectFault{How: path.Unreachable}) // too late
	way = p.Open(over(a))
	if _, err := way.Resolve(t.Context(), query); !errors.Is(err, network.ErrNotFound) {
		t.Fatalf("armed too late: %v", err)
	}
	if _, err := way.Dial(t.Context(), target); !errors.Is(err, network.ErrUnreachable) {
		t.Fatalf("armed too late: %v", err)
	}
}
