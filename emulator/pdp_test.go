package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// drops has the network take a context away.
func (b *bench) drops(id int) {
	b.t.Helper()
	b.pull(func(l emulator.Levers) {
		if err := l.DeactivatePDP(id); err != nil {
			b.t.Error(err)
		}
	})
}

const (
	cgactUp   = "> AT+CGACT?\n< +CGACT: 1,1\n< OK\n"
	cgactDown = "> AT+CGACT?\n< +CGACT: 1,0\n< OK\n"
)

// TestDefaultBearer: it is up two seconds after the registration, and goes with
// it; the host is told as AT+CGEREP has it.
func TestDefaultBearer(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: emulator.Boot{Cold: true}}, func(b *bench) {
		b.play(booted + quiet + "> AT+CREG?\n< +CREG: 0,2\n< OK\n" + cgactDown + "> AT+CGEREP=2\n< OK\n> AT+CREG=1\n< OK\n" +
			"< +CREG: 1\n" + cgactDown + "< +CGEV: ME PDN ACT 1\n" + cgactUp)
		b.play("@echo off\n> AT+QIACT=1\n< OK\n> AT+CFUN=4\n< OK\n< +CREG: 0\n< +CGEV: ME DETACH\n< +QIURC: \"pdpdeact\",1\n" + cgactDown +
			"> AT+CGPADDR=1\n< +CGPADDR: 1\n< OK\n> AT+CGACT=1,1\n< +CME ERROR: 30\n> ATD*99#\n< NO CARRIER\n")
		b.play("@echo off\n> AT+CFUN=1\n< OK\n< +CPIN: READY\n< +CREG: 2\n@quiet 100ms\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n" +
			"< +CREG: 1\n< +CGEV: ME PDN ACT 1\n" + cgactUp)
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) })
		b.play("@echo off\n< +CREG: 3\n< +CGEV: NW DETACH\n" + cgactDown)
		// A service that is lost again before the bearer is up brings none.
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Home); l.SetRegistration(emulator.NotRegistered) })
		b.play("@echo off\n< +CREG: 1\n< +CREG: 0\n< +CGEV: NW DETACH\n@quiet 1m\n" + cgactDown)
	})
}

// TestDeactivatePDPBothLayers: what the network takes is gone from both layers,
// also when only one of them has it.
func TestDeactivatePDPBothLayers(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CGEREP=1\n< OK\n")
		b.drops(1)
		b.play("@echo off\n< +CGEV: NW PDN DEACT 1\n< +QIURC: \"pdpdeact\",1\n" + cgactDown + "> AT+QIACT?\n< OK\n")
		b.drops(1) // there is nothing to take
		b.play("@echo off\n@quiet 1m\n> AT+QIDEACT=1\n< OK\n> AT+CGACT=1,1\n< OK\n< +CGEV: ME PDN ACT 1\n")
		b.drops(1) // the bearer alone
		b.play("@echo off\n< +CGEV: NW PDN DEACT 1\n" + cgactDown + "> AT+QIACT=1\n< OK\n< +CGEV: ME PDN ACT 1\n" + cgactDown)
		b.drops(1) // the stack's context alone
		b.play("@echo off\n< +CGEV: NW PDN DEACT 1\n< +QIURC: \"pdpdeact\",1\n")
	})
}

// TestRefusePDPBothLayers: the network's refusal is 100 for a bearer and NO
// CARRIER for a data call; an APN may come from either layer.
func TestRefusePDPBothLayers(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CGDCONT=2,\"IP\"\n< OK\n> AT+CGDCONT=3,\"IP\",\"apn\"\n< OK\n")
		b.pull(func(l emulator.Levers) { l.RefusePDP(emulator.OpenPDPFailed, 2) })
		b.play("@echo off\n> AT+CGACT=1,2\n< +CME ERROR: 100\n> ATD*99***2#\n< NO CARRIER\n> AT+CGACT=1,2\n< OK\n> AT+CGACT=0,2\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetAPNRequired(true) })
		b.play("@echo off\n> AT+CGACT=1,2\n< +CME ERROR: 100\n> AT+QIACT=2\n< ERROR\n" + tells(573) + "> AT+CGACT=1,3\n< OK\n> AT+QIACT=3\n< OK\n")
	})
}

