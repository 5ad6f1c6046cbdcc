package emulator_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// bent is a Bender, a Router or a Before in one, each as far as it is set.
type bent struct {
	bend   func(dir emulator.Direction, p []byte) ([]emulator.Piece, bool)
	before func(c *emulator.Call) (emulator.Response, bool)
}

func (b bent) Bend(_ string, dir emulator.Direction, p []byte) ([]emulator.Piece, bool) {
	return b.bend(dir, p)
}

func (b bent) Before(c *emulator.Call) (emulator.Response, bool) { return b.before(c) }

// onLoop runs f on the modem's loop.
func (b *bench) onLoop(f func(m *emulator.Modem)) {
	b.t.Helper()
	err := b.modem.Do(func(emulator.Levers) error {
		f(b.modem)
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// fromHost has what hosts send come in pieces that each wait for gap.
func (b *bench) fromHost(size int, gap time.Duration) {
	b.onLoop(func(m *emulator.Modem) {
		m.Seams().Bend = bent{bend: func(dir emulator.Direction, p []byte) (pieces []emulator.Piece, ok bool) {
			for dir == emulator.FromHost && len(p) > 0 {
				n := min(size, len(p))
				pieces = append(pieces, emulator.Piece{Wait: gap, Bytes: p[:n]})
				p = p[n:]
			}
			return pieces, pieces != nil
		}}
	})
}

// heard counts the bytes that were read from the host.
type heard struct{ n int }

func (h *heard) Wire(_ string, dir emulator.Direction, p []byte) {
	if dir == emulator.FromHost {
		h.n += len(p)
	}
}

// TestPacedHostIsRead: a host whose bytes are held back is read as they leave, not
// only when all have left, so that its going is noticed.
func TestPacedHostIsRead(t *testing.T) {
	h := &heard{}
	bubbleWith(t, emulator.Options{Wire: h, Network: &pipes{}}, func(b *bench) {
		b.fromHost(1, time.Millisecond)
		go func() { _, _ = b.dev.Write(make([]byte, 128<<10)) }() // until the device is closed
		synctest.Wait()
		var before, after int
		b.onLoop(func(*emulator.Modem) { before = h.n })
		time.Sleep(10 * time.Second)
		b.onLoop(func(*emulator.Modem) { after = h.n })
		if after < before+8000 {
			t.Errorf("%d bytes read at first, %d ten seconds later", before, after)
		}
	})
}

// TestRebootTakesPiecesAlong: what was sent together with the command that a
// reboot came of is not heard after it, however long it was held back.
func TestRebootTakesPiecesAlong(t *testing.T) {
	bubbleWith(t, emulator.Options{Network: &pipes{}}, func(b *bench) {
		b.onLoop(func(m *emulator.Modem) {
			m.Seams().Bend = bent{bend: func(dir emulator.Direction, p []byte) ([]emulator.Piece, bool) {
				if dir == emulator.ToHost {
					return nil, false
				}
				return []emulator.Piece{{Bytes: p}, {Wait: time.Minute, Bytes: []byte("AT\r")}}, true
			}}
			m.Seams().Before = bent{before: func(*emulator.Call) (emulator.Response, bool) {
				m.Levers().Reboot()
				return emulator.Response{}, false
			}}
		})
		b.play("@echo off\n>> AT+CSQ\\r\n<< AT+CSQ\\r\n< RDY\n< +CFUN: 1\n< +CPIN: READY\n< +QUSIM: 1\n< +QIND: SMS DONE\n< +QIND: PB DONE\n@quiet 1h\n")
	})
}

// TestForcedOpenEndsWithPower: the URC of an open that was made to fail does not
// outlive a reboot.
func TestForcedOpenEndsWithPower(t *testing.T) {
	bubble(t, &pipes{}, func(b *bench) {
		b.onLoop(func(m *emulator.Modem) {
			m.Seams().Before = bent{before: func(c *emulator.Call) (emulator.Response, bool) {
				m.Later(m.Levers().Reboot)
				return m.Force(c, emulator.DNSParseFailed, emulator.DNSParseFailed), true
			}}
		})
		b.play("@echo off\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n@quiet 7s\n" + booted)
	})
}

// TestInjectedBytesCount: what the far end is made to send counts as received.
func TestInjectedBytesCount(t *testing.T) {
	o := emulator.Options{Network: &pipes{serve: swallowing}, Quirks: map[string]string{"recv-zero": "query"}}
	bubbleWith(t, o, func(b *bench) {
		b.play("> ATE0\n< OK\n@echo off\n> AT+QISDE=0;+QIACT=1\n< OK\n" + openBuffer)
		b.onLoop(func(m *emulator.Modem) {
			if n := m.Inject(4, []byte("hello")); n != 5 {
				t.Errorf("%d bytes were taken", n)
			}
			if id, ok := m.PDPOf(4); id != 1 || !ok {
				t.Errorf("client 4 is of PDP context %d, %v", id, ok)
			}
			if _, ok := m.PDPOf(5); ok {
				t.Error("client 5 is not there")
			}
		})
		b.play("@echo off\n< +QSSLURC: \"recv\",4\n> AT+QSSLRECV=4,0\n< +QSSLRECV: 5,0,5\n< OK\n")
	})
}

// TestDeactivationEndsConnections: AT+QIDEACT is silent on the line, but those who
// watch the modem are told of each connection that it ends.
func TestDeactivationEndsConnections(t *testing.T) {
	bubble(t, &pipes{serve: swallowing}, func(b *bench) {
		b.play("@echo off\n" + openBuffer)
		b.events.forget()
		b.play("@echo off\n> AT+QIDEACT=1\n< OK\n")
		b.wantEvents("tls.closed PDP context deactivated by the host, pdp.released")
	})
}

// TestSetupWaits: a setup command that answers late is waited for.
func TestSetupWaits(t *testing.T) {
	bubble(t, &pipes{}, func(b *bench) {
		late := errors.New("late")
		b.onLoop(func(m *emulator.Modem) {
			m.Seams().Before = bent{before: func(c *emulator.Call) (emulator.Response, bool) {
				r, done := c.Wait()
				failed := strings.HasSuffix(string(c.Name), "CREG")
				m.After(time.Second, func() {
					if failed {
						done.Finish(emulator.Response{Err: late})
						return
					}
					done.Finish(emulator.Response{Lines: []string{"here"}})
				})
				return r, true
			}}
		})
		if err := b.modem.Setup("AT+CSQ"); err != nil {
			t.Error(err)
		}
		if err := b.modem.Setup("AT+CREG?"); err == nil || !strings.Contains(err.Error(), "ERROR") {
			t.Errorf("error %v", err)
		}
	})
}
