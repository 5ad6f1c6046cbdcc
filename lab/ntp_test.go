package lab

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/sntp"
)

// askNTP asks the time server of the lab on a port.
func askNTP(t *testing.T, n network.Network, port uint16) (time.Time, error) {
	t.Helper()
	addrs, err := n.Resolve(t.Context(), network.Query{Host: "ntp.lab", Port: port})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := n.Dial(t.Context(), network.Target{Host: "ntp.lab", Addr: netip.AddrPortFrom(addrs[0], port), UDP: true})
	if err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got, err := sntp.Query(ctx, conn)
	return got, errors.Join(err, conn.Close())
}

func TestNTP(t *testing.T) {
	l := start(t)
	n := l.Network(network.Offline{})
	if got, err := askNTP(t, n, 123); err != nil || time.Since(got).Abs() > time.Minute {
		t.Errorf("%v %v", got, err)
	}
	if _, err := askNTP(t, n, 124); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := askNTP(t, n, 125); !errors.Is(err, sntp.ErrRefused) {
		t.Error(err)
	}
	if _, err := askNTP(t, n, 126); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err) // nobody there, which UDP does not tell
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := askNTP(t, n, 123); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
