package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/sntp"
)

// ntp is the module asking a time server: once at a time. The loop owns it.
type ntp struct {
	task *ntpTask // under way; nil: none
	wait sync.WaitGroup
}

// losePower forgets the question. Nobody is told.
func (n *ntp) losePower() {
	if n.task != nil {
		n.task.cancel()
		n.task = nil
	}
}

// ntpTask is one AT+QNTP, on its way outside the loop.
type ntpTask struct {
	port    *port
	pdp     int
	set     bool // the clock, with what comes
	query   network.Query
	network network.Network
	// How long the name may take to resolve, and how long each try may take: on
	// the wall clock.
	resolveTime, tryTime time.Duration
	tries                int
	ctx                  context.Context
	cancel               context.CancelFunc
}

// ntpResolveTime is how long a server's name may take to resolve, on the modem's
// clock (that of AT+QIDNSGIP: family).
const ntpResolveTime = 60 * time.Second

var _ = commands("TCP/IP", &Command{
	Name: "+QNTP", Summary: "set the clock by a time server", Source: "family, U", Class: classStack, Max: 125 * time.Second,
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
		t := m.ntp.task
		if t == nil {
			return Response{}
		}
		return atengine.Infof(`+QNTP: "%s",%d`, t.query.Host, t.query.Port)
	},
	Write: (*Modem).askTime,
})

// askTime answers OK; a URC tells what came of it. <retry_cnt> counts the tries,
// the first one included, each of which waits <retry_interval> seconds (inferred).
func (m *Modem) askTime(c *Call) Response {
	if m.ntp.task != nil {
		return atengine.Fail(OperationBusy)
	}
	p := m.portOf(c)
	if code := m.contextCode(c.Int(0)); code != Success {
		if code == OpenPDPFailed && m.quirks[quirkNoPDP] == "error" {
			return atengine.Fail(code)
		}
		boots := m.power.boots
		m.later(func() {
			if m.power.boots == boots {
				m.timeResult(p, code, "")
			}
		})
		return Response{}
	}
	t := &ntpTask{
		port: p, pdp: c.Int(0), set: c.Int(3) == 1, network: m.timeWay(c.Int(0)),
		query:       network.Query{Host: c.Text(1), Port: uint16(c.Int(2)), Servers: m.pdp.contexts[c.Int(0)].chosenServers()},
		resolveTime: m.clock.Wall(ntpResolveTime),
		tryTime:     m.clock.Wall(time.Duration(c.Int(5)) * time.Second),
		tries:       c.Int(4),
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	m.ntp.task = t
	m.ntp.wait.Go(func() {
		now, err := t.run()
		m.post(func() { m.timeCame(t, now, err) })
	})
	return Response{}
}

// contextCode is what stands against using a PDP context.
func (m *Modem) contextCode(id int) Code {
	switch m.pdp.contexts[id].state {
	case contextActive:
		return Success
	case contextBroken:
		return PDPBroken
	}
	return OpenPDPFailed
}

// timeWay is the way to the network of a PDP context.
func (m *Modem) timeWay(id int) network.Network {
	if m.pdp.contexts[id].drifted {
		return drifted{m.clock.Wall(driftTime)}
	}
	return m.net
}

// run resolves the server's name and asks, until there is an answer or there are
// no more tries.
func (t *ntpTask) run() (time.Time, error) {
	ctx, cancel := context.WithTimeout(t.ctx, t.resolveTime)
	addrs, err := t.network.Resolve(ctx, t.query)
	cancel()
	if err != nil {
		return time.Time{}, fmt.Errorf("%w %s: %w", errResolve, t.query.Host, err)
	}
	for left := t.tries - 1; ; left-- {
		ctx, cancel := context.WithTimeout(t.ctx, t.tryTime)
		now, err := t.ask(ctx, netip.AddrPortFrom(addrs[0], t.query.Port))
		if err != nil && left > 0 && !errors.Is(err, sntp.ErrRefused) {
			<-ctx.Done() // the rest of the interval
			cancel()
			if t.ctx.Err() == nil {
				continue
			}
		}
		cancel()
		return now, err
	}
}

// ask asks one address once.
func (t *ntpTask) ask(ctx context.Context, addr netip.AddrPort) (time.Time, error) {
	conn, err := t.network.Dial(ctx, network.Target{Host: t.query.Host, Addr: addr, UDP: true})
	if err != nil {
		return time.Time{}, err
	}
	now, err := sntp.Query(ctx, conn)
	return now, errors.Join(err, conn.Close())
}

// timeCame takes what came of a question. One whose PDP context is gone gets no
// answer.
func (m *Modem) timeCame(t *ntpTask, now time.Time, err error) {
	if m.ntp.task != t {
		return
	}
	t.cancel()
	m.ntp.task = nil
	if code := m.contextCode(t.pdp); code != Success {
		m.timeResult(t.port, code, "")
		return
	}
	if err != nil {
		m.log.Debug("no time", "server", t.query.Host, "error", err)
		m.timeResult(t.port, timeCode(err), "")
		return
	}
	zone := m.localZone()
	local := now.In(zone)
	shown := m.shown(local, local)
	if t.set {
		m.rtc.set(shown)
		m.event(Event{Kind: ClockSet, Text: "AT+QNTP"})
	}
	_, seconds := local.Zone()
	m.timeResult(t.port, Success, fmt.Sprintf(`,"%s%+03d"`, shown.Format(longStamp), seconds/(15*60)))
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
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errResolve) {
		return OperationTimeout
	}
	return openCode(err)
}

// timeResult tells the port that asked (ruling 19), and keeps the code for
// AT+QIGETERROR (ruling 1), or not.
func (m *Modem) timeResult(p *port, code Code, rest string) {
	m.result.last = code
	if m.quirks[quirkAsyncError] == "zero" {
		m.result.last = Success
	}
	m.urcBy(p, fmt.Sprintf("+QNTP: %d%s", int(code), rest))
}

var _ = forces("+QNTP", func(m *Modem, c *Call, code Code, f forced) Response {
	p, boots := m.portOf(c), m.power.boots
	m.later(func() {
		if m.power.boots == boots {
			m.timeResult(p, code, "")
			m.result.last = f.stored
		}
	})
	return Response{}
})
