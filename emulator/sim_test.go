package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// read are the URCs of a SIM that is read while CREG URCs are on.
const read = "< +CPIN: READY\n< +CREG: 2\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n< +CREG: 1\n"

// TestSIMPulled: a SIM that is taken out under way takes the registration and the
// PDP contexts along; put back it is read and the module registers again.
func TestSIMPulled(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+CREG=1;+QSIMDET=1,1\n< OK\n" + openBuffer)
		b.events.forget()
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMAbsent) })
		b.wantEvents("sim absent, registration none, pdp.released service lost, tls.closed PDP context deactivated")
		b.play(`@echo off
< +CPIN: NOT READY
< +CREG: 0
< +QIURC: "pdpdeact",1
< +QSSLURC: "closed",4
> AT+CPIN?
< +CME ERROR: 10
> AT+CPIN=1234
< +CME ERROR: 10
> AT+CIMI
< +CME ERROR: 10
> AT+CMEE=2
< OK
> AT+QCCID
< +CME ERROR: SIM not inserted
> AT+CMEE=0
< OK
> AT+CIMI
< ERROR
@quiet 1h
`)
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMReady) })
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMReady) }) // it is there
		b.play("@echo off\n" + read + "> AT+CIMI\n< 46001{n}\n< OK\n> AT+CPIN=1234\n< ERROR\n")
		b.wantEvents("sim ready, registration searching, registration home")
	})
}

// TestPIN: a SIM that asks for its PIN gets it, and asks again after a reboot.
func TestPIN(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold, PIN: "2468"}, func(b *bench) {
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.play(`< RDY
< +CFUN: 1
< +CPIN: SIM PIN
@quiet 1h
> AT+CREG=1;&W
< OK
> AT+CPIN?;+CREG?
< +CPIN: SIM PIN
< +CREG: 1,0
< OK
> AT+CIMI
< +CME ERROR: 11
> AT+QCCID
< +QCCID: 898601{n}
< OK
> AT+CPIN=1234
< +CME ERROR: 16
> AT+CPIN="2468","1111"
< +CME ERROR: 3
> AT+CPIN="2468"
< OK
` + read + "> AT+CPIN?\n< +CPIN: READY\n< OK\n> AT+CPIN=2468\n< +CME ERROR: 3\n")
		b.pull(emulator.Levers.Reboot)
		b.play("< RDY\n< +CFUN: 1\n< +CPIN: SIM PIN\n> AT+CPIN=2468\n< OK\n" + read)
		// The radio alone off and on does not lock it, its own supply does.
		b.play("> AT+CFUN=4\n< OK\n< +CREG: 0\n> AT+CFUN=1\n< OK\n" + read)
		b.play("> AT+CFUN=0\n< OK\n< +CREG: 0\n> AT+CFUN=1\n< OK\n< +CPIN: SIM PIN\n")
	})
}

// TestPUK: three wrong PINs ask for the PUK, ten wrong PUKs are the end of the
// SIM; a right one comes with a new PIN.
func TestPUK(t *testing.T) {
	wrong := func(n int, line string) string {
		return strings.Repeat("> "+line+"\n< +CME ERROR: 16\n", n)
	}
	const asksPIN = "< +CPIN: SIM PIN\n"
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CREG=1\n< OK\n")
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.play("@echo off\n" + asksPIN + "< +CREG: 0\n< +QIURC: \"pdpdeact\",1\n" + wrong(2, "AT+CPIN=0000") + "> AT+CPIN=1234\n< OK\n" + read)
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.events.forget()
		b.play("@echo off\n" + asksPIN + "< +CREG: 0\n" + wrong(3, "AT+CPIN=0000") + `> AT+CPIN?
< +CPIN: SIM PUK
< OK
> AT+CIMI
< +CME ERROR: 12
> AT+CPIN=1234
< +CME ERROR: 12
> AT+CPIN=12345678,abcd
< +CME ERROR: 16
` + wrong(9, "AT+CPIN=87654321,1111") + "> AT+CPIN=12345678,1111\n< OK\n" + read)
		b.wantEvents("sim puk, sim ready, registration searching, registration home")
		// The new PIN is the PIN, and all tries are there again.
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPUK) })
		b.play("@echo off\n< +CPIN: SIM PUK\n< +CREG: 0\n" + wrong(10, "AT+CPIN=87654321,1111") +
			"> AT+CPIN?\n< +CME ERROR: 13\n> AT+CPIN=12345678,1111\n< +CME ERROR: 13\n")
		if s := b.state(); s.SIM != emulator.SIMBlocked {
			t.Errorf("%v", s.SIM)
		}
		b.pull(func(l emulator.Levers) { l.SetSIM(emulator.SIMPIN) })
		b.play("@echo off\n" + asksPIN + "> AT+CPIN=1111\n< OK\n" + read)
	})
}

// TestBootWithoutSIM: the boot says so, and the module stays without a network.
func TestBootWithoutSIM(t *testing.T) {
	for state, text := range map[emulator.SIMState]string{
		emulator.SIMAbsent: "NOT INSERTED", emulator.SIMPUK: "SIM PUK", emulator.SIMBlocked: "NOT READY",
	} {
		bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
			b.pull(func(l emulator.Levers) { l.SetSIM(state) })
			b.lasts(8800*time.Millisecond, "< RDY\n< +CFUN: 1\n< +CPIN: "+text+"\n")
			b.play("@quiet 1h\n> AT+CREG?\n< +CREG: 0,0\n< OK\n")
			if s := b.state(); s.Boot != emulator.PhaseReady || s.SIM != state {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestBadPIN: a PIN that no host could type is refused.
func TestBadPIN(t *testing.T) {
	for _, pin := range []string{"123", "123456789", "12a4", " 1234"} {
		if _, err := emulator.New(emulator.Options{PIN: pin}); err == nil || !strings.Contains(err.Error(), "4 to 8 digits") {
			t.Errorf("%q: %v", pin, err)
		}
	}
}

// TestWords: what a scenario calls the states can be read back, and what is no
// such word is told with those there are.
func TestWords(t *testing.T) {
	for _, s := range []emulator.SIMState{emulator.SIMReady, emulator.SIMAbsent, emulator.SIMPIN, emulator.SIMPUK, emulator.SIMBlocked} {
		if got, err := emulator.ParseSIMState(s.String()); got != s || err != nil {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for _, r := range []emulator.Registration{
		emulator.NotRegistered, emulator.Home, emulator.Searching, emulator.Denied, emulator.Roaming,
	} {
		if got, err := emulator.ParseRegistration(r.String()); got != r || err != nil {
			t.Errorf("%v: %v, %v", r, got, err)
		}
	}
	if _, err := emulator.ParseSIMState("gone"); err == nil || !strings.Contains(err.Error(), "ready, absent, pin, puk") {
		t.Error(err)
	}
	if _, err := emulator.ParseRegistration(""); err == nil || !strings.Contains(err.Error(), "home, roaming, searching, denied, none") {
		t.Error(err)
	}
}
