package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// TestReboot: a host that keeps the device open sees silence and then RDY. What
// was not stored is gone, what was stored or is a file is not.
func TestReboot(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	o := emulator.Options{Network: &pipes{serve: echoing}, Files: files}
	bubbleWith(t, o, func(b *bench) {
		b.play(`> ATE0
< OK
@echo off
> AT+CMEE=2;&W
< OK
> AT+CREG=1;S5=9;+QISDE=0;+CCLK="30/01/01,00:00:00+00"
< OK
> AT+QICSGP=1,1,"apn";+QIACT=1;+QSSLCFG="sni",0,1
< OK
> AT+QFUPL="kept",5
< CONNECT
>> hello
< +QFUPL: 5,6b09
< OK
`)
		b.play("@echo off\n" + openBuffer + `> AT+QSSLSEND=4,5
<< \r\n>\x20
>> hello
< SEND OK
< +QSSLURC: "recv",4
`)
		b.events.forget()
		b.pull(emulator.Levers.Reboot)
		b.wantEvents("tls.closed the module reboots, pdp.released the module reboots, boot reboot")
		b.lasts(11300*time.Millisecond, ">> AT+QSSLSTATE\\r\n"+booted)
		b.play(`@echo off
> AT+CMEE?;S5?;+CREG?;+QISDE?
< +CMEE: 1
< 008
< +CREG: 0,2
< +QISDE: 1
< OK
> AT+QICSGP=1;+QIACT?;+QSSLCFG="sni",0;+QSSLSTATE
< +QICSGP: 1,"","","",0
< +QSSLCFG: "sni",0,0
< OK
> AT+QFLST;+CCLK?
< +QFLST: "UFS:kept",5
< +CCLK: "70/01/01,00:00:11+00"
< OK
@quiet 1h
> AT+QIACT=1
< OK
`)
		b.play("@echo off\n" + openBuffer)
	})
}

// TestRebootInTheMidst: whatever a command, a data phase or a connection is at,
// a reboot ends it, and nothing of it comes after RDY.
func TestRebootInTheMidst(t *testing.T) {
	for name, script := range map[string]string{
		"half a line":   ">> AT+CS\n",
		"prompt":        openBuffer + ">> AT+QSSLSEND=4,5\\rhel\n<< \\r\\n>\\x20\n",
		"upload":        "> AT+QFUPL=\"x\",9\n< CONNECT\n>> hello\n",
		"transparent":   openTransparent + ">> x\n<< x\n>> y\n<< y\n",
		"escape":        openTransparent + "@wait 2s\n>> +++\n@wait 500ms\n",
		"opening":       "> AT+QSSLOPEN=1,0,3,\"192.0.2.1\",443,0\n< OK\n",
		"opening, busy": ">> AT+QSSLOPEN=1,0,3,\"192.0.2.1\",443,2\\rAT\\r\n",
		"closing":       openBuffer + ">> AT+QSSLCLOSE=4\\rAT\\r\n",
		"unread":        openPush + ">> AT+QSSLSEND=4,5\\rhello\n<< \\r\\n>\\x20\n< SEND OK\n<< \\r\\n+QSSLURC: \"recv\",4,5\\r\\nhello\n",
		"a boot":        "", // it begins again
	} {
		t.Run(name, func(t *testing.T) {
			net := &pipes{serve: echoing, slow: time.Second}
			if name == "closing" {
				net.serve = stubborn
			}
			bubble(t, net, func(b *bench) {
				b.play("@echo off\n" + script)
				synctest.Wait()
				b.pull(emulator.Levers.Reboot)
				if name == "a boot" {
					time.Sleep(8500 * time.Millisecond)
					b.play("@echo off\n< RDY\n< +CFUN: 1\n")
					b.pull(emulator.Levers.Reboot)
				}
				b.lasts(11300*time.Millisecond, ">> +++\n"+booted)
				b.play("@quiet 1h\n> AT+QSSLSTATE;+QFLST\n< OK\n> ATO\n< NO CARRIER\n")
				if s := b.state(); s.Boot != emulator.PhaseReady || s.Ports[0].Line != "command" {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestRebootEndsAHang: what held back the bytes of a module that hung is gone
// with its power, and so are the bytes.
func TestRebootEndsAHang(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.pull(func(emulator.Levers) {
			b.modem.Stall("", true, true, 24*time.Hour)
			b.modem.SendURC("+LOST: 1")
		})
		b.play("@echo off\n>> AT+CSQ\\r\n@quiet 1h\n")
		b.pull(emulator.Levers.Reboot)
		b.lasts(11300*time.Millisecond, ">> AT+CSQ\\r\n"+booted)
		b.play("> AT\n< OK\n" + strings.Repeat("@quiet 1h\n", 25))
	})
}

// TestRebootCommand: AT+CFUN=1,1 answers and reboots, whatever stands behind it.
func TestRebootCommand(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.lasts(11400*time.Millisecond, "> AT+CFUN=1,1\n< OK\n"+booted)
		b.play("@echo on\n> AT+CFUN=0,1\n< ERROR\n> AT+CFUN=2\n< ERROR\n> AT+CFUN?\n< +CFUN: 1\n< OK\n")
	})
}

// TestRebootFromInside: a lever that is moved while a command line runs leaves
// nothing of it, the lines behind it included.
func TestRebootFromInside(t *testing.T) {
	var modem *emulator.Modem
	synctest.Test(t, func(t *testing.T) {
		o := emulator.Options{Network: network.Offline{}, Events: observer(func(e emulator.Event) {
			if e.Kind == emulator.PDPActivated {
				modem.Levers().Reboot()
			}
		})}
		var err error
		if modem, err = emulator.New(o); err != nil {
			t.Fatal(err)
		}
		defer modem.Close()
		b := &bench{t: t, modem: modem, timeout: time.Hour}
		b.openPipe()
		defer b.dev.Close()
		b.play("> ATE0\n< OK\n@echo off\n")
		b.lasts(11300*time.Millisecond, ">> AT+QIACT=1;+CSQ\\rAT\\r\n"+booted)
		b.play("@quiet 1h\n> AT+QIACT?\n< OK\n")
	})
}

// observer is a function that is told of events.
type observer func(emulator.Event)

func (f observer) Event(e emulator.Event) { f(e) }
