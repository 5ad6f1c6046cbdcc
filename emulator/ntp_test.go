package emulator_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/sntp"
)

// timeServer is a network in memory with nothing but a time server behind it,
// which tells the bubble's time. It stays silent so many times before.
type timeServer struct {
	pipes
	silent int
	asked  int
}

func (s *timeServer) Dial(_ context.Context, t network.Target) (net.Conn, error) {
	if !t.UDP || t.Addr.Port() != sntp.Port {
		return nil, network.ErrUnreachable
	}
	client, server := net.Pipe()
	s.asked++
	answers := s.asked > s.silent
	go func() {
		defer server.Close()
		buf := make([]byte, 512)
		n, err := server.Read(buf)
		if err == nil && answers {
			_, _ = server.Write(sntp.Answer(buf[:n], time.Now()))
		}
		_, _ = server.Read(buf) // until the module has done
	}()
	return client, nil
}

// Scripts of AT+QNTP: a bubble begins at midnight UTC on 2000-01-01.
const (
	askTime  = "> AT+QNTP=1,\"192.0.2.1\"\n< OK\n"
	timeCame = "< +QNTP: 0,\"2000/01/01,08:{m}:{s}+32\"\n"
)

// TestNTPTries: the third try of three succeeds; tries are 15 s apart, or as the
// command says.
func TestNTPTries(t *testing.T) {
	s := &timeServer{silent: 2}
	bubble(t, s, func(b *bench) {
		b.lasts(30*time.Second, askTime+timeCame)
		b.lasts(0, askTime+timeCame)
		s.silent = 1000
		b.lasts(45*time.Second, askTime+"< +QNTP: 569\n")
		b.lasts(5*time.Second, "> AT+QNTP=1,\"192.0.2.1\",123,1,1,5\n< OK\n< +QNTP: 569\n")
		b.lasts(600*time.Second, "> AT+QNTP=1,\"192.0.2.1\",123,1,10,60\n< OK\n< +QNTP: 569\n")
	})
	// A closed port is no quicker, but for the last try.
	bubble(t, &timeServer{}, func(b *bench) {
		b.lasts(30*time.Second, "> AT+QNTP=1,\"192.0.2.1\",124\n< OK\n< +QNTP: 566\n")
	})
}

// TestNTPSetsTheClock unless it is told not to, and in the zone that the network
// told, or else the clock's.
func TestNTPSetsTheClock(t *testing.T) {
	bubbleWith(t, emulator.Options{Network: &timeServer{}, RTC: time.Date(2021, 8, 25, 12, 0, 0, 0, time.UTC)}, func(b *bench) {
		b.play("> ATE0\n< OK\n@echo off\n> AT+QIACT=1\n< OK\n> AT+QNTP=1,\"192.0.2.1\",,0\n< OK\n" + timeCame + "> AT+CCLK?\n< +CCLK: \"21/08/25,12:00:0{x}+00\"\n< OK\n")
		b.events.forget()
		b.play("@echo off\n" + askTime + timeCame)
		b.wantEvents("clock AT+QNTP")
		b.play("@echo off\n> AT+CCLK?\n< +CCLK: \"00/01/01,08:00:0{x}+32\"\n< OK\n")
		b.must(func(l emulator.Levers) error { return l.SetNetworkClock(emulator.NetworkClock{Silent: true}) })
		b.pull(emulator.Levers.Reboot)
		b.play(bootURCs + "@wait 1m\n> ATE0\n< OK\n@echo off\n> AT+CCLK=\"70/01/01,00:00:00-20\";+QIACT=1\n< OK\n" + askTime +
			"< +QNTP: 0,\"1999/12/31,19:01:{s}-20\"\n> AT+CCLK?\n< +CCLK: \"99/12/31,19:01:{s2}-20\"\n< OK\n")
	})
}

// TestNTPWithoutItsContext: a question whose context goes has failed at once.
func TestNTPWithoutItsContext(t *testing.T) {
	slow := &timeServer{silent: 1}
	last := map[string]emulator.Code{"561": emulator.Success, "570": emulator.PDPBroken} // AT+QIDEACT is a success itself
	for end, want := range map[string]string{
		"> AT+QIDEACT=1\n< OK\n":                        "561",
		"> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n": "570",
	} {
		slow.asked = 0
		bubble(t, slow, func(b *bench) {
			b.play("@echo off\n" + askTime + end + "< +QNTP: " + want + "\n" + tells(last[want]))
		})
	}
	// One that has drifted lets nothing pass.
	bubble(t, &timeServer{}, func(b *bench) {
		b.must(func(l emulator.Levers) error { return l.DriftPDP(1) })
		b.lasts(30*time.Second, "> AT+QNTP=1,\"time.test\"\n< OK\n< +QNTP: 565\n")
		b.lasts(45*time.Second, askTime+"< +QNTP: 569\n")
	})
	// The modem may be closed meanwhile.
	bubble(t, slow, func(b *bench) {
		slow.asked = 0
		b.play("@echo off\n" + askTime)
	})
	// A reboot forgets it.
	bubble(t, slow, func(b *bench) {
		slow.asked = 0
		b.play("@echo off\n" + askTime)
		b.pull(emulator.Levers.Reboot)
		b.play("@echo off\n" + bootURCs + "@quiet 1h\n@echo on\n> ATE0\n< OK\n@echo off\n> AT+QNTP?\n< OK\n")
	})
}

// Natural causes of result codes.
func init() {
	for words, p := range map[string]provocation{
		"561, AT+QNTP: the PDP context is not active, or no longer":                {script: "> AT+QNTP=2,\"192.0.2.1\"\n< OK\n< +QNTP: 561\n"},
		"565, AT+QNTP: as with AT+QIDNSGIP":                                        {net: nameless, script: "> AT+QNTP=1,\"time.test\"\n< OK\n< +QNTP: 565\n"},
		"566, AT+QNTP: the server cannot be reached, or does not want to be asked": {net: &pipes{refuse: true}, script: askTime + "< +QNTP: 566\n"},
		"568, AT+QNTP: another time server is being asked": {
			net: &pipes{}, script: askTime, act: func(b *bench) {
				b.play("@echo off\n> AT+QNTP=1,\"192.0.2.1\"\n< ERROR\n" + tells(568) + "< +QNTP: 569\n> AT+QNTP=1,\"192.0.2.1\"\n< OK\n> AT+QNTP=2,\"192.0.2.1\"\n< ERROR\n")
			},
		},
		"569, AT+QNTP: the server does not answer": {net: &pipes{}, script: askTime + "< +QNTP: 569\n"},
		"570, AT+QNTP: the PDP context is gone, or goes while the server is asked": {
			script: "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n" + askTime + "< +QNTP: 570\n",
		},
	} {
		provocations[words] = p
	}
}

// lookups resolve after a while.
type lookups struct {
	timeServer
	after time.Duration
}

func (n *lookups) Resolve(ctx context.Context, _ network.Query) ([]netip.Addr, error) {
	select {
	case <-time.After(n.after):
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestNTPSlowName: a name may take 60 s.
func TestNTPSlowName(t *testing.T) {
	bubble(t, &lookups{after: 59 * time.Second}, func(b *bench) { b.lasts(59*time.Second, askTime+timeCame) })
	bubble(t, &lookups{after: 61 * time.Second}, func(b *bench) { b.lasts(60*time.Second, askTime+"< +QNTP: 565\n") })
}
