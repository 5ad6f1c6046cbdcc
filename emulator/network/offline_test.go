package network

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
)

func TestOffline(t *testing.T) {
	for host, want := range map[string]string{
		"192.0.2.7":         "192.0.2.7",
		"2001:db8::1":       "2001:db8::1",
		"::ffff:192.0.2.7":  "192.0.2.7",
		"example.com":       "",
		"localhost":         "",
		"":                  "",
		"192.0.2.7.":        "",
		"300.1.1.1":         "",
		"[2001:db8::1]":     "",
		"220.180.239.212:1": "",
	} {
		got, err := Offline{}.Resolve(t.Context(), Query{Host: host, Port: 443})
		if want == "" {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("Resolve(%q) = %v, %v; want ErrNotFound", host, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, addrs(want)) {
			t.Errorf("Resolve(%q) = %v, %v; want %s", host, got, err, want)
		}
	}

	target := Target{Host: "127.0.0.1", Addr: netip.MustParseAddrPort("127.0.0.1:443")}
	if _, err := (Offline{}).Dial(t.Context(), target); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Dial: %v; want ErrUnreachable", err)
	}

	if _, err := Listen(t.Context(), Offline{}, 2020); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Listen: %v; want ErrUnreachable", err)
	}
	if _, err := ListenPacket(t.Context(), Offline{}, 2020); !errors.Is(err, ErrUnreachable) {
		t.Errorf("ListenPacket: %v; want ErrUnreachable", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Offline{}).Resolve(ctx, Query{Host: "192.0.2.7"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Resolve after its context ended: %v", err)
	}
	if _, err := (Offline{}).Dial(ctx, target); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial after its context ended: %v", err)
	}
}
