package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// receive has the network send the modem a message.
func (b *bench) receive(s emulator.SMS) {
	b.t.Helper()
	if err := b.modem.Do(func(l emulator.Levers) error { return l.ReceiveSMS(s) }); err != nil {
		b.t.Fatal(err)
	}
}

// quietly plays a script without echo.
func (b *bench) quietly(script string) {
	b.t.Helper()
	b.play("@echo off\n" + script)
}

// smsClass is a message's class.
func smsClass(n int) *int { return &n }

// inSMS runs f in a bubble with a modem in text mode, whose time begins at
// 2000-01-01T00:00:00Z.
func inSMS(t *testing.T, f func(b *bench)) {
	t.Helper()
	bubbleWith(t, emulator.Options{}, func(b *bench) {
		b.play(quiet + "> AT+CMGF=1\n< OK\n")
		b.events.forget()
		f(b)
	})
}

// TestReceive: a message is stored and told of, and read as the format, the
// character set and AT+CSDH have it.
func TestReceive(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.receive(emulator.SMS{From: "+8613912345678", Text: "a@b {€}"})
		b.receive(emulator.SMS{From: "Quectel_1", Text: "你好"})
		b.receive(emulator.SMS{From: "10086", Text: "\x00\xff", Alphabet: "8bit"})
		b.receive(emulator.SMS{Text: "plain", Alphabet: "ucs2", Class: smsClass(1)})
		b.receive(emulator.SMS{Text: "", Class: smsClass(3)})
		b.wantEvents("sms.received +8613912345678: a@b {€}, sms.received Quectel_1: 你好, sms.received 10086: 00FF, " +
			"sms.received +8613800138000: plain, sms.received +8613800138000:")
		b.quietly(`< +CMTI: "ME",1
< +CMTI: "ME",2
< +CMTI: "ME",3
< +CMTI: "ME",4
< +CMTI: "ME",5
> AT+CMGR=1
< +CMGR: "REC UNREAD","+8613912345678",,"00/01/01,08:00:00+32"
<| a\x00b \x1b(\x1be\x1b)
< OK
> AT+CSCS="IRA";+CSDH=1
< OK
> AT+CMGR=1
< +CMGR: "REC READ","+8613912345678",,"00/01/01,08:00:00+32",145,4,0,0,"+8613800210500",145,10
<| a@b {{?}
< OK
> AT+CMGR=2
< +CMGR: "REC UNREAD","Quectel_1",,"00/01/01,08:00:00+32",208,4,0,8,"+8613800210500",145,2
<| 4F60597D
< OK
> AT+CSCS="UCS2";+CSDH=0
< OK
> AT+CMGR=1
< +CMGR: "REC READ","002B0038003600310033003900310032003300340035003600370038",,"00/01/01,08:00:00+32"
<| 0061004000620020007B20AC007D
< OK
> AT+CSCS="GSM"
< OK
> AT+CMGL="REC UNREAD"
< +CMGL: 3,"REC UNREAD","10086",,"00/01/01,08:00:00+32"
<| 00FF
<| +CMGL: 4,"REC UNREAD","+8613800138000",,"00/01/01,08:00:00+32"
<| 0070006C00610069006E
<| +CMGL: 5,"REC UNREAD","+8613800138000",,"00/01/01,08:00:00+32"
<< \r\n\r\nOK\r\n
> AT+CMGL
< OK
> AT+CMGF=0
< OK
> AT+CMGR=1
< +CMGR: 1,,29
<| 0891683108200105F0040D91683119325476F80000001010800000230A618018B4416DCA9B14
< OK
`)
	})
}

// TestReceiveLong: a text that is too long for one message comes in parts, each
// with a header (23.040 9.2.3.24.1), which text mode shows as the octets they
// are; each long message has a reference of its own.
func TestReceiveLong(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.quietly("> AT+CMGF=0\n< OK\n")
		long := strings.Repeat("0123456789", 16) + "x"
		b.receive(emulator.SMS{From: "10086", Text: long})
		b.receive(emulator.SMS{From: "10086", Text: strings.Repeat("你", 71)})
		b.quietly(`< +CMTI: "ME",1
< +CMTI: "ME",2
< +CMTI: "ME",3
< +CMTI: "ME",4
> AT+CMGR=2
< +CMGR: 0,,30
<| 0891683108200105F04405810180F6000000101080000023` + `0F05000301020266B49AED86CBE101
< OK
> AT+CMGR=4
< +CMGR: 0,,30
<| 0891683108200105F04405810180F6000800101080000023` + `0E0500030202024F604F604F604F60
< OK
> AT+CMGF=1;+CSDH=1
< OK
> AT+CMGR=4
< +CMGR: "REC READ","10086",,"00/01/01,08:00:00+32",129,68,0,8,"+8613800210500",145,14
<| 0500030202024F604F604F604F60
< OK
`)
	})
}

