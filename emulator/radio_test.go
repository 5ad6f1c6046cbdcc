package emulator_test

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

func register(r emulator.Registration) func(emulator.Levers) {
	return func(l emulator.Levers) { l.SetRegistration(r) }
}

// TestRegistration: all that tells of the registration tells the same, with URCs
// where they are on; losing it costs the PDP contexts.
func TestRegistration(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+CREG=2;+CGREG=1;+CEREG=2\n< OK\n" + openBuffer)
		b.pull(register(emulator.Roaming))
		b.play(`@echo off
< +CREG: 5,"1A2B","5355E8D",7
< +CGREG: 5
< +CEREG: 5,"1A2B","5355E8D",7
> AT+CREG?;+CGREG?;+COPS?;+CGATT?
< +CREG: 2,5,"1A2B","5355E8D",7
< +CGREG: 1,5
< +COPS: 0,0,"CHINA MOBILE",7
< +CGATT: 1
< OK
> AT+QIACT?
< +QIACT: 1,1,1,"10.7.157.1"
< OK
`)
		b.pull(register(emulator.Searching))
		b.play(`@echo off
< +CREG: 2
< +CGREG: 2
< +CEREG: 2
< +QIURC: "pdpdeact",1
< +QSSLURC: "closed",4
> AT+CREG?;+CGREG?;+COPS?;+CGATT?
< +CREG: 2,2
< +CGREG: 1,2
< +COPS: 0
< +CGATT: 0
< OK
> AT+QIACT=1
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 570,pdp context broken down
< OK
> AT+QIDEACT=1;+QIACT=1
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 561,open pdp context failed
< OK
> AT+QSSLOPEN=1,0,5,"192.0.2.1",443,0
< OK
< +QSSLOPEN: 5,561
> AT+QSSLCLOSE=4;+CREG=0;+CGREG=0;+CEREG=0
< OK
@quiet 1h
`)
		for r, n := range map[emulator.Registration]string{emulator.Denied: "3", emulator.NotRegistered: "0", emulator.Home: "1"} {
			b.pull(register(r))
			b.play("@echo off\n> AT+CREG?\n< +CREG: 0," + n + "\n< OK\n")
		}
		b.pull(register(emulator.Home))
		b.play("@echo off\n> AT+QIACT=1\n< OK\n" + openBuffer)
	})
}

// TestRegistrationOutlivesTheModule: what the network says it says to a module
// that has rebooted, too, and to one that is being let in just now.
func TestRegistrationOutlivesTheModule(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.pull(register(emulator.Denied))
		b.play("< RDY\n< +CFUN: 1\n> AT+CREG=1;&W\n< OK\n< +CPIN: READY\n< +CREG: 2\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CREG: 3\n")
		b.pull(emulator.Levers.Reboot)
		b.play("< RDY\n< +CFUN: 1\n< +CPIN: READY\n< +CREG: 2\n")
		b.pull(register(emulator.Roaming)) // while it searches
		b.play("< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CREG: 5\n@quiet 1h\n")
	})
}

// TestSignal: AT+CSQ tells what the lever says.
func TestSignal(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.events.forget()
		for _, rssi := range []int{0, 31, 99} {
			b.pull(func(l emulator.Levers) {
				if err := l.SetSignal(rssi); err != nil {
					t.Error(err)
				}
				for _, bad := range []int{-1, 32, 98, 100} {
					if l.SetSignal(bad) == nil {
						t.Errorf("%d is taken", bad)
					}
				}
			})
			if got := b.state().Signal; got != rssi {
				t.Errorf("%d, want %d", got, rssi)
			}
		}
		b.wantEvents("signal 0, signal 31, signal 99")
		b.play("@echo off\n> AT+CSQ;+CREG?\n< +CSQ: 99,99\n< +CREG: 0,1\n< OK\n")
	})
}
