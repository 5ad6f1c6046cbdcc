package emulator

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
)

// endpointState is <socket_state> of seed 2.2.6. An id that nothing has is in
// state 0, "Initial".
type endpointState int

const (
	stateOpening   endpointState = 1
	stateConnected endpointState = 2
	stateListening endpointState = 3
	stateClosing   endpointState = 4 // the peer closed; until the host does
)

// accessMode is <access_mode> of seed 1.4.
type accessMode int

const (
	bufferMode accessMode = iota
	pushMode
	transparentMode
)

// endpoint is what an id stands for, as far as an SSL client is like any other
// socket: its open, its connection, the ways of its bytes, its end. What they
// have not in common is in their nature. The loop owns it; the goroutines of its
// open, its receiver and its sender own nothing of it.
type endpoint struct {
	as    nature
	m     *Modem
	table *idTable // that it is in
	id    int
	pdp   int
	host  string // as the host gave it
	owner *port  // the port that opened it, or that switched it to itself
	mode  accessMode
	state endpointState

	remotePort uint16
	localPort  uint16
	remote     netip.AddrPort // where it is connected to

	came   net.Conn           // by itself: the connection is there before the open
	cancel context.CancelFunc // ends the open
	opened completion         // the open's command, when it waits (mode 2)

	link     link
	listener net.Listener // takes connections; then there is no link
	rx       receiver
	tx       sender
	out      packetizer

	closing *closing // it is being closed by the host
}

// nature is what tells one kind of endpoint from another.
type nature interface {
	// dialect is how it is spoken of.
	dialect() *dialect
	// prepare reads the settings that an open of e goes by. What it returns makes
	// the connection, on another goroutine.
	prepare(e *endpoint) (func(*attempt) opening, error)
	// splits reports whether the peer may cut what it sends behind the first byte
	// (ruling 31).
	splits(link) bool
	// ignores reports whether bytes that came are dropped.
	ignores(e *endpoint, p []byte) bool
	// settings are those of AT+QICFG, as far as they concern it.
	settings(m *Modem) socketSettings
	// tell tells the host how an open of e went.
	tell(e *endpoint, code Code)
}

// dialect is the words in which a kind of endpoint is told of.
type dialect struct {
	open string // the command that opens, and the URC that tells how that went
	read string // the command that reads
	urc  string // the URC of data and of the end

	connected, sent, received, closed EventKind
}

func (e *endpoint) dialect() *dialect { return e.as.dialect() }

func (e *endpoint) settings() socketSettings { return e.as.settings(e.m) }

// framing is what a connection carries.
type framing uint8

const (
	stream    framing = iota
	datagrams         // of one peer
	addressed         // datagrams that have their peer in front (network.AppendPeer)
)

// link is a connection: bytes, and the socket of the machine that is below them.
// Without TLS they are the same.
type link struct {
	io.ReadWriter
	wire    net.Conn
	carries framing
}

// payload is how many of the n bytes that travel together are the host's.
func (l link) payload(n int) int {
	if l.carries == addressed {
		return n - network.PeerSize
	}
	return n
}

// up reports whether there is a connection.
func (l link) up() bool { return l.wire != nil }

// cut closes the connection. Nobody waits for what is still under way: errors
// have no reader.
func (l link) cut() {
	if l.up() {
		_ = l.wire.Close()
	}
}

// halfCloser can end its sending side alone.
type halfCloser interface{ CloseWrite() error }

// goodbye ends what we send, in order. A peer that is gone already needs none:
// the receiver sees it.
func (l link) goodbye() {
	if half, ok := l.ReadWriter.(halfCloser); ok {
		_ = half.CloseWrite()
	}
	if half, ok := l.wire.(halfCloser); ok && l.ReadWriter != io.ReadWriter(l.wire) {
		_ = half.CloseWrite()
	}
}

// remove forgets the endpoint: its id is free, and a close that waited for the
// peer waits no more.
func (e *endpoint) remove() {
	if !e.live() {
		return
	}
	e.table[e.id] = nil
	e.release()
	if w := e.closing; w != nil {
		e.closing = nil
		w.limit.Stop()
		w.command.Finish(atengine.Response{})
	}
}

// holdFailed keeps the id of an open that failed: it is in state 4 until the
// host closes it (quirk failed-open-id).
func (e *endpoint) holdFailed() {
	if !e.live() {
		return
	}
	e.release()
	e.link, e.state = link{}, stateClosing
	e.rx.ended, e.rx.told = true, true
}

// release lets go of everything the endpoint holds outside the loop.
func (e *endpoint) release() {
	e.rx.stop()
	e.tx.stop()
	e.out.stop()
	if e.cancel != nil {
		e.cancel()
	}
	e.disconnect()
}

// disconnect closes the endpoint's socket. What it says of it has no reader.
func (e *endpoint) disconnect() {
	e.link.cut()
	if e.listener != nil {
		_ = e.listener.Close()
	}
	if e.came != nil {
		_ = e.came.Close()
	}
}

// open reports whether the endpoint has been opened, and not closed yet.
func (e *endpoint) open() bool { return e.state == stateConnected || e.state == stateListening }

// live reports whether the endpoint is still the one with its id: what a
// goroutine reports of one that is gone must change nothing.
func (e *endpoint) live() bool { return e.table[e.id] == e }

// peerClosed is the end of the connection from the other side, or under it
// (seed 2.3.2): the endpoint stays in state 4 until the host closes it, and what
// it had received can still be read.
func (e *endpoint) peerClosed(reason string) {
	if !e.live() || !e.open() {
		return
	}
	e.state = stateClosing
	e.event(e.dialect().closed, reason)
	e.m.log.Debug("connection closed", "client", e.id, "reason", reason)
	e.tx.stop()
	e.out.stop()
	e.disconnect() // both ends are done with it
	e.rx.ended = true
	e.deliver()
}

// event tells of something that happened to the endpoint.
func (e *endpoint) event(kind EventKind, text string) {
	e.m.event(Event{Kind: kind, Client: e.id, Text: text})
}

// addresses are the remote address and port and the local port as a line of
// state tells them. The address is the one that a name was resolved to; before
// that it is what the host gave.
func (e *endpoint) addresses() string {
	addr, local := e.host, e.localPort
	if _, socket := socketOf(e); !socket && e.m.quirks[quirkLocalPort] == "zero" {
		local = 0
	}
	if e.remote.IsValid() {
		addr = e.remote.Addr().String()
	}
	return fmt.Sprintf(`"%s",%d,%d`, addr, e.remotePort, local)
}

// portName is the port as a line of state tells it: the host's, unless the quirk
// has another.
func (e *endpoint) portName() string {
	if name := e.m.quirks[quirkPortName]; name != "own" {
		return name
	}
	return e.owner.name
}
