package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/sntp"
)

var _ = commands("TCP/IP", &Command{
	Name: "+QNTP", Summary: "set the clock by a time server", Source: "family, sibling EC200U", Class: classStack, Max: 125 * time.Second,
	Test: "+QNTP: (1-15),<server>,(1-65535),(0,1)[,(1-10),(5-60)]",
	Params: []atengine.Param{
		contextID,
		atengine.Str("server", 1, 255),
		atengine.Int("port", 1, 65535).Or(sntp.Port),
		atengine.Int("autosettime", 0, 1).Or(1),
		atengine.Int("retry_cnt", 1, 10).Or(3),
		atengine.Int("retry_interval", 5, 60).Or(15),
	},
	Read: func(m *Modem, _ *Call) Response {
		if m.errands.time == nil {
			return Response{}
		}
		return atengine.Infof(`+QNTP: "%s",%d`, m.errands.server.host, m.errands.server.port)
	},
	Write: (*Modem).askTime,
})

// timeQuestion is a time server being asked.
type timeQuestion struct {
	m        *Modem
	port     *port // that asks
	errand   *errand
	net      network.Network
	host     string
	target   network.Target
	set      bool // the clock, with what comes
	tries    int  // that are left
	interval time.Duration
}

// askTime answers OK; a URC tells what came of it. One server at a time is asked.
// <retry_cnt> counts the tries, the first one included, each of which waits
// <retry_interval> seconds for its answer (inferred).
func (m *Modem) askTime(c *Call) Response {
	if m.errands.time != nil {
		return atengine.Fail(OperationBusy)
	}
	q := &timeQuestion{
		m: m, port: m.portOf(c), host: c.Text(1), set: c.Int(3) == 1,
		tries: c.Int(4), interval: time.Duration(c.Int(5)) * time.Second,
	}
	pdp, serverPort := c.Int(0), uint16(c.Int(2))
	if code := m.pdp.usable(pdp); code != Success {
		m.soon(func() { q.port.timeless(code) })
		return Response{}
	}
	q.errand = newErrand(&m.errands.time, pdp, q.port.timeless)
	m.errands.server.host, m.errands.server.port = q.host, serverPort
	q.net = m.wayOut(pdp, WayTime)
	m.lookup(q.errand, q.net, q.host, func(addrs []netip.Addr, err error) {
		if code := lookupCode(addrs, err); code != Success {
			q.failed(code, err)
			return
		}
		q.target = network.Target{Host: q.host, Addr: netip.AddrPortFrom(addrs[0], serverPort), UDP: true}
		q.try()
	})
	return Response{}
}

// timeless tells the host of a port that no time came.
func (a *port) timeless(code Code) { a.outcome(code, fmt.Sprintf("+QNTP: %d", int(code))) }

// failed ends the question without a time.
func (q *timeQuestion) failed(code Code, err error) {
	q.m.log.Debug("no time", "server", q.host, "error", err)
	q.errand.end()
	q.port.timeless(code)
}

// try asks once. The next try, if there is one, comes when the interval is over,
// however early this one fails.
func (q *timeQuestion) try() {
	m, w, way := q.m, q.errand, q.net
	if m.pdp.contexts[w.pdp].drifted {
		way = m.drifted()
	}
	q.tries--
	over := false // the interval
	var failure error
	next := func() {
		switch {
		case failure == nil:
		case q.tries == 0 || errors.Is(failure, sntp.ErrRefused):
			q.failed(timeCode(failure), failure)
		case over:
			w.pause.cut()
			q.try()
		}
	}
	w.pause.after(m, q.interval, func() { over = true; next() })
	m.errands.wait.Go(func() {
		ctx, cancel := context.WithTimeout(w.ctx, m.clock.Wall(q.interval))
		defer cancel()
		now, err := askServer(ctx, way, q.target)
		m.post(func() {
			switch {
			case !w.live():
			case err != nil:
				failure = err
				next()
			default:
				q.came(now)
			}
		})
	})
}

// askServer asks a time server once.
func askServer(ctx context.Context, way network.Network, target network.Target) (time.Time, error) {
	conn, err := way.Dial(ctx, target)
	if err != nil {
		return time.Time{}, err
	}
	now, err := sntp.Query(ctx, conn)
	return now, errors.Join(err, conn.Close())
}

// came takes the time that a server told.
func (q *timeQuestion) came(now time.Time) {
	m := q.m
	q.errand.end()
	local := now.In(m.localZone())
	shown := m.shown(local, local)
	if q.set {
		m.rtc.set(shown)
		m.event(Event{Kind: ClockSet, Text: "AT+QNTP"})
	}
	_, seconds := local.Zone()
	q.port.outcome(Success, fmt.Sprintf(`+QNTP: 0,"%s%+03d"`, shown.Format(longStamp), seconds/(15*60)))
}

// localZone is the zone that the network told, or the clock's.
func (m *Modem) localZone() *time.Location {
	if h := m.nitz.heard; h != nil {
		return zone(h.zone)
	}
	return zone(m.rtc.zone)
}

// timeCode is the result code of a question that failed.
func timeCode(err error) Code {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errDrifted) {
		return OperationTimeout
	}
	return openCode(err)
}

var _ = forces("+QNTP", func(m *Modem, c *Call, code Code, f forced) Response {
	p := m.portOf(c)
	m.soon(func() {
		p.timeless(code)
		m.result.last = f.stored
	})
	return Response{}
})
