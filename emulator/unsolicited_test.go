package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// TestSignalIndication: with "csq" on each change of the signal is told, as
// AT+CSQ tells it.
func TestSignalIndication(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		signal := func(rssi int) {
			b.t.Helper()
			if err := b.modem.Do(func(l emulator.Levers) error { return l.SetSignal(rssi) }); err != nil {
				b.t.Fatal(err)
			}
		}
		signal(20)
		b.play("@echo off\n@quiet 1h\n> AT+QINDCFG=\"csq\",1\n< OK\n")
		signal(24)
		b.play("< +QIND: \"csq\",24,99\n")
		signal(24)
		b.play("@quiet 1h\n")
		signal(99)
		b.play("< +QIND: \"csq\",99,99\n")
		b.play("@echo off\n> AT+QINDCFG=\"all\",0\n< OK\n")
		signal(5)
		b.play("@echo off\n@quiet 1h\n> AT+QINDCFG=\"all\",1;+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n")
		signal(6) // there is no radio to notice
		b.play("@quiet 1h\n")
	})
}

// TestURCDelay: with "urcdelay" unsolicited codes come later, in order, the
// result of an open among them; a reboot forgets those that have not come.
func TestURCDelay(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+QCFG=\"urcdelay\",100000\n< OK\n")
		b.pull(func(emulator.Levers) { b.modem.SendURC("+X: 1") })
		b.lasts(100*time.Second, "@echo off\n> AT+QCFG=\"urcdelay\",1000\n< OK\n"+
			"> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +X: 1\n< +QSSLOPEN: 4,0\n")
		b.pull(func(emulator.Levers) { b.modem.SendURC("+X: 2") })
		b.lasts(time.Second, "< +X: 2\n")
		b.pull(func(l emulator.Levers) {
			b.modem.SendURC("+X: 3")
			l.Reboot()
		})
		b.play("@timeout 1h\n" + booted)
		// More than may wait are dropped.
		b.pull(func(emulator.Levers) {
			for i := range 130 {
				b.modem.SendURC(fmt.Sprint("+X: ", i))
			}
		})
		if !b.events.noted("too many result codes are held back: dropped +X: 129") {
			t.Error("not noted")
		}
		var all strings.Builder
		for i := range 128 {
			fmt.Fprintf(&all, "< +X: %d\n", i)
		}
		b.play(all.String() + "@quiet 1h\n")
	})
}

// TestStoredURCDelay: a delay that was saved acts after power on, and in another
// run.
func TestStoredURCDelay(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	o := emulator.Options{Files: files}
	bubbleWith(t, o, func(b *bench) {
		b.play("> AT+QCFG=\"urcdelay\",5000\n< OK\n")
		b.pull(emulator.Levers.Reboot)
		b.lasts(12800*time.Millisecond, "< RDY\n< +CFUN: 1\n")
	})
	o.Boot = cold
	bubbleWith(t, o, func(b *bench) { b.lasts(12800*time.Millisecond, "< RDY\n< +CFUN: 1\n") })
}

// TestURCCacheHoldsPushes: data that would be pushed waits with the codes, and
// what the host sends does not.
func TestURCCacheHoldsPushes(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n" + openPush + `> AT+QCFG="urc/cache",1
< OK
>> AT+QSSLSEND=4,5\rhello
<< \r\n>\x20
< SEND OK
@quiet 1h
> AT+QCFG="urc/cache",0
< OK
<< \r\n+QSSLURC: "recv",4,5\r\nhello
`)
	})
}
