package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
)

// sentText types a message, and takes the answer with its reference.
func sentText(to, text, reference string) string {
	return "> AT+CMGS=\"" + to + "\"\n<< \\r\\n>\\x20\n>> " + text + "\\x1a\n< +CMGS: " + reference + "\n< OK\n"
}

// own is the number of the module.
func (b *bench) own() (number string) {
	b.t.Helper()
	b.pull(func(l emulator.Levers) { number = l.Number() })
	return number
}

// TestSent: what the module sends can be seen from behind: as an event, and
// whole.
func TestSent(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.quietly(sentText("+8613912345678", "hello", "0") + "> AT+CSMP=17,167,0,8\n< OK\n" + sentText("10086", "4F60597D", "1") +
			"> AT+CSMP=81,167,0,0\n< OK\n" + sentText("10086", "050003A70201906531", "2") + "> AT+CSMP=17,167,0,4\n< OK\n" + sentText("10086", "00FF", "3"))
		b.wantEvents("sms.sent +8613912345678: hello, sms.sent 10086: 你好, sms.sent 10086: Heb, sms.sent 10086: 00FF")
		want := []emulator.SentSMS{
			{To: "+8613912345678", Text: "hello", Alphabet: "gsm7", PDU: "11000D91683119325476F80000A705E8329BFD06"},
			{Reference: 1, To: "10086", Text: "你好", Alphabet: "ucs2", PDU: "110105810180F60008A7044F60597D"},
			{Reference: 2, To: "10086", Text: "Heb", Alphabet: "gsm7", Part: 1, Parts: 2, PDU: "510205810180F60000A70A050003A70201906531"},
			{Reference: 3, To: "10086", Text: "00FF", Alphabet: "8bit", PDU: "110305810180F60004A70200FF"},
		}
		b.pull(func(l emulator.Levers) {
			if diff := cmp.Diff(want, l.SentSMS(), cmpopts.IgnoreFields(emulator.SentSMS{}, "Time")); diff != "" {
				t.Error(diff)
			}
		})
	})
}

// TestSendTime: the network takes its time, and less where AT+CMMS keeps the
// link up: with 1 for five seconds, with 2 for good.
func TestSendTime(t *testing.T) {
	inSMS(t, func(b *bench) {
		const slow, fast = 1500 * time.Millisecond, 300 * time.Millisecond
		b.lasts(slow, sentText("10086", "x", "0"))
		b.lasts(slow, sentText("10086", "x", "1"))
		b.quietly("> AT+CMMS=1\n< OK\n")
		b.lasts(slow, sentText("10086", "x", "2"))
		b.lasts(fast, sentText("10086", "x", "3"))
		b.quietly("@quiet 4s\n")
		b.lasts(fast, sentText("10086", "x", "4"))
		b.quietly("@quiet 6s\n> AT+CMMS?\n< +CMMS: 0\n< OK\n")
		b.lasts(slow, sentText("10086", "x", "5"))
		b.quietly("> AT+CMMS=2\n< OK\n")
		b.lasts(slow, sentText("10086", "x", "6"))
		b.quietly("@quiet 1h\n")
		b.lasts(fast, sentText("10086", "x", "7"))
	})
}

// TestToOneself: a message to the module's own number comes back as it was sent,
// its header included, and after it its report.
func TestToOneself(t *testing.T) {
	inSMS(t, func(b *bench) {
		own := b.own()
		b.quietly("> AT+CNMI=2,1,0,2\n< OK\n" + sentText(own, "to me", "0") + "@quiet 1900ms\n< +CMTI: \"ME\",1\n" +
			"> AT+CSMP=113,167,0,8\n< OK\n" + sentText(own[3:], "050003A7020100E4", "1") + `< +CMTI: "ME",2
< +CDSI: "ME",3
> AT+CMGL="ALL"
< +CMGL: 1,"REC UNREAD","` + own + `",,"00/01/01,08:00:01+32"
<| to me
<| +CMGL: 2,"REC UNREAD","` + own + `",,"{sent:any}"
<| 050003A7020100E4
<| +CMGL: 3,"REC UNREAD",6,1,"` + own[3:] + `",129,"{sent:any}","{came:any}",0
< OK
`)
	})
}

// TestValidity: a message to oneself that does not come in time is lost, and the
// report says so.
func TestValidity(t *testing.T) {
	for setting, lost := range map[string]bool{
		`49,0`: true, `49,167`: false, `33`: false, // five minutes, a day, no end
		`57,"00/01/01,08:05:00+32"`: true, `57,"00/01/02,08:05:00+32"`: false,
		`41,"02B40000000000"`: true, `41,"00000000000000"`: false, // three minutes, no end
	} {
		t.Run(setting, func(t *testing.T) {
			inSMS(t, func(b *bench) {
				b.quietly("> AT+CNMI=2,1,0,1;+CSMP=" + setting + "\n< OK\n" + sentText(b.own(), "x", "0"))
				b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) })
				time.Sleep(time.Hour)
				b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Home) })
				come, status := "< +CMTI: \"ME\",1\n", "0"
				if lost {
					come, status = "", "70"
				}
				b.quietly(come + "< +CDS: 6,0,\"" + b.own() + "\",145,\"00/01/01,08:00:01+32\",\"00/01/01,09:00:01+32\"," + status + "\n")
			})
		})
	}
}

