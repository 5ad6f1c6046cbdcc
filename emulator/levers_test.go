package emulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// told is the script of AT+QIGETERROR.
func told(code int, text string) string {
	return fmt.Sprintf("> AT+QIGETERROR\n< +QIGETERROR: %d,%s\n< OK\n", code, text)
}

// quiet switches the echo off.
const quiet = "> ATE0\n< OK\n@echo off\n"

const refused = "> AT+QIACT=2\n< ERROR\n"

// TestRefusePDP: the network refuses so many activations, or all until that is
// lifted.
func TestRefusePDP(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.pull(func(l emulator.Levers) { l.RefusePDP(emulator.OperationNotAllow, 2) })
		b.play("@echo off\n" + refused + told(572, "operation not allowed") + refused + "> AT+QIACT=2\n< OK\n> AT+QIDEACT=2\n< OK\n")
		b.pull(func(l emulator.Levers) { l.RefusePDP(emulator.OpenPDPFailed, 0) })
		b.play("@echo off\n" + strings.Repeat(refused+told(561, "open pdp context failed"), 5))
		b.pull(emulator.Levers.Reboot) // it is the network's
		b.play("@echo off\n" + booted + "@quiet 10s\n@echo on\n" + quiet + refused)
		b.pull(func(l emulator.Levers) { l.RefusePDP(emulator.Success, 0) })
		b.play("@echo off\n> AT+QIACT=2\n< OK\n")
	})
}

// TestRuling35APNRequired: a network that needs an APN refuses a context without
// one with 573.
func TestRuling35APNRequired(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.pull(func(l emulator.Levers) { l.SetAPNRequired(true) })
		b.play("@echo off\n" + refused + told(573, "apn not configured") + "> AT+QICSGP=2,1,\"UNINET\";+QIACT=2\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetAPNRequired(false) })
		b.play("@echo off\n> AT+QIACT=3\n< OK\n")
	})
}

// TestDrift: a context that has drifted shows as before, but nothing passes: what
// is open is silent, what is opened fails after 30 s. Deactivating it is the cure.
func TestDrift(t *testing.T) {
	bubble(t, &pipes{serve: echoing, slow: time.Second}, func(b *bench) {
		b.play("@echo off\n" + openBuffer)
		b.play("@echo off\n> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0\n< OK\n") // under way
		b.pull(func(l emulator.Levers) {
			if err := errors.Join(l.DriftPDP(1), l.DriftPDP(2)); err != nil {
				t.Error(err)
			}
			if l.DriftPDP(0) == nil || l.DriftPDP(16) == nil {
				t.Error("contexts 0 and 16 are taken")
			}
		})
		b.lasts(31*time.Second-settle, "< +QSSLOPEN: 5,566\n")
		b.play("@echo off\n> AT+QIACT?\n< +QIACT: 1,1,1,\"10.7.157.1\"\n< OK\n")
		b.lasts(30*time.Second, "> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 5,566\n")
		b.lasts(30*time.Second, "> AT+QSSLOPEN=1,0,5,\"name.lab\",443,0\n< OK\n< +QSSLOPEN: 5,565\n")
		b.lasts(30*time.Second, "> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,2\n< ERROR\n"+told(566, "socket connect failed"))
		// Another context is not concerned.
		b.play("@echo off\n> AT+QIACT=2\n< OK\n> AT+QSSLOPEN=2,0,5,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 5,0\n")
		send := "> AT+QSSLSEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n"
		b.play("@echo off\n" + strings.Repeat(send+"< SEND OK\n", 7) + send + `< SEND FAIL
@quiet 1h
> AT+QSSLRECV=4,1500
< +QSSLRECV: 0
< OK
`)
		if s := b.state(); s.PDP[0].State != "drifted" || s.PDP[1].State != "active" || s.SSL[0].State != "connected" {
			t.Errorf("%+v", s)
		}
		b.lasts(10*time.Second, "> AT+QSSLCLOSE=4\n< OK\n")
		b.play("@echo off\n> AT+QIDEACT=1\n< OK\n> AT+QIACT=1\n< OK\n" + openBuffer)
	})
	// What the server says or does is not heard either; a close that does not
	// wait is over at once; a reboot cures, too.
	bubble(t, &pipes{serve: chatty}, func(b *bench) {
		b.play("@echo off\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,1\n< OK\n< +QSSLOPEN: 4,0\n")
		b.pull(func(l emulator.Levers) {
			if err := l.DriftPDP(1); err != nil {
				t.Error(err)
			}
		})
		b.play("@echo off\n@quiet 1h\n> AT+QSSLCLOSE=4,0\n< OK\n> AT+QSSLSTATE\n< OK\n")
		b.pull(emulator.Levers.Reboot)
		b.play("@echo off\n" + booted + "@quiet 10s\n@echo on\n" + quiet + "> AT+QIACT=1\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,1\n< OK\n< +QSSLOPEN: 4,0\n" +
			"<< \\r\\n+QSSLURC: \"recv\",4,5\\r\\nhello\n< +QSSLURC: \"closed\",4\n")
	})
}

