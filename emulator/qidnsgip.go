package emulator

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
)

// lookupTime is how long a name may take to be resolved, on the modem's clock
// (family).
const lookupTime = 60 * time.Second

// timeToLive is what AT+QIDNSGIP tells of every answer: a resolver does not say,
// and modules in the field print 0.
const timeToLive = 0

var _ = commands("TCP/IP", &Command{
	Name: "+QIDNSGIP", Summary: "resolve a name: the time to live is always 0", Source: "family, field", Class: classStack, Max: lookupTime,
	Params: []atengine.Param{contextID, atengine.Str("hostname", 1, 255)},
	Write:  (*Modem).resolveName,
})

// resolveName answers OK; a URC tells the addresses, or why there are none. One
// name at a time is resolved.
func (m *Modem) resolveName(c *Call) Response {
	if m.errands.dns != nil {
		return atengine.Fail(DNSBusy)
	}
	p, pdp, host := m.portOf(c), c.Int(0), c.Text(1)
	if code := m.pdp.usable(pdp); code != Success {
		m.soon(func() { p.resolved(code, nil) })
		return Response{}
	}
	w := newErrand(&m.errands.dns, pdp, func(code Code) { p.resolved(code, nil) })
	m.lookup(w, m.wayOut(pdp, WayDNS), host, func(addrs []netip.Addr, err error) {
		w.end()
		code := lookupCode(addrs, err)
		m.log.Debug("resolved", "host", host, "addresses", addrs, "error", err)
		p.resolved(code, addrs)
	})
	return Response{}
}

// lookupCode is the result code of a lookup.
func lookupCode(addrs []netip.Addr, err error) Code {
	switch {
	case errors.Is(err, network.ErrBusy):
		return DNSBusy
	case err != nil, len(addrs) == 0:
		return DNSParseFailed
	}
	return Success
}

// resolved tells the host of a port what AT+QIDNSGIP found.
func (a *port) resolved(code Code, addrs []netip.Addr) {
	if code != Success {
		a.outcome(code, fmt.Sprintf(`+QIURC: "dnsgip",%d`, int(code)))
		return
	}
	lines := []string{fmt.Sprintf(`+QIURC: "dnsgip",0,%d,%d`, len(addrs), timeToLive)}
	for _, addr := range addrs {
		lines = append(lines, fmt.Sprintf(`+QIURC: "dnsgip","%s"`, addr))
	}
	a.outcome(Success, lines...)
}

var _ = forces("+QIDNSGIP", func(m *Modem, c *Call, code Code, f forced) Response {
	p := m.portOf(c)
	m.soon(func() {
		p.resolved(code, nil)
		m.result.last = f.stored
	})
	return Response{}
})
