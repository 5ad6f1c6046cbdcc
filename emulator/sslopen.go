package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/tlsstack"
)

// networkTime is how long an open may take before its handshake (seed 2.2.2).
const networkTime = 150 * time.Second

var _ = commands("SSL", &Command{
	Name: "+QSSLOPEN", Summary: "open an SSL client", Class: classStack, Max: networkTime,
	Source: "seed 2.2.2, rulings 3, 19 and 34",
	Params: []atengine.Param{
		pdpCtxID, sslCtxID, clientID,
		atengine.Str("serveraddr", 1, 255),
		atengine.Int("server_port", 1, 65535).Named(),
		atengine.Int("access_mode", 0, 2).Or(0),
	},
	Write: (*Modem).openSSL,
})

// openSSL starts an open. In modes 0 and 1 the command answers OK and a URC
// tells how it went; in mode 2 it answers CONNECT or ERROR when that is known.
func (m *Modem) openSSL(c *Call) Response {
	id, mode := c.Int(2), accessMode(c.Int(5))
	p := m.portOf(c)
	code := m.mayOpen(c.Int(0), id)
	if code == Success && mode == transparentMode && m.transparentElsewhere(p) {
		code = PortBusy
	}
	if code != Success {
		if mode == transparentMode || code == OpenPDPFailed && m.quirks[quirkNoPDP] == "error" {
			return atengine.Fail(code)
		}
		boots := m.power.boots
		m.later(func() {
			if m.power.boots == boots {
				m.openResult(p, id, code)
			}
		})
		return Response{}
	}
	s := &sslClient{
		m: m, id: id, pdp: c.Int(0), ctx: c.Int(1), host: c.Text(3), remotePort: uint16(c.Int(4)),
		owner: p, mode: mode, state: stateOpening,
	}
	m.ssl.clients[id] = s
	var r Response
	if mode == transparentMode {
		r, s.opened = c.Wait()
	}
	m.later(s.connect)
	return r
}

// transparentElsewhere reports whether another port is in transparent mode, or
// on its way there: one at a time can be (seed 5, 574).
func (m *Modem) transparentElsewhere(p *port) bool {
	for _, c := range m.ssl.clients {
		if c != nil && c.mode == transparentMode && c.owner != p {
			return true
		}
	}
	return false
}

// mayOpen tells what stands against an open from the start.
func (m *Modem) mayOpen(pdp, id int) Code {
	switch {
	case m.ssl.clients[id] != nil:
		return IdentityUsed
	case m.pdp.contexts[pdp].state == contextBroken:
		return PDPBroken
	case m.pdp.contexts[pdp].state != contextActive:
		return OpenPDPFailed
	case m.ssl.noMemory:
		return MemoryNotEnough
	}
	return Success
}

// openResult tells the port that opened how it went (ruling 19), and keeps the
// code for AT+QIGETERROR (ruling 1), or not.
func (m *Modem) openResult(p *port, id int, code Code) {
	m.result.last = code
	if m.quirks[quirkAsyncError] == "zero" {
		m.result.last = Success
	}
	text := fmt.Sprintf("+QSSLOPEN: %d,%d", id, int(code))
	m.event(Event{Kind: URCSent, Port: p.name, Text: text})
	p.unsolicited(text)
}

var _ = forces("+QSSLOPEN", func(m *Modem, c *Call, code Code, f forced) Response {
	p, id := m.portOf(c), c.Int(2)
	if accessMode(c.Int(5)) == transparentMode {
		return atengine.Fail(f)
	}
	boots := m.power.boots
	m.later(func() {
		if m.power.boots == boots {
			m.openResult(p, id, code)
			m.result.last = f.stored
		}
	})
	return Response{}
})

// attempt is one open, on its way outside the loop.
type attempt struct {
	ctx     context.Context
	network network.Network
	query   network.Query
	tls     tlsstack.Config
	// The network's part and the handshake's, on the wall clock.
	networkTime, negotiateTime time.Duration
	// tell has the loop tell of an event, and returns when it has.
	tell func(kind EventKind, text string)
}

// opening is what an attempt came to.
type opening struct {
	tcp    net.Conn
	conn   *tlsstack.Conn
	remote netip.AddrPort
	err    error
}

