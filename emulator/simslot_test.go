package emulator_test

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// TestSIMReports: with AT+QSIMDET the module notices what happens to its slot,
// and AT+QSIMSTAT has it told, before what follows from it. Both are stored.
func TestSIMReports(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play("> ATE0\n< OK\n@echo off\n> AT+CREG=1;+QSIMDET=1,1;+QSIMSTAT=1\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
		b.play("@echo off\n< +QSIMSTAT: 1,0\n< +CPIN: NOT READY\n< +CREG: 0\n> AT+QSIMSTAT?;+QINISTAT\n< +QSIMSTAT: 1,0\n< +QINISTAT: 0\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMReady) })
		b.play("@echo off\n< +QSIMSTAT: 1,1\n" + read + "> AT+QSIMSTAT?;+QINISTAT\n< +QSIMSTAT: 1,1\n< +QINISTAT: 7\n< OK\n")
		// One that asks for its PIN in the place of another: the slot is not empty meanwhile.
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.play("@echo off\n< +CPIN: SIM PIN\n< +CREG: 0\n> AT+QSIMSTAT?;+QINISTAT\n< +QSIMSTAT: 1,1\n< +QINISTAT: 0\n< OK\n")
	})
	bubbleWith(t, emulator.Options{Files: files, Boot: cold}, func(b *bench) {
		b.play("< RDY\n< +CFUN: 1\n> AT+QSIMSTAT?;+QSIMDET?\n< +QSIMSTAT: 1,2\n< +QSIMDET: 1,1\n< OK\n")
	})
}

// TestSIMUnnoticed: without AT+QSIMDET nobody is told of a SIM that is taken out,
// and one that is put in is not found until the SIM gets its supply anew, or the
// detection is switched on.
func TestSIMUnnoticed(t *testing.T) {
	const gone = "@quiet 1h\n> AT+CPIN?\n< +CME ERROR: 10\n> AT+QSIMSTAT?;+CREG?\n< +QSIMSTAT: 1,0\n< +CREG: 1,0\n< OK\n"
	for name, found := range map[string]string{
		"CFUN":    "> AT+CFUN=0\n< OK\n> AT+QSIMSTAT?\n< +QSIMSTAT: 1,2\n< OK\n> AT+CFUN=1\n< OK\n" + read,
		"QSIMDET": "> AT+QSIMDET=1,1\n< OK\n< +QSIMSTAT: 1,1\n" + read,
		"reboot":  "> AT+CREG=1;&W;+CFUN=1,1\n< OK\n< RDY\n< +CFUN: 1\n" + read,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, network.Offline{}, func(b *bench) {
				b.play("@echo off\n> AT+CREG=1;+QSIMSTAT=1\n< OK\n> AT+QIDEACT=1\n< OK\n")
				b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
				b.play("@echo off\n< +CREG: 0\n" + gone)
				b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
				b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) }) // in and out again: nothing
				b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMReady) })
				b.play("@echo off\n" + gone + found)
			})
		})
	}
}

// TestQINISTAT: it adds up what of the SIM has been read as the URCs of a boot
// tell it, and what needs the rest waits for it.
func TestQINISTAT(t *testing.T) {
	ask := func(n string) string { return "> AT+QINISTAT\n< +QINISTAT: " + n + "\n< OK\n" }
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.play("< RDY\n< +CFUN: 1\n> ATE0\n< OK\n@echo off\n" + ask("0") +
			"< +CPIN: READY\n" + ask("1") + "> AT+CNUM\n< +CME ERROR: 14\n> AT+CPBS?\n< +CME ERROR: 14\n> AT+CIMI\n< {n}\n< OK\n" +
			"< +QUSIM: 1\n" + ask("1") + "< +QIND: SMS DONE\n" + ask("3") +
			"< +QIND: PB DONE\n" + ask("7") + "> AT+CPBS?\n< +CPBS: \"SM\",0,250\n< OK\n")
	})
}