// TestReceiveClass2: a message of class 2 is for the SIM, whatever AT+CPMS and
// AT+CNMI say.
func TestReceiveClass2(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.quietly("> AT+CNMI=2,2\n< OK\n")
		b.receive(emulator.SMS{Text: "kept", Class: smsClass(2)})
		b.receive(emulator.SMS{Text: "shown", Class: smsClass(0)})
		b.quietly(`< +CMTI: "SM",1
<< \r\n+CMT: "+8613800138000",,"00/01/01,08:00:00+32"\r\nshown\r\n
> AT+CPMS?
< +CPMS: "ME",0,255,"ME",0,255,"ME",0,255
< OK
> AT+CPMS="SM"
< +CPMS: 1,50,0,255,0,255
< OK
`)
	})
}

// TestNotify: AT+CNMI: messages are stored in silence, told of, or passed on, in
// both formats.
func TestNotify(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.quietly("> AT+CNMI=2,0\n< OK\n")
		b.receive(emulator.SMS{From: "10086", Text: "hi"})
		b.quietly("@quiet 1h\n> AT+CNMI=2,2\n< OK\n")
		b.receive(emulator.SMS{From: "10086", Text: "hi"})
		b.quietly("<< \\r\\n+CMT: \"10086\",,\"00/01/01,09:00:00+32\"\\r\\nhi\\r\\n\n> AT+CSDH=1\n< OK\n")
		b.receive(emulator.SMS{From: "10086", Text: "hi"})
		b.quietly("<< \\r\\n+CMT: \"10086\",,\"00/01/01,09:00:00+32\",129,4,0,0,\"+8613800210500\",145,2\\r\\nhi\\r\\n\n> AT+CMGF=0\n< OK\n")
		b.receive(emulator.SMS{From: "10086", Text: "hi"})
		b.quietly("<< \\r\\n+CMT: ,18\\r\\n0891683108200105F00405810180F600000010109000002302E834\\r\\n\n> AT+CPMS?\n" +
			"< +CPMS: \"ME\",1,255,\"ME\",1,255,\"ME\",1,255\n< OK\n")
	})
}

// TestAcknowledge: in phase 2+ a message that is passed on must be acknowledged;
// the next one waits for that. A host that says nothing gets none any more.
func TestAcknowledge(t *testing.T) {
	const second = "<< \\r\\n+CMT: \"10086\",,\"00/01/01,08:00:00+32\"\\r\\ntwo\\r\\n\n"
	const first = "<< \\r\\n+CMT: \"10086\",,\"00/01/01,08:00:00+32\"\\r\\none\\r\\n\n"
	tests := map[string]struct{ script, events, note string }{
		"AT+CNMA": {
			first + "@quiet 14s\n> AT+CNMA\n< OK\n" + second + "> AT+CNMA\n< OK\n> AT+CNMA\n< +CMS ERROR: 340\n@quiet 1h\n",
			"sms.received 10086: one, sms.received 10086: two", "",
		},
		"AT+CNMA=0": {
			first + "> AT+CNMA=0\n< OK\n" + second + "> AT+CNMA=1\n< +CMS ERROR: 303\n> AT+CMGF=0\n< OK\n> AT+CNMA=1\n< OK\n@quiet 1h\n",
			"sms.received 10086: one, sms.received 10086: two", "",
		},
		"a refusal": {
			first + "> AT+CMGF=0\n< OK\n> AT+CNMA=2\n< OK\n<< \\r\\n+CMT: ,19\\r\\n0891683108200105F00405810180F600000010108000002303F4FB1B\\r\\n\n" +
				"> AT+CNMA=2,3\n<< \\r\\n>\\x20\n>> 0000\\x1a\n< +CMS ERROR: 304\n> AT+CNMA=2,2\n<< \\r\\n>\\x20\n>> 00\\x1b\n< OK\n" +
				"> AT+CNMA=1,2\n<< \\r\\n>\\x20\n>> 0000\\x1a\n< OK\n@quiet 1h\n",
			"sms.received 10086: two",
			"the host refuses a message",
		},
		"silence": {
			first + "@quiet 20s\n> AT+CNMA\n< +CMS ERROR: 340\n> AT+CNMI?\n< +CNMI: 2,0,0,0,0\n< OK\n> AT+CPMS?\n" +
				"< +CPMS: \"ME\",2,255,\"ME\",2,255,\"ME\",2,255\n< OK\n",
			"sms.received 10086: one, sms.received 10086: two",
			"no AT+CNMA in time",
		},
		"power is lost": {
			first + "> AT+CFUN=1,1\n< OK\n" + booted + "< +CMTI: \"ME\",1\n< +CMTI: \"ME\",2\n", "", "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inSMS(t, func(b *bench) {
				b.quietly("> AT+CSMS=1\n< +CSMS: 1,1,1\n< OK\n> AT+CNMI=2,2\n< OK\n")
				b.receive(emulator.SMS{From: "10086", Text: "one"})
				b.receive(emulator.SMS{From: "10086", Text: "two"})
				b.quietly(test.script)
				if test.note != "" && !b.events.noted(test.note) {
					t.Errorf("not noted: %s", test.note)
				}
				if test.events != "" {
					b.wantEvents(test.events)
				}
			})
		})
	}
}

