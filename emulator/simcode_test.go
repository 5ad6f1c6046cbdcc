package emulator_test

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// TestQPINCCounts: the tries go down with each wrong code and come back with a
// right one; they can be asked for while the SIM waits for a code.
func TestQPINCCounts(t *testing.T) {
	left := func(sc string) string {
		return "> AT+QPINC=\"SC\"\n< +QPINC: \"SC\"," + sc + "\n< OK\n"
	}
	const wrong = "> AT+CPIN=0000\n< +CME ERROR: 16\n"
	const wrongPUK = "> AT+CPIN=00000000,1111\n< +CME ERROR: 16\n"
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.play("< RDY\n< +CFUN: 1\n> ATE0\n< OK\n@echo off\n> AT+QPINC?\n< +CME ERROR: 14\n< +CPIN: SIM PIN\n" +
			left("3,10") + wrong + left("2,10") + wrong + left("1,10") + wrong + left("0,10") +
			wrongPUK + left("0,9") + wrongPUK + left("0,8") +
			// the right PUK with a PIN that is none costs nothing
			"> AT+CPIN=12345678,12\n< +CME ERROR: 16\n" + left("0,8") +
			"> AT+CPIN=12345678,2222\n< OK\n< +CPIN: READY\n" + left("3,10"))
	})
}

// TestLockBlocks: the third wrong PIN of AT+CLCK blocks the SIM as one of AT+CPIN
// does, and the network goes. What is locked asks at the next boot.
func TestLockBlocks(t *testing.T) {
	const wrong = "> AT+CLCK=\"SC\",1,\"0000\"\n< +CME ERROR: 16\n"
	bubble(t, network.Offline{}, func(b *bench) {
		b.events.forget()
		b.play("@echo off\n> AT+CREG=1\n< OK\n" + wrong + wrong + wrong + `< +CPIN: SIM PUK
< +CREG: 0
< +QIURC: "pdpdeact",1
> AT+CPIN?
< +CPIN: SIM PUK
< OK
> AT+CLCK="SC",2
< +CME ERROR: 12
> AT+CPWD="SC",1234,4321
< +CME ERROR: 12
> AT+CRSM=176,28514,0,0,0
< +CRSM: 105,130,""
< OK
> AT+CRSM=176,12258,0,0,1
< +CRSM: 144,0,"98"
< OK
> AT+CPIN=12345678,2222
< OK
` + read)
		b.wantEvents("sim puk, registration none, pdp.released service lost, sim ready, registration searching, registration home")
		b.play("@echo off\n> AT+CLCK=\"SC\",1,\"2222\"\n< OK\n> AT+CPWD=\"SC\",\"2222\",\"33333333\"\n< OK\n")
		b.pull(emulator.Levers.Reboot)
		b.play("< RDY\n< +CFUN: 1\n< +CPIN: SIM PIN\n> AT+CPIN=33333333\n< OK\n< +CPIN: READY\n")
	})
}