// TestMemory: without memory a new client is 553, those that are there live on,
// and a reboot frees it.
func TestMemory(t *testing.T) {
	const full = "> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 5,553\n"
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n" + openBuffer)
		b.pull(func(l emulator.Levers) { l.ExhaustMemory(true) })
		b.play("@echo off\n" + full + told(553, "memory not enough") + `> AT+QSSLOPEN=1,0,5,"192.0.2.1",443,1
< OK
< +QSSLOPEN: 5,553
> AT+QSSLOPEN=1,0,5,"192.0.2.1",443,2
< ERROR
` + told(553, "memory not enough") + `> AT+QSSLSEND=4,5
<< \r\n>\x20
>> hello
< SEND OK
< +QSSLURC: "recv",4
> AT+QSSLCLOSE=4;+QSSLSTATE
< OK
` + full)
		b.pull(func(l emulator.Levers) { l.ExhaustMemory(false) })
		b.play("@echo off\n" + openBuffer)
		b.pull(func(l emulator.Levers) { l.ExhaustMemory(true) })
		b.pull(emulator.Levers.Reboot)
		b.play("@echo off\n" + booted + "@quiet 10s\n@echo on\n" + quiet + "> AT+QIACT=1\n< OK\n" + openBuffer)
	})
}

// TestFullFiles: nothing more fits, nothing is lost, and what is deleted makes
// room.
func TestFullFiles(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+QFUPL=\"a\",5\n< CONNECT\n>> hello\n< +QFUPL: 5,6b09\n< OK\n> AT+QFLDS=\"UFS\"\n< +QFLDS: 282624,286720\n< OK\n")
		fill := func(on bool) {
			b.pull(func(l emulator.Levers) {
				if err := l.FillFiles(on); err != nil {
					t.Error(err)
				}
			})
		}
		fill(true)
		b.play(`@echo off
> AT+QFLDS="UFS"
< +QFLDS: 0,286720
< OK
> AT+QFUPL="b",5
< +CME ERROR: 420
> AT+QFLST
< +QFLST: "UFS:a",5
< OK
> AT+QFDEL="a"
< OK
> AT+QFUPL="b",4097
< +CME ERROR: 420
> AT+QFUPL="b",5
< CONNECT
>> hello
< +QFUPL: 5,6b09
< OK
`)
		fill(true)
		b.play("@echo off\n> AT+QFUPL=\"c\",5\n< +CME ERROR: 420\n")
		fill(false)
		b.play("@echo off\n> AT+QFLDS=\"UFS\"\n< +QFLDS: 282624,286720\n< OK\n")
	})
}

// TestState: the snapshot is what the commands tell, and its JSON has the names
// that scripts use.
func TestState(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	if err := files.Create("ca.pem", []byte("x")); err != nil {
		t.Fatal(err)
	}
	o := emulator.Options{
		Network: &pipes{serve: echoing}, Files: files, Seed: 1, RTC: time.Date(2021, 8, 25, 12, 0, 0, 0, time.UTC),
		Quirks: map[string]string{"recv-zero": "query"},
	}
	bubbleWith(t, o, func(b *bench) {
		b.play("> AT+QICSGP=1,1,\"UNINET\";+QICSGP=5,1,\"idle\";+QIACT=1;+QIACT=2\n< OK\n> ATE0\n< OK\n@echo off\n" + openBuffer +
			">> AT+QSSLSEND=4,5\\rhello\n<< \\r\\n>\\x20hello\n< SEND OK\n< +QSSLURC: \"recv\",4\n" +
			"> AT+QIOPEN=1,11,\"TCP\",\"192.0.2.1\",80,5000\n< OK\n< +QIOPEN: 11,0\n" +
			"> AT+QURCCFG=\"urcport\",\"usbat\"\n< OK\n>> AT+QFUPL=\"x\",9\\r\n< CONNECT\n")
		b.pull(func(l emulator.Levers) {
			if err := l.DeactivatePDP(2); err != nil {
				t.Error(err)
			}
		})
		got, err := json.MarshalIndent(b.state(), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/state.json")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("state (-want +got)\n%s", diff)
		}
		var back emulator.State
		if err := json.Unmarshal(got, &back); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(b.state(), back); diff != "" {
			t.Errorf("state read back (-want +got)\n%s", diff)
		}
	})
	if m, err := emulator.New(emulator.Options{Network: network.Offline{}}); err == nil {
		m.Close()
		if _, err := m.State(); !errors.Is(err, emulator.ErrClosed) {
			t.Error(err)
		}
		if err := m.Do(func(emulator.Levers) error { return nil }); !errors.Is(err, emulator.ErrClosed) {
			t.Error(err)
		}
	}
}

// TestDo: the error of what was done comes back.
func TestDo(t *testing.T) {
	m, _ := newModem(t, emulator.Options{})
	if err := m.Do(func(l emulator.Levers) error { return l.SetSignal(50) }); err == nil || !strings.Contains(err.Error(), "0-31, or 99") {
		t.Error(err)
	}
}
