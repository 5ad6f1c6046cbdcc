package emulator_test

import (
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// TestScanTakesItsTime: a scan lasts 40 s on the modem's clock, in which the line
// is busy; a second port's scan gets the same answer at the same time.
func TestScanTakesItsTime(t *testing.T) {
	const list = "< +COPS: (2,\"CHN-UNICOM\",\"UNICOM\",\"46001\",7),(3,\"CHINA MOBILE\",\"CMCC\",\"46000\",7),(3,\"CHN-CT\",\"CT\",\"46011\",7),,(0-4),(0-2)\n< OK\n"
	bubble(t, network.Offline{}, func(b *bench) {
		b.lasts(40*time.Second, "> AT+COPS=?\n"+list)
		b.play("@echo off\n>> AT+COPS=?\\r\n@wait 10s\n")
		start := time.Now()
		b.elsewhere("> AT+COPS=?\n" + list)
		if d := time.Since(start).Round(time.Second); d != 30*time.Second {
			t.Errorf("the second one took %v", d)
		}
		b.play("@echo off\n" + list)
	})
}

// second is the bench of another port of the modem, without echo.
func (b *bench) second() *bench {
	b.t.Helper()
	p, dev := port.Pipe()
	if err := b.modem.Attach(p); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { dev.Close() })
	other := &bench{t: b.t, dev: dev, timeout: b.timeout}
	other.play("> ATE0\n< OK\n")
	return other
}

// TestSearchCutShort: a command that waits for the network is answered when there
// is nothing to wait for any more, and a reboot forgets it.
func TestSearchCutShort(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		second := b.second()
		b.play("@echo off\n> AT+COPS=2\n< OK\n< +QIURC: \"pdpdeact\",1\n>> AT+COPS=0\\r\n@wait 1s\n")
		second.play("@echo off\n> AT+CFUN=4\n< OK\n")
		b.play("@echo off\n< +CME ERROR: 30\n> AT+COPS?\n< +COPS: 0\n< OK\n")
		second.play("@echo off\n> AT+CFUN=1\n< OK\n")
		b.play("@echo off\n< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n@wait 10s\n>> AT+COPS=?\\r\n@wait 1s\n")
		second.play("@echo off\n> AT+CFUN=4\n< OK\n")
		b.play("@echo off\n< +CME ERROR: 3\n")
	})
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+COPS=2\n< OK\n< +QIURC: \"pdpdeact\",1\n>> AT+COPS=1,2,\"46001\"\\r\n@wait 1s\n")
		b.pull(emulator.Levers.Reboot)
		b.play(bootURCs + "@wait 1m\n> ATE0\n< OK\n@echo off\n> AT+COPS?\n< +COPS: 0,0,\"CHN-UNICOM\",7\n< OK\n>> AT+COPS=?\\r\n@wait 1s\n")
		b.pull(emulator.Levers.Reboot)
		b.play(bootURCs + "@quiet 2m\n> AT+CGATT?\n< +CGATT: 1\n< OK\n")
	})
}

// TestManualChoiceFollowsTheNetwork: a module that was told where to be does not
// go elsewhere when the place changes.
func TestManualChoiceFollowsTheNetwork(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+COPS=1,2,\"46001\";+CREG=1\n< OK\n")
		b.pull(register(emulator.Roaming))
		b.play("@echo off\n< +CREG: 2\n< +QIURC: \"pdpdeact\",1\n")
		b.pull(register(emulator.Denied))
		b.play("@echo off\n< +CREG: 3\n")
		b.pull(register(emulator.Home))
		b.play("@echo off\n< +CREG: 1\n> AT+COPS?\n< +COPS: 1,2,\"46001\",7\n< OK\n")
	})
}

// TestDetachedUntilTheRadioIsBack: a radio that comes on attaches anew; one that
// was told to be in no operator's network is in none.
func TestDetachedUntilTheRadioIsBack(t *testing.T) {
	const off = "> AT+CFUN=4;+CFUN=1\n< OK\n< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n@wait 1m\n"
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CGATT=0\n< OK\n< +QIURC: \"pdpdeact\",1\n" + off + "> AT+CGATT?\n< +CGATT: 1\n< OK\n")
		b.pull(register(emulator.Roaming))
		b.play("@echo off\n> AT+CGATT=0\n< OK\n")
		b.pull(register(emulator.Home)) // does not bring it back
		b.play("@echo off\n> AT+CGATT?\n< +CGATT: 0\n< OK\n> AT+COPS=0\n< OK\n> AT+CGATT?\n< +CGATT: 1\n< OK\n")
		b.play("@echo off\n> AT+COPS=2\n< OK\n" + off + "> AT+COPS?\n< +COPS: 2\n< OK\n")
	})
}

// TestDeniedAnswers: commands that want into a network which denies them say so,
// after a search.
func TestDeniedAnswers(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.pull(register(emulator.Denied))
		b.play("@echo off\n< +QIURC: \"pdpdeact\",1\n")
		for _, command := range []string{"AT+COPS=0", "AT+CGATT=1", `AT+COPS=4,2,"46000"`} {
			b.lasts(map[bool]time.Duration{true: 8 * time.Second, false: 4 * time.Second}[command[8] == '4'], "> "+command+"\n< +CME ERROR: 32\n")
		}
	})
	bubbleWith(t, emulator.Options{}, func(b *bench) {
		b.play("> ATE0\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
		b.play("@echo off\n> AT+COPS=0\n< +CME ERROR: 10\n> AT+CGATT=1\n< +CME ERROR: 10\n> AT+COPS=?\n< +CME ERROR: 10\n" +
			"> AT+QENG=\"servingcell\"\n< +QENG: \"servingcell\",\"LIMSRV\",\"LTE\",\"FDD\",460,01,82E8C80,348,1650,3,5,5,550A,-83,-15,-65,7,38\n< OK\n")
	})
}
