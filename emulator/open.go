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
)

// networkTime is how long an open may take before its handshake (seed 2.2.2).
const networkTime = 150 * time.Second

// open starts the open of e, a new endpoint, by command c. In modes 0 and 1 the
// command answers OK and a URC tells how it went; in mode 2 it answers CONNECT or
// ERROR when that is known.
func (m *Modem) open(c *Call, e *endpoint) Response {
	code := m.mayOpen(e)
	if code != Success {
		if e.mode == transparentMode || code == OpenPDPFailed && m.quirks[quirkNoPDP] == "error" {
			return atengine.Fail(code)
		}
		m.soon(func() { e.as.tell(e, code) })
		return Response{}
	}
	e.state = stateOpening
	e.table[e.id] = e
	var r Response
	if e.mode == transparentMode {
		r, e.opened = c.Wait()
	}
	m.later(e.connect)
	return r
}

// mayOpen tells what stands against an open from the start.
func (m *Modem) mayOpen(e *endpoint) Code {
	switch {
	case e.table[e.id] != nil:
		return IdentityUsed
	case m.pdp.contexts[e.pdp].state == contextBroken:
		return PDPBroken
	case m.pdp.contexts[e.pdp].state != contextActive:
		return OpenPDPFailed
	case m.ends.noMemory:
		return MemoryNotEnough
	case e.mode == transparentMode && m.ends.transparentElsewhere(e.owner):
		return PortBusy
	}
	return Success
}

// openURC is the URC that tells how an open went.
func openURC(command string, id int, code Code) string {
	return fmt.Sprintf("%s: %d,%d", command, id, int(code))
}

// forceOpen is what an open by call c answers when it is made to fail.
func (m *Modem) forceOpen(c *Call, id int, mode accessMode, code Code, f forced) Response {
	if mode == transparentMode {
		return atengine.Fail(f)
	}
	p, command := m.portOf(c), string(c.Name)
	m.soon(func() {
		p.outcome(code, openURC(command, id, code))
		m.result.last = f.stored
	})
	return Response{}
}

// attempt is one open, on its way outside the loop.
type attempt struct {
	ctx     context.Context
	network network.Network
	query   network.Query
	target  network.Target // what is not of the host
	time    time.Duration  // the network's part, on the wall clock
	// tell has the loop tell of an event, and returns when it has.
	tell func(kind EventKind, text string)
}

// opening is what an attempt came to.
type opening struct {
	link     link
	listener net.Listener
	remote   netip.AddrPort
	text     string // what the event says of it
	err      error
}

// drop closes what nobody waits for any more.
func (o *opening) drop() {
	o.link.cut()
	if o.listener != nil {
		_ = o.listener.Close()
	}
}

// connect starts the attempt.
func (e *endpoint) connect() {
	if !e.live() {
		return
	}
	m := e.m
	run, err := e.as.prepare(e)
	if err != nil {
		m.log.Debug("open failed", "client", e.id, "error", err)
		e.openFailed(openCode(err))
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	a := &attempt{
		ctx:     ctx,
		network: m.route(e.id, e.network()),
		query:   network.Query{Host: e.host, Port: e.remotePort, Servers: m.pdp.contexts[e.pdp].chosenServers()},
		time:    m.clock.Wall(networkTime),
	}
	a.tell = func(kind EventKind, text string) {
		told := make(chan struct{})
		m.post(func() {
			if e.live() {
				e.event(kind, text)
			}
			m.later(func() { close(told) }) // after what the event has led to
		})
		select {
		case <-told:
		case <-m.quit:
		}
	}
	m.ends.wait.Go(func() {
		o := run(a)
		if !m.post(func() { e.openDone(o) }) {
			o.drop() // the modem is gone
		}
	})
}

// errResolve marks an error of name resolution.
var errResolve = errors.New("cannot resolve")

// reach resolves and connects, and tells of both.
func (a *attempt) reach() (o opening) {
	a.tell(DNSQuery, a.query.Host)
	var conn net.Conn
	if conn, o.remote, o.err = a.dial(); o.err == nil {
		o.link = link{ReadWriter: conn, wire: conn}
		if !a.target.UDP {
			a.tell(TCPConnected, o.remote.String())
		}
	}
	return o
}

// dial connects to the first address of the host that answers.
func (a *attempt) dial() (net.Conn, netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(a.ctx, a.time)
	defer cancel()
	addrs, err := a.network.Resolve(ctx, a.query)
	if err != nil {
		return nil, netip.AddrPort{}, fmt.Errorf("%w %s: %w", errResolve, a.query.Host, err)
	}
	err = fmt.Errorf("%w %s: no address", errResolve, a.query.Host)
	for _, addr := range addrs {
		target := a.target
		target.Host, target.Addr = a.query.Host, netip.AddrPortFrom(addr, a.query.Port)
		var conn net.Conn
		if conn, err = a.network.Dial(ctx, target); err == nil {
			return conn, target.Addr, nil
		}
	}
	return nil, netip.AddrPort{}, err
}

// openDone takes what an attempt came to.
func (e *endpoint) openDone(o opening) {
	if !e.live() || e.state != stateOpening {
		o.drop() // the open was cancelled meanwhile (ruling 4)
		return
	}
	if o.err != nil {
		e.m.log.Debug("open failed", "client", e.id, "host", e.host, "error", o.err)
		e.openFailed(openCode(o.err))
		return
	}
	if o.link.up() && e.silent() {
		o.link.cut() // whatever it says: nobody would hear it
		e.openedTooLate()
		return
	}
	e.cancel()
	e.link, e.listener, e.came = o.link, o.listener, nil
	if o.remote.IsValid() {
		e.remote = o.remote
	}
	if e.localPort == 0 {
		e.localPort = e.m.ends.ports.take()
	}
	e.state = stateConnected
	if e.listener != nil {
		e.state = stateListening
	}
	e.event(e.dialect().connected, o.text)
	if e.state == stateListening {
		e.listen()
	} else {
		e.rx.start(e)
	}
	if e.mode != transparentMode {
		e.as.tell(e, Success)
		e.deliver()
		return
	}
	e.m.result.last = Success
	if e.opened.Finish(e.goTransparent()) {
		e.deliver()
	} else {
		e.mode = bufferMode
	}
}

// openFailed ends an open without an endpoint: the id is free again, or held as
// if the peer had closed (ruling 3).
func (e *endpoint) openFailed(code Code) {
	if e.m.quirks[quirkFailedID] == "held" && e.came == nil {
		e.holdFailed()
	} else {
		e.remove()
	}
	e.event(OpenFailed, code.Error())
	if e.mode == transparentMode {
		e.mode = bufferMode
		e.opened.Finish(atengine.Fail(code))
		return
	}
	e.as.tell(e, code)
}
