package emulator

import (
	"bytes"
	"fmt"
	"slices"
)

// rated is a port whose host sets a line rate, as on a PTY. Pipes and TCP have
// none, and nothing is ever garbled there.
type rated interface {
	Baud() (bitPerSecond int, err error)
}

// autoRate is the rate of AT+IPR=0: the module finds the host's.
const autoRate = 0

// uart is the rate of the module's serial line. A host at another one sees
// garbage, and so does the module.
//
// A PTY stands for a USB port as often as for a UART, and there a rate means
// nothing: many hosts open it at 9600, the rate that their library happens to
// have, and have never seen garbage. So by default a rate counts only when the
// host has shown that it knows of rates: AT+IPR has changed it, or a stored one
// that is not the factory's came with the power. Quirk line-rate has it count
// always, as on a bare UART, or never, as on USB.
type uart struct {
	rate   int  // in force, bit/s, or autoRate
	found  int  // with autoRate: the host's; 0: not in step yet
	counts bool // a host at another rate is not understood

	noted [2]int // the last pair of rates that was noted, module and host
}

// newUART is the line after power on.
func (m *Modem) newUART(rate int) uart {
	u := uart{rate: rate, counts: rate != factoryRate}
	switch m.quirks[quirkLineRate] {
	case "always":
		u.counts = true
	case "never":
		u.counts = false
	}
	return u
}

// setRate is AT+IPR by port p. What is told and stored changes at once; the line
// does when the result of the command line is out (V.250 6.2.10).
func (m *Modem) setRate(p *port, rate int) {
	if rate == m.serial.rate {
		return
	}
	m.serial.rate = rate
	p.whenDone = func() {
		u := &m.serial.uart
		counts := u.counts || m.quirks[quirkLineRate] != "never"
		*u = uart{rate: rate, counts: counts}
	}
}

// hostRate is the rate that a port's host has set, in bit/s. ok is false where
// that makes no difference: the port has no rate, is not the UART, or its rate
// does not count. B0 is no rate but a hang-up.
func (a *port) hostRate() (rate int, ok bool) {
	u := &a.m.serial.uart
	if !u.counts || len(a.m.ports) > 1 && a.name != uartPort {
		return 0, false
	}
	dev, ok := a.dev.(rated)
	if !ok {
		return 0, false
	}
	rate, err := dev.Baud()
	return rate, err == nil && rate > 0
}

// heard is what the module hears of p, bytes that the host has sent.
func (a *port) heard(p []byte) []byte {
	u := &a.m.serial.uart
	host, ok := a.hostRate()
	switch {
	case !ok || host == u.rate || u.rate == autoRate && host == u.found:
		return p
	case u.rate == autoRate:
		return a.step(p, host)
	}
	a.noteGarbage(u.rate, host)
	return resample(p, host, u.rate)
}

// step is automatic rate detection. It takes an AT: that line is lost, what
// comes behind it is heard.
func (a *port) step(p []byte, host int) []byte {
	u := &a.m.serial.uart
	u.found = 0
	at := bytes.Index(bytes.ToUpper(p), []byte("AT"))
	if at < 0 || !slices.Contains(rates, host) {
		a.m.note(a, fmt.Sprintf("AT+IPR=0: not in step with %d bit/s, %d bytes are lost", host, len(p)))
		return nil
	}
	u.found = host
	a.m.note(a, fmt.Sprintf("AT+IPR=0: the host's rate is %d bit/s", host))
	if end := bytes.IndexByte(p[at:], '\r'); end >= 0 {
		return p[at+end+1:]
	}
	return nil
}

// said is what the host hears of p, bytes that the module sends. A module that
// is not in step with its host sends nothing that could be read.
func (a *port) said(p []byte) []byte {
	u := &a.m.serial.uart
	host, ok := a.hostRate()
	rate := u.rate
	if rate == autoRate {
		rate = u.found
	}
	switch {
	case !ok || host == rate:
		return p
	case rate == 0:
		a.m.note(a, fmt.Sprintf("AT+IPR=0: not in step with the host, %d bytes for it are lost", len(p)))
		return nil
	}
	a.noteGarbage(rate, host)
	return resample(p, rate, host)
}

// noteGarbage notes once that the two rates do not match.
func (a *port) noteGarbage(module, host int) {
	u := &a.m.serial.uart
	if pair := [2]int{module, host}; u.noted != pair {
		u.noted = pair
		a.m.note(a, fmt.Sprintf("the host's rate is %d bit/s, the module's %d: both see garbage", host, module))
	}
}