// connect starts the attempt.
func (c *sslClient) connect() {
	if !c.live() {
		return
	}
	m := c.m
	sslCtx := &m.ssl.contexts[c.ctx]
	m.log.Debug("opening", "client", c.id, "host", c.host, "port", c.remotePort, "settings", sslCtx.words(), "rtc", m.rtc.String())
	cfg, err := m.dialConfig(sslCtx, c.host, c.remotePort)
	if err != nil {
		m.log.Debug("open failed", "client", c.id, "error", err)
		c.openFailed(ConnectFailed)
		return
	}
	log, id := m.log, c.id
	cfg.Trace = func(line string) { log.Debug(line, "client", id) }
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	a := attempt{
		ctx:           ctx,
		network:       m.wayOut(c.pdp, c.id),
		query:         network.Query{Host: c.host, Port: c.remotePort, Servers: m.pdp.contexts[c.pdp].chosenServers()},
		tls:           cfg,
		networkTime:   m.clock.Wall(networkTime),
		negotiateTime: m.clock.Wall(time.Duration(sslCtx.negotiate) * time.Second),
	}
	a.tell = func(kind EventKind, text string) {
		told := make(chan struct{})
		m.post(func() {
			if c.live() {
				m.event(Event{Kind: kind, Client: id, Text: text})
			}
			m.later(func() { close(told) }) // after what the event has led to
		})
		select {
		case <-told:
		case <-m.quit:
		}
	}
	m.ssl.wait.Go(func() {
		o := a.run()
		if !m.post(func() { c.openDone(o) }) && o.tcp != nil {
			_ = o.tcp.Close() // the modem is gone
		}
	})
}

// run resolves, connects and shakes hands.
func (a *attempt) run() (o opening) {
	a.tell(DNSQuery, a.query.Host)
	o.tcp, o.remote, o.err = a.reach()
	if o.err != nil {
		return o
	}
	a.tell(TCPConnected, o.remote.String())
	ctx, cancel := context.WithTimeout(a.ctx, a.negotiateTime)
	defer cancel()
	a.tell(TLSHello, o.remote.String())
	o.conn, o.err = tlsstack.Dial(ctx, o.tcp, a.tls)
	if o.err != nil {
		_ = o.tcp.Close() // the handshake's error is the one that counts
		o.tcp = nil
	}
	return o
}

// errResolve marks an error of name resolution.
var errResolve = errors.New("cannot resolve")

// reach connects to the first address of the host that answers.
func (a *attempt) reach() (net.Conn, netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(a.ctx, a.networkTime)
	defer cancel()
	addrs, err := a.network.Resolve(ctx, a.query)
	if err != nil {
		return nil, netip.AddrPort{}, fmt.Errorf("%w %s: %w", errResolve, a.query.Host, err)
	}
	err = fmt.Errorf("%w %s: no address", errResolve, a.query.Host)
	for _, addr := range addrs {
		target := network.Target{Host: a.query.Host, Addr: netip.AddrPortFrom(addr, a.query.Port)}
		var conn net.Conn
		if conn, err = a.network.Dial(ctx, target); err == nil {
			return conn, target.Addr, nil
		}
	}
	return nil, netip.AddrPort{}, err
}

// openDone takes what an attempt came to.
func (c *sslClient) openDone(o opening) {
	if !c.live() || c.state != stateOpening {
		if o.tcp != nil {
			_ = o.tcp.Close() // the open was cancelled meanwhile (ruling 4)
		}
		return
	}
	if o.err != nil {
		c.m.log.Debug("open failed", "client", c.id, "host", c.host, "error", o.err)
		c.openFailed(openCode(o.err))
		return
	}
	if c.silent() {
		_ = o.tcp.Close() // whatever it says: nobody would hear it
		c.openedTooLate()
		return
	}
	c.cancel()
	c.tcp, c.conn, c.remote = o.tcp, o.conn, o.remote
	c.localPort = c.m.ssl.ports.take()
	c.state = stateConnected
	c.rx.start(c)
	s := o.conn.State()
	c.m.event(Event{Kind: TLSConnected, Client: c.id, Text: tlsstack.VersionName(s.Version) + " " + tlsstack.SuiteName(s.Suite)})
	if c.mode != transparentMode {
		c.m.openResult(c.owner, c.id, Success)
		c.deliver()
		return
	}
	c.m.result.last = Success
	if c.opened.Finish(c.goTransparent()) {
		c.deliver()
	} else {
		c.mode = bufferMode
	}
}

// openFailed ends an open without a client: the id is free again, or held as if
// the server had closed (ruling 3).
func (c *sslClient) openFailed(code Code) {
	if c.m.quirks[quirkFailedID] == "held" {
		c.holdFailed()
	} else {
		c.remove()
	}
	c.m.event(Event{Kind: OpenFailed, Client: c.id, Text: code.Error()})
	if c.mode == transparentMode {
		c.mode = bufferMode
		c.opened.Finish(atengine.Fail(code))
		return
	}
	c.m.openResult(c.owner, c.id, code)
}
