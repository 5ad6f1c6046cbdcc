package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
)

// Of echo requests: how much data each carries, in bytes (family), and how long
// the module waits between an answer and the next, on its clock (inferred).
const (
	pingBytes = 32
	pingPause = time.Second
)

var _ = commands("TCP/IP", &Command{
	Name: "+QPING", Summary: "ping: by TCP, with a TTL of 0, where the machine permits no ICMP", Source: "family", Class: classStack, Max: 300e9,
	Params: []atengine.Param{
		contextID,
		atengine.Str("host", 1, 255).Bare(), // hosts in the field send it without quotes
		atengine.Int("timeout", 1, 255).Or(4),
		atengine.Int("pingnum", 1, 10).Or(4),
	},
	Plain: true,
	Write: (*Modem).startPing,
})

// pinging is a series of echo requests.
type pinging struct {
	m       *Modem
	port    *port // that asked
	errand  *errand
	net     network.Network
	target  network.Target
	timeout time.Duration // of each, on the modem's clock
	number  int
	sent    int
	times   []int // of those that were answered, in ms on the modem's clock
}

// startPing answers OK; a URC tells of each request, and one of all of them. One
// series at a time is under way.
func (m *Modem) startPing(c *Call) Response {
	if m.errands.ping != nil {
		return atengine.Fail(OperationBusy)
	}
	s := &pinging{m: m, port: m.portOf(c), timeout: time.Duration(c.Int(2)) * time.Second, number: c.Int(3)}
	pdp, host := c.Int(0), c.Text(1)
	if code := m.pdp.usable(pdp); code != Success {
		m.soon(func() { s.port.pinged(code) })
		return Response{}
	}
	s.errand = newErrand(&m.errands.ping, pdp, s.port.pinged)
	s.net = m.wayOut(pdp, WayPing)
	m.lookup(s.errand, s.net, host, func(addrs []netip.Addr, err error) {
		if code := lookupCode(addrs, err); code != Success {
			m.log.Debug("ping failed", "host", host, "error", err)
			s.errand.end()
			s.port.pinged(code)
			return
		}
		s.target = network.Target{Host: host, Addr: netip.AddrPortFrom(addrs[0], 0)}
		s.next()
	})
	return Response{}
}

// pinged tells the host of a port that a request, or the series, has failed.
func (a *port) pinged(code Code) { a.outcome(code, fmt.Sprintf("+QPING: %d", int(code))) }

// next sends one request and waits for its answer.
func (s *pinging) next() {
	s.sent++
	m, w, target, way := s.m, s.errand, s.target, s.net
	if m.pdp.contexts[w.pdp].drifted {
		way = m.drifted()
	}
	m.errands.wait.Go(func() {
		ctx, cancel := context.WithTimeout(w.ctx, m.clock.Wall(s.timeout))
		defer cancel()
		began := m.clock.Now()
		echo, err := network.Ping(ctx, way, target, pingBytes)
		took := m.clock.Now().Sub(began)
		m.post(func() {
			if w.live() {
				s.answered(echo, took, err)
			}
		})
	})
}

// answered takes what one request came to.
func (s *pinging) answered(echo network.Echo, took time.Duration, err error) {
	if err != nil {
		s.m.log.Debug("no answer to an echo request", "host", s.target.Host, "error", err)
		s.port.pinged(pingCode(err))
	} else {
		ms := int(took.Milliseconds())
		s.times = append(s.times, ms)
		s.port.outcome(Success, fmt.Sprintf(`+QPING: 0,"%s",%d,%d,%d`, s.target.Addr.Addr(), pingBytes, ms, echo.TTL))
	}
	if s.sent < s.number {
		s.errand.pause.cut()
		s.errand.pause.after(s.m, pingPause, s.next)
		return
	}
	s.errand.end()
	s.port.outcome(Success, s.summary())
}

// pingCode is the result code of a request without an answer.
func pingCode(err error) Code {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errDrifted) {
		return OperationTimeout
	}
	return openCode(err)
}

// summary tells of the series: that it is over is a success, whatever came back
// (sibling's manual).
func (s *pinging) summary() string {
	low, high, sum := 0, 0, 0
	if len(s.times) > 0 {
		low, high = slices.Min(s.times), slices.Max(s.times)
	}
	for _, ms := range s.times {
		sum += ms
	}
	answers := len(s.times)
	return fmt.Sprintf("+QPING: 0,%d,%d,%d,%d,%d,%d", s.sent, answers, s.sent-answers, low, high, sum/max(answers, 1))
}

var _ = forces("+QPING", func(m *Modem, c *Call, code Code, f forced) Response {
	p := m.portOf(c)
	m.soon(func() {
		p.pinged(code)
		m.result.last = f.stored
	})
	return Response{}
})
