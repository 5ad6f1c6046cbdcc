package emulator_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// bubbleWith runs f in a bubble with a modem of its own options, whose host has
// opened the device and said nothing yet.
func bubbleWith(t *testing.T, o emulator.Options, f func(b *bench)) {
	t.Helper()
	bubbleOn(t, 1, o, f)
}

// bubbleOn is bubbleWith for a modem whose clock runs at a speed.
func bubbleOn(t *testing.T, speed float64, o emulator.Options, f func(b *bench)) {
	t.Helper()
	serverTLS() // made outside
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, events: &eventLog{}, timeout: 24 * time.Hour}
		o.Events, o.Clock = b.events, clock.New(speed)
		if o.Network == nil {
			o.Network = network.Offline{}
		}
		var err error
		if b.modem, err = emulator.New(o); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := b.modem.Close(); err != nil {
				t.Error(err)
			}
			b.dev.Close()
		}()
		b.openPipe()
		f(b)
	})
}

// pull moves levers.
func (b *bench) pull(f func(emulator.Levers)) {
	b.t.Helper()
	if err := b.modem.Do(func(l emulator.Levers) error { f(l); return nil }); err != nil {
		b.t.Fatal(err)
	}
}

// state is the modem's.
func (b *bench) state() emulator.State {
	b.t.Helper()
	s, err := b.modem.State()
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// told are the events since the last forget, without those of the ports.
func (l *eventLog) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []string
	for _, e := range l.all {
		switch e.Kind {
		case emulator.URCSent, emulator.Noted, emulator.HostOpen, emulator.HostClose:
		default:
			list = append(list, strings.TrimSpace(string(e.Kind)+" "+e.Text))
		}
	}
	return strings.Join(list, ", ")
}

// wantEvents takes what has happened since the last time.
func (b *bench) wantEvents(want string) {
	b.t.Helper()
	if got := b.events.told(); got != want {
		b.t.Errorf("events:\n%s\nwant:\n%s", got, want)
	}
	b.events.forget()
}

// bootURCs is what an EG800K says when it boots (capture), from RDY on, with the
// spacing that was measured.
const bootURCs = `< RDY
< +CFUN: 1
@quiet 990ms
< +CPIN: READY
@quiet 190ms
< +QUSIM: 1
@quiet 1790ms
< +QIND: SMS DONE
@quiet 490ms
< +QIND: PB DONE
`

// booted are the same URCs, whenever they come.
const booted = "< RDY\n< +CFUN: 1\n< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n"

var cold = emulator.Boot{Cold: true}

// TestRuling22ColdBoot: a cold module boots for its first host. It is deaf until
// RDY, its clock is one that was never set (ruling 21), and it registers when it
// knows its SIM.
func TestRuling22ColdBoot(t *testing.T) {
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.lasts(7800*time.Millisecond, ">> AT\\r\n< RDY\n< +CFUN: 1\n")
		if !b.events.noted("booting: 3 bytes") {
			t.Error("what a host sends to a deaf module is not noted")
		}
		if s := b.state(); s.Boot != emulator.PhaseStarting || s.Registration != emulator.NotRegistered {
			t.Errorf("%+v", s)
		}
		b.play(`> ATE0
< OK
@echo off
> AT+CPIN?
< +CME ERROR: 14
> AT+CIMI
< +CME ERROR: 14
> AT+QIACT=1
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 561,open pdp context failed
< OK
> AT+CREG?;+CGATT?;+COPS?
< +CREG: 0,0
< +CGATT: 0
< +COPS: 0
< OK
> AT+CREG=1
< OK
< +CPIN: READY
< +CREG: 2
< +QUSIM: 1
< +QIND: SMS DONE
< +QIND: PB DONE
< +CREG: 1
> AT+CPIN?;+CREG?;+CGATT?;+COPS?
< +CPIN: READY
< +CREG: 1,1
< +CGATT: 1
< +COPS: 0,0,"CHN-UNICOM",7
< OK
> AT+CCLK?
< +CCLK: "70/01/01,00:00:12+00"
< OK
> AT+QIACT=1
< OK
`)
		b.wantEvents("boot cold, registration searching, registration home, pdp.activated 10.7.157.1")
		b.hangUp() // a second host finds it up
		b.play("@echo off\n@quiet 20s\n> AT\n< OK\n")
		if s := b.state(); s.Boot != emulator.PhaseReady {
			t.Errorf("%v", s.Boot)
		}
	})
	t.Run("spacing", func(t *testing.T) {
		bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) { b.play("@quiet 7790ms\n" + bootURCs) })
	})
	t.Run("options", func(t *testing.T) {
		o := emulator.Options{
			Boot: emulator.Boot{Cold: true, RDY: 11 * time.Second}, RTC: time.Date(2021, 8, 25, 12, 0, 0, 0, time.UTC),
		}
		bubbleWith(t, o, func(b *bench) {
			b.lasts(11*time.Second, "< RDY\n< +CFUN: 1\n")
			b.play("> AT+CCLK?\n< +CCLK: \"21/08/25,12:00:11+00\"\n< OK\n")
		})
	})
	t.Run("speed", func(t *testing.T) { // ruling 20
		bubbleOn(t, 10, emulator.Options{Boot: cold}, func(b *bench) {
			b.lasts(1130*time.Millisecond, booted)
		})
	})
}

// idlePort is a port that no host opens.
type idlePort struct {
	done chan struct{}
	once sync.Once
}

