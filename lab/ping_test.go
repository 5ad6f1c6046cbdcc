package lab

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/quectel-sim/qsim/emulator/network"
)

// TestPing: the lab's hosts answer by name and address while the lab is open;
// others are the next network's.
func TestPing(t *testing.T) {
	l, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := l.Network(network.Offline{})
	ping := func(host, addr string) error {
		_, err := network.Ping(context.Background(), n, network.Target{Host: host, Addr: netip.AddrPortFrom(netip.MustParseAddr(addr), 0)}, 32)
		return err
	}
	if err := errors.Join(ping("echo.lab", "192.0.2.10"), ping("192.0.2.10", "192.0.2.10"), ping("220.180.239.212", "220.180.239.212")); err != nil {
		t.Error(err)
	}
	if err := ping("192.0.2.200", "192.0.2.200"); !errors.Is(err, network.ErrUnreachable) {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ping("echo.lab", "192.0.2.10"); !errors.Is(err, network.ErrUnreachable) {
		t.Error(err)
	}
}
