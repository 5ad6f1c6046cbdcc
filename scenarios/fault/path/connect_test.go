package path_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
	"github.com/quectel-sim/qsim/tlsstack"
)

func TestConnect(t *testing.T) {
	for name, tt := range map[string]struct {
		fault path.ConnectFault
		err   error
		text  string
		takes time.Duration // on the wall; the modem's clock runs at speed 20
	}{
		"slow":          {fault: path.ConnectFault{Wait: 10 * time.Second}, takes: 500 * time.Millisecond},
		"refused":       {path.ConnectFault{How: path.Refused}, syscall.ECONNREFUSED, "dial tcp 192.0.2.1:443: connect: connection refused", 0},
		"refused late":  {path.ConnectFault{How: path.Refused, Wait: time.Second}, syscall.ECONNREFUSED, "dial tcp 192.0.2.1:443: connect: connection refused", 50 * time.Millisecond},
		"times out":     {path.ConnectFault{How: path.TimesOut}, context.DeadlineExceeded, "dial tcp 192.0.2.1:443: context deadline exceeded", time.Minute},
		"slower still":  {path.ConnectFault{Wait: time.Hour}, context.DeadlineExceeded, "dial tcp 192.0.2.1:443: context deadline exceeded", time.Minute},
		"unreachable":   {path.ConnectFault{How: path.Unreachable}, network.ErrUnreachable, "connect to 192.0.2.1:443: network is unreachable", 0},
		"no socket":     {path.ConnectFault{How: path.NoSocket}, syscall.EMFILE, "dial tcp 192.0.2.1:443: socket: too many open files", 0},
		"unsupported":   {path.ConnectFault{How: path.Unsupported}, syscall.EAFNOSUPPORT, "dial tcp 192.0.2.1:443: socket: address family not supported by protocol", 0},
		"no local port": {path.ConnectFault{How: path.NoBind}, syscall.EADDRNOTAVAIL, "dial tcp 192.0.2.1:443: bind: cannot assign requested address", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				defer a.Close()
				defer b.Close()
				p := newPath(20)
				p.Connect(tt.fault)
				for i, way := range []network.Network{p.Open(over(a)), p.Open(over(a))} {
					if i == 1 { // it was armed for one open
						tt.err, tt.takes = nil, 0
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					began := time.Now()
					_, err := way.Dial(ctx, target)
					if !errors.Is(err, tt.err) || err != nil && err.Error() != tt.text {
						t.Errorf("open %d: %v; want %v, %q", i+1, err, tt.err, tt.text)
					}
					if d := time.Since(began); d != tt.takes {
						t.Errorf("open %d: took %v, want %v", i+1, d, tt.takes)
					}
				}
			})
		})
	}
}

// The connection stands, and the handshake finds it reset.
func TestConnectsAndReset(t *testing.T) {
	_, below := startLab(t)
	p := newPath(1)
	p.Connect(path.ConnectFault{How: path.ConnectsAndReset})
	conn, err := reach(testContext(t), p.Open(below), "echo.lab", 4433)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tlsstack.Dial(testContext(t), conn, tlsstack.Config{})
	if e, ok := errors.AsType[*tlsstack.Error](err); !ok || e.Kind != tlsstack.KindClosed || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Dial: %v; want a reset", err)
	}
	secure(t, p, below, 4433)
}
