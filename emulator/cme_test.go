package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// provenBy are the errors that come in surroundings of their own, as in a boot.
// Other tests are about these, and TestFileCauses about those of files.
var provenBy = map[emulator.CME]string{
	emulator.CMESIMBusy: "TestRuling22ColdBoot",
}

// TestCMECauses: each mobile equipment error that says when it comes, comes
// then, with its number or its text.
func TestCMECauses(t *testing.T) {
	sim := func(to emulator.SIMState) func(*bench) {
		return func(b *bench) { b.pull(func(l emulator.Levers) { l.SetSIM(to) }) }
	}
	wrongPIN2 := "> AT+CPWD=\"P2\",0000,1111\n"
	const imsi = "> AT+CIMI\n"
	tests := map[emulator.CME]struct {
		before func(*bench)
		script string
	}{
		emulator.CMENotAllowed:    {nil, "> AT+CPIN=1234\n"},
		emulator.CMENoSIM:         {sim(emulator.SIMAbsent), "< +QIURC: \"pdpdeact\",1\n" + imsi},
		emulator.CMEPINRequired:   {sim(emulator.SIMPIN), "< +CPIN: SIM PIN\n< +QIURC: \"pdpdeact\",1\n" + imsi},
		emulator.CMEPUKRequired:   {sim(emulator.SIMPUK), "< +CPIN: SIM PUK\n< +QIURC: \"pdpdeact\",1\n" + imsi},
		emulator.CMESIMFailure:    {nil, "> AT+CFUN=0\n< OK\n< +QIURC: \"pdpdeact\",1\n" + imsi},
		emulator.CMEWrongPassword: {sim(emulator.SIMPIN), "< +CPIN: SIM PIN\n< +QIURC: \"pdpdeact\",1\n> AT+CPIN=9999\n"},
		emulator.CMENotSupported:  {nil, "> AT+CLCK=\"FD\",2\n"},
		emulator.CMEPUK2Required:  {nil, strings.Repeat(wrongPIN2+"< +CME ERROR: {wrong:any}\n", 3) + wrongPIN2},
		emulator.CMEParameters:    {nil, "> AT+CGACT=1,9\n"},
		emulator.CMEUnknown: {
			func(b *bench) { b.pull(func(l emulator.Levers) { l.RefusePDP(emulator.OpenPDPFailed, 0) }) },
			"> AT+CGDCONT=2,\"IP\",\"a\"\n< OK\n> AT+CGACT=1,2\n",
		},
		emulator.CMENoService: {
			func(b *bench) { b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) }) },
			"< +QIURC: \"pdpdeact\",1\n> AT+CUSD=1,\"*100#\",15\n",
		},
		emulator.CMEForbidden: {
			func(b *bench) { b.pull(register(emulator.Denied)) },
			"< +QIURC: \"pdpdeact\",1\n> AT+CGATT=1\n",
		},
	}
	for _, cme := range emulator.CMEs() {
		if cme >= emulator.CMEFileValue && cme <= emulator.CMEFileOpened {
			continue
		}
		test, ok := tests[cme]
		switch {
		case ok != (cme.Cause() != "") && provenBy[cme] == "":
			t.Errorf("%v: its cause is %q, and there is a test: %v", cme, cme.Cause(), ok)
		case ok:
			for mee, shown := range map[int]string{1: fmt.Sprint(int(cme)), 2: cme.String()} {
				t.Run(fmt.Sprintf("%d with AT+CMEE=%d", int(cme), mee), func(t *testing.T) {
					bubble(t, network.Offline{}, func(b *bench) {
						b.play(fmt.Sprintf("@echo off\n> AT+CMEE=%d\n< OK\n", mee))
						if test.before != nil {
							test.before(b)
						}
						b.play("@echo off\n" + test.script + "< +CME ERROR: " + shown + "\n")
						time.Sleep(time.Minute)
						synctest.Wait()
					})
				})
			}
		}
	}
}
