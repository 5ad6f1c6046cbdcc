package emulator

import (
	"context"
	"net"
	"net/netip"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/tlsstack"
)

// clientState is <socket_state> of seed 2.2.6. An id without a client is in
// state 0, "Initial".
type clientState int

const (
	stateOpening   clientState = 1
	stateConnected clientState = 2
	stateClosing   clientState = 4 // the peer closed; until QSSLCLOSE
)

// accessMode is <access_mode> of seed 1.4.
type accessMode int

const (
	bufferMode accessMode = iota
	pushMode
	transparentMode
)

// sslClient is one SSL client. The loop owns it; the goroutines of sslopen.go and
// of its receiver and sender own nothing of it.
type sslClient struct {
	m     *Modem
	id    int
	pdp   int
	ctx   int
	host  string // as AT+QSSLOPEN gave it
	owner *port  // the port that opened it, or that switched it to itself
	mode  accessMode
	state clientState

	remotePort uint16
	localPort  uint16
	remote     netip.AddrPort // where it is connected to

	cancel context.CancelFunc // ends the open
	opened completion         // the open's command, when it waits (mode 2)

	tcp  net.Conn
	conn *tlsstack.Conn
	rx   receiver
	tx   sender
	out  packetizer

	closing *closing // AT+QSSLCLOSE waits
}

// remove forgets the client: its id is free, and an AT+QSSLCLOSE that waited
// for the server waits no more.
func (c *sslClient) remove() {
	if !c.live() {
		return
	}
	c.m.ssl.clients[c.id] = nil
	c.release()
	if w := c.closing; w != nil {
		c.closing = nil
		w.limit.Stop()
		w.command.Finish(atengine.Response{})
	}
}

// holdFailed keeps the id of an open that failed: it is in state 4 until
// AT+QSSLCLOSE (quirk failed-open-id).
func (c *sslClient) holdFailed() {
	if !c.live() {
		return
	}
	c.release()
	c.tcp, c.state = nil, stateClosing
	c.rx.ended, c.rx.told = true, true
}

// release lets go of everything the client holds outside the loop.
func (c *sslClient) release() {
	c.rx.stop()
	c.tx.stop()
	c.out.stop()
	if c.cancel != nil {
		c.cancel()
	}
	if c.tcp != nil {
		// Nobody waits for what is still under way: errors have no reader.
		_ = c.tcp.Close()
	}
}

// live reports whether the client is still the one with its id: what a
// goroutine reports of a client that is gone must change nothing.
func (c *sslClient) live() bool { return c.m.ssl.clients[c.id] == c }

// peerClosed is the end of the connection from the other side, or under it
// (seed 2.3.2): the client stays in state 4 until QSSLCLOSE, and what it had
// received can still be read.
func (c *sslClient) peerClosed(reason string) {
	if !c.live() || c.state != stateConnected {
		return
	}
	c.state = stateClosing
	c.m.event(Event{Kind: TLSClosed, Client: c.id, Text: reason})
	c.m.log.Debug("connection closed", "client", c.id, "reason", reason)
	c.tx.stop()
	c.out.stop()
	if c.tcp != nil {
		_ = c.tcp.Close() // both ends are done with it
	}
	c.rx.ended = true
	c.deliver()
}
