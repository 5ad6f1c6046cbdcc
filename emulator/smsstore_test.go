package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/vfs"
)

// TestMessagesStay: messages, the service centre and the reference outlive a loss
// of power, and with a directory a new run; what AT+CPMS chose does not.
func TestMessagesStay(t *testing.T) {
	dir := t.TempDir()
	run := func(f func(b *bench)) {
		files, err := vfs.Open(dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		bubbleWith(t, emulator.Options{Files: files}, f)
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	}
	run(func(b *bench) {
		b.play(quiet + "> AT+CMGF=1\n< OK\n> AT+CSCA=\"+8613800100500\"\n< OK\n> AT+CPMS=\"SM\",\"SM\",\"ME\"\n< +CPMS: 0,50,0,50,0,255\n< OK\n" + sentText("10086", "x", "0"))
		b.receive(emulator.SMS{From: "10086", Text: "hi"})
		b.quietly("< +CMTI: \"ME\",1\n> AT+CMGW=\"10086\"\n<< \\r\\n>\\x20\n>> kept\\x1a\n< +CMGW: 1\n< OK\n")
		b.pull(emulator.Levers.Reboot)
		b.play(booted + "> AT+CPMS?\n< +CPMS: \"ME\",1,255,\"ME\",1,255,\"ME\",1,255\n< OK\n> AT+CMGR=1\n< +CMGR: 0,,18\n" +
			"<| 0891683108200105F00405810180F600000010108000102302E834\n< OK\n")
	})
	run(func(b *bench) {
		b.play(quiet + "> AT+CMGF=1\n< OK\n> AT+CSCA?\n< +CSCA: \"+8613800100500\",145\n< OK\n" + sentText("10086", "x", "1") + `> AT+CMGR=1
< +CMGR: "REC READ","10086",,"00/01/01,08:00:01+32"
<| hi
< OK
> AT+CPMS="SM"
< +CPMS: 1,50,1,255,1,255
< OK
> AT+CMGR=1
< +CMGR: "STO UNSENT","10086",
<| kept
< OK
`)
	})
}

// TestDamagedMessages: what is stored and is no message is told at the start, and
// nothing of it is taken.
func TestDamagedMessages(t *testing.T) {
	for text, says := range map[string]string{
		`{`:                                    "damaged",
		`{"me":[{"pdu":"xx"}]}`:                "invalid byte",
		`{"sm":[{"place":50,"pdu":"00"}]}`:     "no message",
		`{"sm":[{"place":-1,"pdu":"00"}]}`:     "no message",
		`{"me":[{"stat":4,"pdu":"00"}]}`:       "no message",
		`{"me":[{"pdu":""}]}`:                  "no message",
		`{"me":[{"pdu":"FF00"}]}`:              "CMS 304",
		`{"me":[{"stat":2,"pdu":"00110005"}]}`: "CMS 304",
	} {
		files := vfs.NewMemory(1 << 16)
		if err := files.SaveSettings("messages", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := emulator.New(emulator.Options{Files: files}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// TestMemoryFull: a memory that is full takes no more; what comes waits in the
// network until there is room, or another memory is chosen.
func TestMemoryFull(t *testing.T) {
	inSMS(t, func(b *bench) {
		b.quietly("> AT+CPMS=\"SM\",\"SM\",\"SM\"\n< +CPMS: 0,50,0,50,0,50\n< OK\n")
		for i := 1; i <= 50; i++ {
			b.quietly(fmt.Sprintf("> AT+CMGW=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n< +CMGW: %d\n< OK\n", i))
		}
		b.quietly("> AT+CMGW=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n< +CMS ERROR: 322\n")
		b.receive(emulator.SMS{From: "10086", Text: "one"})
		b.receive(emulator.SMS{From: "10086", Text: "two"})
		b.receive(emulator.SMS{From: "10086", Text: "three"})
		b.quietly("@quiet 1h\n")
		if !b.events.noted("cannot be stored in SM") {
			t.Error("that a message waits is not noted")
		}
		b.quietly("> AT+CMGD=7\n< OK\n@quiet 900ms\n< +CMTI: \"SM\",7\n@quiet 1h\n> AT+CPMS=\"SM\",\"SM\",\"ME\"\n< +CPMS: 50,50,50,50,0,255\n< OK\n" +
			"@quiet 900ms\n< +CMTI: \"ME\",1\n< +CMTI: \"ME\",2\n")
	})
}

// TestUnwritableMessages: in a store that cannot be written nothing is kept, and
// what comes waits in the network; what is sent is sent.
func TestUnwritableMessages(t *testing.T) {
	files, err := vfs.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play(quiet + "> AT+CMGF=1\n< OK\n")
		if err := files.Close(); err != nil {
			t.Fatal(err)
		}
		b.quietly("> AT+CMGW=\"10086\"\n<< \\r\\n>\\x20\n>> x\\x1a\n< +CMS ERROR: 320\n")
		b.receive(emulator.SMS{Text: "x"})
		b.quietly("> AT+CPMS?\n< +CPMS: \"ME\",0,255,\"ME\",0,255,\"ME\",0,255\n< OK\n" + sentText("10086", "x", "0"))
		b.pull(func(l emulator.Levers) {
			if n := l.WaitingSMS(); n != 1 {
				t.Errorf("%d wait", n)
			}
		})
	})
}