func (p *idlePort) Next([]byte) (int, port.Event, error) {
	<-p.done
	return 0, port.Data, net.ErrClosed
}
func (p *idlePort) TryWrite([]byte) (int, error) { return 0, port.ErrNoHost }
func (p *idlePort) WaitWritable() error          { return port.ErrNoHost }
func (p *idlePort) Path() string                 { return "idle" }
func (p *idlePort) Close() error                 { p.once.Do(func() { close(p.done) }); return nil }

// TestColdBootWaits: a cold module waits for its first host, on whichever port
// that one comes (ruling 22).
func TestColdBootWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := emulator.New(emulator.Options{Boot: cold, Network: network.Offline{}})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		attach := func(p emulator.Port) {
			t.Helper()
			if err := m.Attach(p); err != nil {
				t.Fatal(err)
			}
		}
		b := &bench{t: t, modem: m}
		attach(&idlePort{done: make(chan struct{})})
		time.Sleep(time.Hour)
		if s := b.state(); s.Boot != emulator.PhaseWaiting || !s.Power || s.Ports[0].Host {
			t.Errorf("%+v", s)
		}
		second, host := port.Pipe()
		defer host.Close()
		attach(second)
		time.Sleep(8 * time.Second)
		if s := b.state(); s.Boot != emulator.PhaseStarting || s.Ports[0].Host || !s.Ports[1].Host {
			t.Errorf("%+v", s)
		}
	})
}

// TestColdPowerOn: a cold module can be switched on without a host.
func TestColdPowerOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := emulator.New(emulator.Options{Boot: cold, Network: network.Offline{}})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		b := &bench{t: t, modem: m}
		b.pull(emulator.Levers.PowerOn)
		time.Sleep(8 * time.Second)
		if s := b.state(); s.Boot != emulator.PhaseStarting {
			t.Errorf("%+v", s)
		}
	})
}

// TestPowerDown: AT+QPOWD says when the module is off, and then there is silence
// until somebody gives it power again.
func TestPowerDown(t *testing.T) {
	for line, d := range map[string]time.Duration{
		"AT+QPOWD": 3 * time.Second, "AT+QPOWD=1": 3 * time.Second, "AT+QPOWD=0": 500 * time.Millisecond,
	} {
		bubble(t, network.Offline{}, func(b *bench) {
			b.events.forget()
			b.lasts(d, "> "+line+"\n< OK\n< POWERED DOWN\n")
			b.wantEvents("pdp.released the module is off, power.off")
			b.play("@echo off\n>> AT\\r\n@quiet 1h\n")
			if s := b.state(); s.Power || s.Boot != emulator.PhaseOff || s.Registration != emulator.NotRegistered {
				t.Errorf("%+v", s)
			}
			b.hangUp() // a host that comes does not wake it
			b.play("@quiet 1h\n")
			b.pull(emulator.Levers.PowerOff)
			b.events.forget()
			b.pull(emulator.Levers.PowerOn)
			b.pull(emulator.Levers.PowerOn)
			b.lasts(11300*time.Millisecond, booted)
			b.wantEvents("boot power on, registration searching")
		})
	}
}

// TestFunction: AT+CFUN=0 takes the radio and the SIM away, =3 and =4 the radio,
// =5 the SIM, and each of them the PDP contexts; =1 brings them back.
func TestFunction(t *testing.T) {
	for _, level := range []string{"0", "3", "4", "5"} {
		bubble(t, &pipes{serve: echoing}, func(b *bench) {
			b.play("@echo off\n> AT+CREG=2\n< OK\n" + openBuffer + "> AT+CFUN=" + level + `
< OK
< +CREG: 0
< +QIURC: "pdpdeact",1
< +QSSLURC: "closed",4
> AT+CFUN?
< +CFUN: ` + level + `
< OK
> AT+CSQ;+COPS?;+CGATT?
< +CSQ: 99,99
< +COPS: 0
< +CGATT: 0
< OK
> AT+QIACT=2
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 561,open pdp context failed
< OK
`)
			if level == "0" || level == "5" {
				b.play("@echo off\n> AT+CPIN?\n< +CME ERROR: 13\n> AT+CIMI\n< +CME ERROR: 13\n> AT+QCCID\n< +CME ERROR: 13\n")
			} else {
				b.play("@echo off\n> AT+CPIN?\n< +CPIN: READY\n< OK\n")
			}
			b.play(`@echo off
@quiet 1h
> AT+CFUN=1
< OK
< +CPIN: READY
< +CREG: 2
< +QUSIM: 1
< +QIND: SMS DONE
< +QIND: PB DONE
< +CREG: 1,"550A","82E8C80",7
> AT+CFUN=1
< OK
> AT+QIDEACT=1;+QSSLCLOSE=4;+QIACT=1
< OK
`)
		})
	}
	// From 0 to 4 the SIM is back, the radio not.
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CFUN=0\n< OK\n< +QIURC: \"pdpdeact\",1\n> AT+CFUN=4\n< OK\n" +
			"< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n> AT+CPIN?;+CREG?\n< +CPIN: READY\n< +CREG: 0,0\n< OK\n")
	})
	// Taken away in the midst of a boot, the SIM is not told of.
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.play("< RDY\n< +CFUN: 1\n> AT+CFUN=0\n< OK\n@quiet 1h\n> AT+CPIN?\n< +CME ERROR: 13\n")
	})
	// Given back there, it is told of once.
	bubbleWith(t, emulator.Options{Boot: cold}, func(b *bench) {
		b.play("< RDY\n< +CFUN: 1\n> AT+CFUN=0;+CFUN=1\n< OK\n" +
			"< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n@quiet 1h\n")
	})
}
