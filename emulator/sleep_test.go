package emulator_test

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// TestSleep: with AT+QSCLK=1 a port whose DTR is off hears nothing, though it
// tells what is unsolicited; DTR wakes it, and so does a host that opens the
// device.
func TestSleep(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		dtr := func(on bool) {
			b.t.Helper()
			b.pull(func(l emulator.Levers) {
				if err := l.SetDTR("", on); err != nil {
					b.t.Error(err)
				}
			})
		}
		dtr(false)
		b.play("@echo off\n> AT\n< OK\n> AT+QSCLK=1\n< OK\n")
		b.play("@echo off\n>> AT+CSQ\\r\n@quiet 1h\n")
		if !b.events.noted("the module is asleep: 7 bytes") {
			t.Error("what it does not hear is not noted")
		}
		b.pull(func(emulator.Levers) { b.modem.SendURC("+X: 1") })
		b.play("< +X: 1\n")
		dtr(true)
		b.play("@echo off\n> AT\n< OK\n")
		dtr(false)
		b.play("@echo off\n>> AT\\r\n@quiet 1h\n")
		b.hangUp()
		b.play("@echo off\n> AT\n< OK\n")
		// It is not saved.
		dtr(false)
		b.pull(emulator.Levers.Reboot)
		b.play("@timeout 1h\n" + booted + "> AT+QSCLK?\n< +QSCLK: 0\n< OK\n")
		b.pull(func(l emulator.Levers) {
			if err := l.SetDTR("uart1", false); err == nil {
				t.Error("a port that there is none of has DTR")
			}
		})
	})
}

// TestDTROffIsADrop: DTR that goes off and stays does to a connection what a drop
// does.
func TestDTROffIsADrop(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT&D1\n< OK\n" + openTransparent)
		b.pull(func(l emulator.Levers) {
			if err := l.SetDTR("usbmodem", false); err != nil {
				t.Error(err)
			}
		})
		b.play("@echo off\n< OK\n> AT\n< OK\n> ATO\n< CONNECT\n")
	})
}