// TestLineTaken: while the line belongs to a connection, AT+CNMI=2 lets what is
// to be told wait, AT+CNMI=1 drops it; a message that is to be passed on comes
// later.
func TestLineTaken(t *testing.T) {
	for mode, after := range map[string]string{
		"2,1": "< +CMTI: \"ME\",1\n", "1,1": "@quiet 1h\n> AT+CMGR=1\n< +CMGR: 0,,18\n<| 0891683108200105F00405810180F600000010108000002302E834\n< OK\n",
		"2,2": "<< \\r\\n+CMT: ,18\\r\\n0891683108200105F00405810180F600000010108000002302E834\\r\\n\n",
		"1,2": "@quiet 20s\n<< \\r\\n+CMT: ,18\\r\\n0891683108200105F00405810180F600000010108000002302E834\\r\\n\n",
	} {
		t.Run(mode, func(t *testing.T) {
			bubble(t, &pipes{serve: echoing}, func(b *bench) {
				b.quietly("> AT+CNMI=" + mode + "\n< OK\n" + openTransparent)
				b.receive(emulator.SMS{From: "10086", Text: "hi"})
				b.quietly("@quiet 2s\n>> +++\n@wait 1s\n< OK\n" + after)
			})
		})
	}
}

// TestWaiting: what comes while the module has no power, no service, or its SIM
// is being read waits in the network.
func TestWaiting(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		waiting := func(want int) {
			t.Helper()
			b.pull(func(l emulator.Levers) {
				if n := l.WaitingSMS(); n != want {
					t.Errorf("%d wait, want %d", n, want)
				}
			})
		}
		b.receive(emulator.SMS{Text: "in the boot"})
		waiting(1)
		b.quietly(booted + "< +CMTI: \"ME\",1\n")
		b.pull(emulator.Levers.PowerOff)
		b.receive(emulator.SMS{Text: "off"})
		waiting(1)
		b.pull(emulator.Levers.PowerOn)
		b.quietly(booted + "< +CMTI: \"ME\",2\n")
		b.play("> AT+CFUN=4\n< OK\n")
		b.receive(emulator.SMS{Text: "in an aeroplane"})
		b.play("> AT+CFUN=1\n< OK\n< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CMTI: \"ME\",3\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) })
		b.receive(emulator.SMS{Text: "denied"})
		b.quietly("@quiet 1h\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Roaming) })
		b.quietly("< +CMTI: \"ME\",4\n")
		b.play("> AT+QSIMDET=1,1\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
		b.receive(emulator.SMS{Text: "no SIM"})
		b.quietly("< +CPIN: NOT READY\n@quiet 1h\n")
		waiting(1)
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMReady) })
		b.quietly("< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CMTI: \"ME\",5\n")
		waiting(0)
		time.Sleep(time.Minute)
	})
}

// TestNoMessage: a message that cannot be is refused.
func TestNoMessage(t *testing.T) {
	for _, c := range []struct {
		sms  emulator.SMS
		says string
	}{
		{emulator.SMS{From: "twelve chars", Text: "x"}, "is no sender"},
		{emulator.SMS{From: "+123456789012345678901", Text: "x"}, "is no sender"},
		{emulator.SMS{From: "你", Text: "x"}, "is no sender"},
		{emulator.SMS{Text: "x", Class: smsClass(4)}, "class 4: it is 0-3"},
		{emulator.SMS{Text: "x", Alphabet: "latin1"}, "gsm7, ucs2, 8bit"},
		{emulator.SMS{Text: "你", Alphabet: "gsm7"}, "'你'"},
		{emulator.SMS{Text: "\xff"}, "is not UTF-8"},
		{emulator.SMS{Text: strings.Repeat("x", 153*255+1)}, "256 messages"},
		{emulator.SMS{PDU: "08"}, "CMS 304"},
		{emulator.SMS{PDU: "xx"}, "not hexadecimal"},
		{emulator.SMS{PDU: "00"}, "CMS 304"},
		{emulator.SMS{PDU: "0001000A810180F600000161"}, "CMS 304"},
	} {
		if err := c.sms.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.sms, err)
		}
	}
}
