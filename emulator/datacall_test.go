package emulator_test

import (
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

const (
	dialled   = "> ATD*99#\n< CONNECT\n"
	plusses   = "@wait 1.1s\n>> +++\n< OK\n"
	undialled = "> ATO\n< NO CARRIER\n"
)

// TestPPPTime: a host has 90 s from CONNECT on, whatever it sends, and also when
// it has taken its port back.
func TestPPPTime(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.lasts(90*time.Second, dialled+"< NO CARRIER\n"+undialled)
		b.lasts(90*time.Second, dialled+"@wait 50s\n>> AT\\r~\\xff}#\\xc0!} ~\n< NO CARRIER\n")
		b.lasts(90*time.Second, dialled+plusses+"> ATO\n< CONNECT\n@wait 50s\n>> hello\n"+plusses+"< NO CARRIER\n"+undialled)
	})
}

// TestDataCallEnds: a drop of DTR, the host's going, the network's end of the
// context and the loss of power end a call as AT&D has it.
func TestDataCallEnds(t *testing.T) {
	dtr := func(b *bench) {
		b.pull(func(l emulator.Levers) {
			if err := l.DropDTR(""); err != nil {
				b.t.Error(err)
			}
		})
	}
	suspended := func(act func(*bench)) func(*bench) {
		return func(b *bench) {
			b.play("@echo off\n" + plusses)
			act(b)
		}
	}
	const events = "> AT+CGEREP=2\n< OK\n"
	const up = "> AT+CGACT?\n< +CGACT: 1,1\n<| +CGACT: 2,1\n< OK\n"
	const down = "> AT+CGACT?\n< +CGACT: 1,1\n<| +CGACT: 2,0\n< OK\n"
	for _, c := range []struct {
		name, before string
		act          func(*bench)
		after        string
	}{
		{"DTR, AT&D2", "> AT&D2\n< OK\n", dtr, "< NO CARRIER\n" + undialled + down},
		{"DTR, AT&D1", "> AT&D1\n< OK\n", dtr, "< OK\n" + up + "> ATO\n< CONNECT\n< NO CARRIER\n" + down},
		{"DTR, AT&D0", "> AT&D0\n< OK\n", dtr, ">> AT\\r\n@quiet 1s\n< NO CARRIER\n" + down},
		{"the host goes, AT&D2", "> AT&D2\n< OK\n", (*bench).hangUp, undialled + down},
		{"the host goes, AT&D1", "> AT&D1\n< OK\n", (*bench).hangUp, up + "> ATH\n< OK\n" + undialled + down},
		{"DTR after +++, AT&D2", "> AT&D2\n< OK\n", suspended(dtr), "@timeout 1s\n< NO CARRIER\n" + undialled + down},
		{"DTR after +++, AT&D1", "> AT&D1\n< OK\n", suspended(dtr), quiet + up + "> ATO\n< CONNECT\n< NO CARRIER\n" + down},
		{"the host goes after +++, AT&D2", "> AT&D2\n< OK\n", suspended((*bench).hangUp), undialled + down},
		{"the host goes after +++, AT&D0", "> AT&D0\n< OK\n", suspended((*bench).hangUp), up + "> ATO\n< CONNECT\n< NO CARRIER\n" + down},
		{"the network takes it", events, func(b *bench) { b.drops(2) }, "< NO CARRIER\n< +CGEV: ME PDN ACT 2\n< +CGEV: NW PDN DEACT 2\n" + down},
		{"another is taken", events, func(b *bench) { b.drops(1) }, "@quiet 1s\n< NO CARRIER\n< +CGEV: ME PDN ACT 2\n< +CGEV: NW PDN DEACT 1\n< +QIURC: \"pdpdeact\",1\n< +CGEV: ME PDN DEACT 2\n"},
		{"service is lost", events, func(b *bench) {
			b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) })
		}, "< NO CARRIER\n< +CGEV: ME PDN ACT 2\n< +CGEV: NW DETACH\n< +QIURC: \"pdpdeact\",1\n"},
		{"the module reboots", "", func(b *bench) { b.pull(emulator.Levers.Reboot) }, booted + "@quiet 5m\n@echo on\n" + quiet + undialled + down},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, network.Offline{}, func(b *bench) {
				b.play("@echo off\n> AT+CGDCONT=2,\"IP\"\n< OK\n" + c.before + "> ATD*99***2#\n< CONNECT\n")
				c.act(b)
				b.play("@echo off\n" + c.after)
			})
		})
	}
}

// TestEventsAndData: while the port of URCs carries data, events wait for it or
// are lost, as AT+CGEREP has it.
func TestEventsAndData(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CGDCONT=2,\"IP\";+CGEREP=1;+QIACT=2\n< OK\n< +CGEV: ME PDN ACT 2\n" + dialled)
		b.drops(2)
		b.play("@echo off\n@quiet 1s\n" + plusses + "< +QIURC: \"pdpdeact\",2\n> AT+QIDEACT=2;+QIACT=2\n< OK\n< +CGEV: ME PDN ACT 2\n" +
			"> AT+CGEREP=2\n< OK\n> ATO\n< CONNECT\n")
		b.drops(2)
		b.play("@echo off\n@quiet 1s\n" + plusses + "< +CGEV: NW PDN DEACT 2\n< +QIURC: \"pdpdeact\",2\n")
	})
}

// TestOneDataCall: another port cannot dial meanwhile, but end the call.
func TestOneDataCall(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		second := &bench{t: t, dev: dev, timeout: b.timeout}
		b.play("@echo off\n" + dialled)
		second.play(quiet + "> ATD*99#\n< NO CARRIER\n> ATH\n< OK\n> ATO\n< NO CARRIER\n")
		b.play("@echo off\n@quiet 1s\n")
		second.play("@echo off\n> AT+QPPPDROP\n< OK\n" + dialled)
		b.play("@echo off\n< NO CARRIER\n" + undialled)
		second.play("@echo off\n< NO CARRIER\n")
	})
}

// TestTerminateInPieces: an LCP Terminate-Request is seen however it comes, and
// other frames are not taken for one.
func TestTerminateInPieces(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n" + dialled + `>> \x7e\xff\x7d
@wait 1s
>> \x23\xc0
@wait 1s
>> \x21\x7d
@wait 1s
>> \x25\x7d
< NO CARRIER
` + dialled + `>> \x7e\xff\x03\xc0\x21\x09\x05\x7e\xff\x03\x80\x21\x05\x7e\xff\x03\xc0\x21\x7d\x26\xff\x03\xc0\x21\x05\x7e
@quiet 10s
>> \x7e\xff\x03\xc0\x21\x05
< NO CARRIER
`)
	})
}