// TestReports: AT+CNMI decides what becomes of a status report: it is dropped,
// passed on, or stored and told of; in either format.
func TestReports(t *testing.T) {
	const pdu = "0891683108200105F006000D91683119325476F8001010800010230010108000402300"
	const fields = `6,0,"+8613912345678",145,"00/01/01,08:00:01+32","00/01/01,08:00:04+32",0`
	for setting, after := range map[string]string{
		"+CNMI=2,1,0,0":         "@quiet 1h\n> AT+CPMS?\n< +CPMS: \"ME\",0,255,\"ME\",0,255,\"ME\",0,255\n< OK\n",
		"+CNMI=2,1,0,1":         "@quiet 2900ms\n< +CDS: " + fields + "\n@quiet 1h\n",
		"+CNMI=2,1,0,1;+CSMS=1": "< +CDS: " + fields + "\n> AT+CNMA\n< OK\n@quiet 1h\n",
		"+CNMI=2,1,0,1;+CMGF=0": "<< \\r\\n+CDS: 26\\r\\n" + pdu + "\\r\\n\n",
		"+CNMI=2,1,0,2": "@quiet 2900ms\n< +CDSI: \"ME\",1\n> AT+CMGR=1\n< +CMGR: \"REC UNREAD\"," + fields +
			"\n< OK\n> AT+CMGF=0\n< OK\n> AT+CMGR=1\n< +CMGR: 1,,26\n<| " + pdu + "\n< OK\n",
	} {
		t.Run(setting, func(t *testing.T) {
			inSMS(t, func(b *bench) {
				b.quietly("> AT+CSMP=49,167,0,0\n< OK\n" + sentText("+8613912345678", "x", "0"))
				first, second, more := strings.Cut(setting, ";")
				b.quietly("> AT" + first + "\n< OK\n")
				switch {
				case second == "+CSMS=1":
					b.quietly("> AT+CSMS=1\n< +CSMS: 1,1,1\n< OK\n")
				case more:
					b.quietly("> AT" + second + "\n< OK\n")
				}
				b.quietly(after)
			})
		})
	}
}

// TestNotSent: what keeps a message from being sent.
func TestNotSent(t *testing.T) {
	prompted := func(answer string) string {
		return "> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n< " + answer + "\n"
	}
	inSMS(t, func(b *bench) {
		b.quietly("> AT+CSCA=\"\"\n< OK\n" + prompted("+CMS ERROR: 330"))
		b.quietly("> AT+CMGF=0\n< OK\n> AT+CMGS=11\n<< \\r\\n>\\x20\n>> 0891683108200105F0010005810180F600000161\\x1a\n< +CMGS: 0\n< OK\n" +
			"> AT+CMGF=1\n< OK\n> AT+CSCA=\"+8613800210500\"\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Denied) })
		b.quietly(prompted("+CMS ERROR: 331"))
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Home) })
		b.quietly("> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n@quiet 1s\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Searching) })
		b.quietly("< +CMS ERROR: 332\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Home) })
		b.events.forget()
		// A host that goes takes along what it had not sent yet; what it has is on
		// its way. A module that loses power sends nothing.
		b.quietly("> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> x\n")
		b.hangUp()
		b.quietly("> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> y\\x1a\n")
		b.hangUp()
		b.quietly("< +CMGS: 1\n< OK\n> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> z\\x1a\n@quiet 1s\n")
		b.pull(emulator.Levers.Reboot)
		b.play(booted + "@quiet 1h\n")
		b.pull(func(l emulator.Levers) {
			if list := l.SentSMS(); len(list) != 2 || list[1].Text != "y" {
				t.Errorf("%+v", list)
			}
		})
	})
}

// TestStoredNotSent: a message of the storage that the network did not take is
// still to be sent.
func TestStoredNotSent(t *testing.T) {
	inSMS(t, func(b *bench) {
		const stored = "> AT+CMGL=\"ALL\"\n< +CMGL: 1,\"%STAT\",\"10086\",,\n<| x\n< OK\n"
		b.quietly("> AT+CMGW=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n< +CMGW: 1\n< OK\n> AT+CMSS=1\n@quiet 1s\n")
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Searching) })
		b.quietly("< +CMS ERROR: 332\n" + strings.ReplaceAll(stored, "%STAT", "STO UNSENT"))
		b.pull(func(l emulator.Levers) { l.SetRegistration(emulator.Home) })
		b.quietly("> AT+CMSS=1\n< +CMSS: 0\n< OK\n" + strings.ReplaceAll(stored, "%STAT", "STO SENT"))
	})
}

// TestSIMGoneWhileTyping: a SIM that is taken out while the host types takes
// neither what is to be sent nor what is to be stored.
func TestSIMGoneWhileTyping(t *testing.T) {
	for _, command := range []string{"AT+CMGS", "AT+CMGW"} {
		t.Run(command, func(t *testing.T) {
			inSMS(t, func(b *bench) {
				b.quietly("> AT+CPMS=\"SM\",\"SM\",\"SM\"\n< +CPMS: 0,50,0,50,0,50\n< OK\n> " + command + "=\"10086\"\n<< \\r\\n>\\x20\n>> x\n")
				b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
				b.quietly(">> \\x1a\n< +CMS ERROR: 310\n")
			})
		})
	}
}

// TestTwoPortsSend: one message at a time.
func TestTwoPortsSend(t *testing.T) {
	inSMS(t, func(b *bench) {
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		second := &bench{t: t, dev: dev, timeout: b.timeout}
		b.quietly("> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n@quiet 1s\n")
		second.play("> ATE0\n< OK\n@echo off\n> AT+CMGS=\"10086\"\n<< \\r\\n>\\x20\n>> y\\x1a\n< +CMS ERROR: 301\n")
		b.quietly("< +CMGS: 0\n< OK\n")
		second.quietly(sentText("10086", "y", "1"))
	})
}
