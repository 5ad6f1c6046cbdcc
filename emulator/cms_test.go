package emulator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// cmsProvenBy are the errors that come in surroundings of their own. Other tests
// are about these.
var cmsProvenBy = map[emulator.CMS]string{
	emulator.CMSSIMBusy: "TestMessagesInBoot", emulator.CMSNotReady: "TestMessagesInBoot",
	emulator.CMSMemory: "TestUnwritableMessages", emulator.CMSReserved: "TestTwoPortsSend", emulator.CMSTimeout: "TestNotSent",
	emulator.CMSMemoryFull: "TestMemoryFull",
}

// TestCMSCauses: each message service error that says when it comes, comes then,
// with its number or its text.
func TestCMSCauses(t *testing.T) {
	sim := func(to emulator.SIMState) func(*bench) {
		return func(b *bench) { b.pull(func(l emulator.Levers) { l.SetSIM(to) }) }
	}
	const lost, read = "< +QIURC: \"pdpdeact\",1\n", "> AT+CMGR=1\n"
	prompted := func(command, text string) string {
		return "> " + command + "\n<< \\r\\n>\\x20\n>> " + text + "\\x1a\n"
	}
	text := "> AT+CMGF=1\n< OK\n"
	tests := map[emulator.CMS]struct {
		before func(*bench)
		script string
	}{
		emulator.CMSNotAllowed: {nil, prompted("AT+CMGW=18,1", "0891683108200105F00405810180F600001280520121432302E834") + "< +CMGW: 1\n< OK\n> AT+CMSS=1\n"},
		// An SMS-COMMAND.
		emulator.CMSNotSupported: {nil, prompted("AT+CMGS=11", "00020000000005810180F600")},
		emulator.CMSPDUParameter: {nil, prompted("AT+CMGS=1", "00")},
		emulator.CMSTextParam:    {nil, text + "> AT+CMGS=\"x\"\n"},
		emulator.CMSNoSIM:        {sim(emulator.SIMAbsent), lost + read},
		emulator.CMSPINRequired:  {sim(emulator.SIMPIN), "< +CPIN: SIM PIN\n" + lost + read},
		emulator.CMSPUKRequired:  {sim(emulator.SIMPUK), "< +CPIN: SIM PUK\n" + lost + read},
		emulator.CMSSIMFailure:   {sim(emulator.SIMBlocked), "< +CPIN: NOT READY\n" + lost + read},
		emulator.CMSIndex:        {nil, read},
		emulator.CMSNoCentre:     {nil, "> AT+CSCA=\"\"\n< OK\n" + text + prompted("AT+CMGS=\"10086\"", "x")},
		emulator.CMSNoNetwork: {
			func(b *bench) { b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) }) },
			lost + text + prompted("AT+CMGS=\"10086\"", "x"),
		},
		emulator.CMSNothingToAck: {nil, "> AT+CNMA\n"},
		emulator.CMSTooLong:      {nil, text + "> AT+CSMP=17,167,0,4\n< OK\n" + prompted("AT+CMGS=\"10086\"", fmt.Sprintf("%0282d", 0))},
	}
	for _, cms := range emulator.CMSs() {
		test, ok := tests[cms]
		switch {
		case ok != (cms.Cause() != "") && cmsProvenBy[cms] == "":
			t.Errorf("%v: its cause is %q, and there is a test: %v", cms, cms.Cause(), ok)
		case ok:
			for mee, shown := range map[int]string{1: fmt.Sprintf("+CMS ERROR: %d", int(cms)), 2: "+CMS ERROR: " + cms.String(), 0: "ERROR"} {
				t.Run(fmt.Sprintf("%d with AT+CMEE=%d", int(cms), mee), func(t *testing.T) {
					bubble(t, network.Offline{}, func(b *bench) {
						b.quietly(fmt.Sprintf("> AT+CMEE=%d\n< OK\n", mee))
						if test.before != nil {
							test.before(b)
						}
						b.quietly(test.script + "< " + shown + "\n")
						time.Sleep(time.Minute)
					})
				})
			}
		}
	}
}

// TestMessagesInBoot: the module knows of no SIM first, then has not read its
// messages; settings can be made all the time.
func TestMessagesInBoot(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.play(`< RDY
< +CFUN: 1
> AT+CMGR=1
< +CMS ERROR: 314
> AT+CMGF=1;+CSCS="IRA";+CSMP=17,167,0,0;+CNMI=2,1;+CSDH=1
< OK
< +CPIN: READY
> AT+CPMS?
< +CMS ERROR: 512
< +QUSIM: 1
> AT+CMGS="10086"
< +CMS ERROR: 512
< +QIND: SMS DONE
> AT+CPMS?
< +CPMS: "ME",0,255,"ME",0,255,"ME",0,255
< OK
< +QIND: PB DONE
`)
	})
}
