package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// A bubble begins at midnight UTC on 2000-01-01. A cold boot is registered 12.8 s
// after the host has come, and hears the time half a second later.

// TestNITZ: the network tells the time when the module is in service. AT+CTZU has
// the clock follow it, to UTC or to the local time, from the boot on that comes
// after the command; AT+CTZR tells of the zone.
func TestNITZ(t *testing.T) {
	for stored, clock := range map[string]string{
		"0": `"70/01/01,00:00:{c}+00"`,
		"1": `"00/01/01,00:{m1}:{s1}+00"`,
		"3": `"00/01/01,08:{m1}:{s1}+32"`,
	} {
		bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
			b.play(bootURCs + "@wait 2m\n> ATE0\n< OK\n@echo off\n")
			if stored != "0" {
				b.play("@echo off\n> AT+CTZU=" + stored + ";+CTZU?;+CCLK?\n< +CTZU: " + stored + "\n< +CCLK: \"70/01/01,00:0{m}:{s}+00\"\n< OK\n")
			}
			b.play("@echo off\n> AT+CTZR=1\n< OK\n> AT&W\n< OK\n")
			b.pull(emulator.Levers.Reboot)
			b.events.forget()
			b.play("@echo off\n< RDY\n< +CFUN: 1\n> AT+QLTS;+CTZR?\n< +QLTS: \"\"\n< +CTZR: 0\n< OK\n> AT+CTZR=2\n< OK\n" +
				"< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n" +
				"< +CTZE: \"+32\",0,\"2000/01/01,{hh}:{mm}:{ss}\"\n")
			b.play("@echo off\n> AT+CCLK?\n< +CCLK: " + clock + "\n< OK\n" +
				"> AT+QLTS;+QLTS=1;+QLTS=2\n< +QLTS: \"2000/01/01,00:{m2}:{s2}+32,0\"\n" +
				"< +QLTS: \"2000/01/01,00:{m3}:{s3}+32,0\"\n< +QLTS: \"2000/01/01,08:{m4}:{s4}+32,0\"\n< OK\n")
		})
	}
}

// TestNetworkClock: what the network tells can be bent; a module in service hears
// of it at once, and reports a zone that is another one.
func TestNetworkClock(t *testing.T) {
	o := emulator.Options{Quirks: map[string]string{"ctzu-effect": "now"}, RTC: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	bubbleWith(t, o, func(b *bench) {
		tell := func(c emulator.NetworkClock) {
			b.must(func(l emulator.Levers) error { return l.SetNetworkClock(c) })
		}
		b.play("> ATE0\n< OK\n@echo off\n> AT+CTZR=1;+CTZU=3\n< OK\n")
		b.events.forget()
		tell(emulator.NetworkClock{Zone: 4, DST: 1, Now: time.Now().Add(24 * time.Hour)})
		b.wantEvents("clock the network")
		b.play("@echo off\n< +CTZV: \"+04\"\n> AT+CCLK?;+QLTS=2\n< +CCLK: \"00/01/02,01:00:0{s}+04\"\n< +QLTS: \"2000/01/02,01:00:0{s2}+04,1\"\n< OK\n")
		tell(emulator.NetworkClock{Zone: 4, DST: 1}) // the same zone
		b.play("@echo off\n@quiet 1s\n> AT+CTZR=2\n< OK\n")
		tell(emulator.NetworkClock{Zone: -34})
		b.play("@echo off\n< +CTZE: \"-34\",0,\"1999/12/31,15:30:0{s3}\"\n> AT+CCLK?\n< +CCLK: \"99/12/31,15:30:0{s4}-34\"\n< OK\n")
		tell(emulator.NetworkClock{Silent: true, Zone: 8})
		b.play("@echo off\n@quiet 1s\n> AT+CTZR=0;+CCLK=\"21/08/25,12:00:00+00\"\n< OK\n")
		// Silence is no time after a boot, either.
		b.pull(emulator.Levers.Reboot)
		b.play(bootURCs + "@wait 1h\n> ATE0\n< OK\n@echo off\n> AT+QLTS=2;+CCLK?\n< +QLTS: \"\"\n< +CCLK: \"70/01/01,01:00:{s5}+00\"\n< OK\n")
	})
	// Firmware that takes the digits of UTC for those of the local time is hours
	// off, whatever AT+CTZU says.
	o.Quirks["clock-digits"] = "utc"
	bubbleWith(t, o, func(b *bench) {
		b.play("> ATE0\n< OK\n@echo off\n")
		for _, ctzu := range []string{"1", "3"} {
			b.play("@echo off\n> AT+CTZU=" + ctzu + ";+CCLK=\"21/08/25,12:00:00+00\"\n< OK\n")
			b.must(func(l emulator.Levers) error { return l.SetNetworkClock(emulator.NetworkClock{Zone: 32}) })
			b.play("@echo off\n> AT+CCLK?\n< +CCLK: \"00/01/01,00:00:0{s}+32\"\n< OK\n")
			if got := b.state().RTC.UTC().Format(time.DateTime); !strings.HasPrefix(got, "1999-12-31 16:00:0") {
				t.Errorf("AT+CTZU=%s: %s", ctzu, got)
			}
		}
	})
	m, _ := newModem(t, emulator.Options{})
	for _, bad := range []emulator.NetworkClock{{Zone: -49}, {Zone: 57}, {DST: 3}, {DST: -1}} {
		if err := m.Do(func(l emulator.Levers) error { return l.SetNetworkClock(bad) }); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestNITZIsLostWithTheService: what the network has not told before the service
// is lost does not come.
func TestNITZIsLostWithTheService(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.play("< RDY\n< +CFUN: 1\n> ATE0\n< OK\n@echo off\n> AT+CREG=1\n< OK\n< +CPIN: READY\n< +CREG: 2\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CREG: 1\n> AT+CFUN=4\n< OK\n< +CREG: 0\n@wait 1h\n> AT+QLTS\n< +QLTS: \"\"\n< OK\n")
	})
}

// TestStoredFollowing: a module that has long been up, and whose store says so,
// has followed the network; a time that was asked for stays.
func TestStoredFollowing(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play("> ATE0\n< OK\n@echo off\n> AT+CTZU=3;+CCLK?\n< +CCLK: \"00/01/01,00:00:0{s}+00\"\n< OK\n")
	})
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play("> AT+CCLK?\n< +CCLK: \"00/01/01,08:00:0{s}+32\"\n< OK\n")
	})
	bubbleWith(t, emulator.Options{Files: files, RTC: time.Date(2021, 8, 25, 12, 0, 0, 0, time.UTC), Network: network.Offline{}}, func(b *bench) {
		b.play("> AT+CCLK?\n< +CCLK: \"21/08/25,12:00:0{s}+00\"\n< OK\n")
	})
}