// TestDriftBothLayers: while a context has drifted AT+CGACT? has another bearer
// up, and what is asked of the network gets no answer; AT+QIDEACT cures it.
func TestDriftBothLayers(t *testing.T) {
	drift := func(b *bench) {
		b.pull(func(l emulator.Levers) {
			if err := l.DriftPDP(1); err != nil {
				b.t.Error(err)
			}
		})
	}
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+QPING=1,\"192.0.2.1\",2,2\n< OK\n< +QPING: 0,\"192.0.2.1\",32,0,0\n")
		drift(b) // in the midst of a series
		b.play("@echo off\n< +QPING: 569\n< +QPING: 0,2,1,1,0,0,0\n> AT+CGEREP=2\n< OK\n")
		drift(b)
		b.play("@echo off\n> AT+CGACT?\n< +CGACT: 1,0\n<| +CGACT: 9,1\n< OK\n> AT+QIACT?\n< +QIACT: 1,1,1,\"10.7.157.1\"\n< OK\n" +
			"> AT+CGPADDR\n< +CGPADDR: 1,\"10.7.157.1\"\n<| +CGPADDR: 9,\"10.7.157.2\"\n< OK\n> AT+CGDCONT?\n< +CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0,0\n< OK\n")
		b.lasts(30*time.Second, "> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n< +QIURC: \"dnsgip\",565\n")
		b.lasts(2*time.Second, "> AT+QPING=1,\"192.0.2.1\",2,1\n< OK\n< +QPING: 569\n< +QPING: 0,1,0,1,0,0,0\n")
		b.play("@echo off\n> AT+QIDEACT=1\n< OK\n< +CGEV: ME PDN DEACT 9\n" + cgactUp + "> AT+QIACT=1\n< OK\n> AT+QPING=1,\"192.0.2.1\",2,1\n" +
			"< OK\n< +QPING: 0,\"192.0.2.1\",32,0,0\n< +QPING: 0,1,1,0,0,0,0\n")
		// The next bearer that is free, if 9 is not; and the network takes it.
		b.play("@echo off\n> AT+CGDCONT=9,\"IP\"\n< OK\n")
		drift(b)
		b.play("@echo off\n< +CGEV: ME PDN ACT 10\n> AT+CGACT?\n< +CGACT: 1,0\n<| +CGACT: 9,0\n<| +CGACT: 10,1\n< OK\n")
		b.drops(10)
		b.play("@echo off\n< +CGEV: NW PDN DEACT 10\n> AT+QIDEACT=1\n< OK\n< +CGEV: ME PDN DEACT 1\n> AT+CGACT?\n< +CGACT: 1,0\n<| +CGACT: 9,0\n< OK\n")
		// A bearer that was down stays down.
		b.play("@echo off\n> AT+QIACT=1\n< OK\n< +CGEV: ME PDN ACT 1\n")
		drift(b)
		b.play("@echo off\n> AT+CGACT?\n< +CGACT: 1,0\n<| +CGACT: 9,0\n< OK\n")
	})
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+CGEREP=2\n< OK\n")
		drift(b)
		b.play("@echo off\n< +CGEV: ME PDN ACT 9\n> AT+CFUN=4\n< OK\n< +CGEV: ME DETACH\n< +QIURC: \"pdpdeact\",1\n" + cgactDown)
	})
}

// TestDefinitionsAreStored: AT+CGDCONT and AT+CGAUTH outlive power and the
// process; that nothing is defined does, too. AT+QICSGP does not (family).
func TestDefinitionsAreStored(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	const read = "> AT+CGDCONT?;+CGAUTH?;+CGEREP?;+CLIP?\n< +CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0,0\n" +
		"<| +CGDCONT: 5,\"IPV6\",\"a,b\",\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\",0,0,0\n< +CGAUTH: 5,2,\"u\",\"p\"\n< +CGEREP: 0,0\n< +CLIP: 0,2\n< OK\n"
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play(quiet + "> AT+CGDCONT=5,\"IPV6\",\"a,b\";+CGAUTH=5,2,\"u\",\"p\"\n< OK\n> AT+CGEREP=2;+CLIP=1;+QICSGP=1,1,\"gone\";+QIACT=1\n< OK\n" +
			"> AT+CGACT=1,5\n< OK\n< +CGEV: ME PDN ACT 5\n")
		b.pull(emulator.Levers.Reboot)
		b.play("@echo off\n" + booted + "@quiet 10s\n@echo on\n" + quiet + read + "> AT+CGACT?\n< +CGACT: 1,1\n<| +CGACT: 5,0\n< OK\n" +
			"> AT+QICSGP=1;+QIACT?\n< +QICSGP: 1,\"\",\"\",\"\",0\n< OK\n")
	})
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play(quiet + read + "> AT+CGACT=0;+CGDCONT=1;+CGDCONT=5\n< OK\n")
	})
	bubbleWith(t, emulator.Options{Files: files, Boot: emulator.Boot{Cold: true}}, func(b *bench) {
		b.play(booted + quiet + "> AT+CGDCONT?\n< OK\n> AT+CGACT?\n< OK\n@quiet 10s\n" + cgactUp) // on LTE there is always one
	})
}

// TestEventsWait: at most sixteen wait, the latest.
func TestEventsWait(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CGDCONT=2,\"IP\"\n< OK\n" + strings.Repeat("> AT+CGACT=1,2;+CGACT=0,2\n< OK\n", 10) +
			"> AT+CGEREP=2,1\n< OK\n" + strings.Repeat("< +CGEV: ME PDN ACT 2\n< +CGEV: ME PDN DEACT 2\n", 8) +
			"> AT+CGEREP=0,1\n< OK\n> AT+CGEREP=1,1\n< OK\n@quiet 1s\n")
	})
}
