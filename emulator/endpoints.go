package emulator

import (
	"sync"

	"github.com/quectel-sim/qsim/atengine"
)

// maxEndpoints is how many endpoints a module has: their ids are 0-11.
const maxEndpoints = 12

// idTable is the endpoints by their ids; nil: the id is free.
type idTable [maxEndpoints]*endpoint

// endpoints owns all SSL clients and sockets, and what they have in common.
type endpoints struct {
	ssl      *idTable // of SSL clients
	sockets  *idTable // of sockets: the same, or another (quirk shared-ids)
	echo     bool     // AT+QISDE
	ports    localPorts
	noMemory bool           // for another one (Levers.ExhaustMemory)
	wait     sync.WaitGroup // the goroutines of endpoints
}

// localPorts are the local ports that the module believes to have. The machine's
// are others, as behind a network's address translation: the same seed must give
// the same bytes of AT+QSSLSTATE (ruling 37).
type localPorts struct{ next uint16 }

// The ports of the module's side (RFC 6335 6).
const (
	firstPort = 49152
	lastPort  = 65535
)

// take is the next one.
func (p *localPorts) take() uint16 {
	if p.next < firstPort {
		p.next = firstPort
	}
	port := p.next
	if p.next++; port == lastPort {
		p.next = firstPort
	}
	return port
}

// setUp makes one table of ids, or one for each of the two.
func (s *endpoints) setUp(shared bool) {
	s.ssl = new(idTable)
	s.sockets = s.ssl
	if !shared {
		s.sockets = new(idTable)
	}
	s.init()
}

// init is the state after a start.
func (s *endpoints) init() { s.echo, s.noMemory = true, false }

// all yields every endpoint there is, by id.
func (s *endpoints) all(yield func(*endpoint) bool) {
	for _, e := range s.sockets {
		if e != nil && !yield(e) {
			return
		}
	}
	if s.ssl == s.sockets {
		return
	}
	for _, e := range s.ssl {
		if e != nil && !yield(e) {
			return
		}
	}
}

// at is the endpoint with an id, or nil. Where both have it, it is the socket.
func (s *endpoints) at(id int) *endpoint {
	if e := s.sockets[id]; e != nil {
		return e
	}
	return s.ssl[id]
}

// client is the SSL client with an id, or nil.
func (s *endpoints) client(id int) *endpoint {
	if _, ok := sslClientOf(s.ssl[id]); ok {
		return s.ssl[id]
	}
	return nil
}

// socket is the socket with an id, or nil.
func (s *endpoints) socket(id int) *endpoint {
	if _, ok := socketOf(s.sockets[id]); ok {
		return s.sockets[id]
	}
	return nil
}

// lineFree lets out what endpoints hold for a port that can take it again.
func (s *endpoints) lineFree(p *port) {
	for e := range s.all {
		if e.owner == p {
			e.deliver()
		}
	}
}

// hostClosed cancels an open that would give the port to its connection: the
// host that waited for CONNECT has gone.
func (s *endpoints) hostClosed(p *port) {
	for e := range s.all {
		if e.owner == p && e.mode == transparentMode && e.state == stateOpening && p.line.DTR > 0 {
			e.openFailed(OperationBlocked)
		}
	}
}

// dropContext closes the endpoints of a PDP context without a word (AT+QIDEACT).
func (s *endpoints) dropContext(id int) {
	for e := range s.all {
		if e.pdp != id {
			continue
		}
		if e.open() {
			e.event(e.dialect().closed, "PDP context deactivated by the host")
		}
		e.endTransparent()
		e.remove()
		e.opened.Finish(atengine.Fail(OpenPDPFailed))
	}
}

// breakContext tells the endpoints of a PDP context that it is gone (seed 2.3.2).
func (s *endpoints) breakContext(id int) {
	for e := range s.all {
		if e.pdp != id {
			continue
		}
		if e.state == stateOpening {
			e.openFailed(PDPBroken)
			continue
		}
		e.peerClosed("PDP context deactivated")
	}
}

// losePower forgets all endpoints.
func (s *endpoints) losePower(reason string) {
	for e := range s.all {
		if e.open() {
			e.event(e.dialect().closed, reason)
		}
		e.remove()
	}
	s.init()
}

// transparentElsewhere reports whether another port is in transparent mode, or
// on its way there: one at a time can be (seed 5, 574).
func (s *endpoints) transparentElsewhere(p *port) bool {
	for e := range s.all {
		if e.mode == transparentMode && e.owner != p {
			return true
		}
	}
	return false
}

// carries is endpoint e, which may be nil, if data can flow on it.
func carries(e *endpoint) (*endpoint, error) {
	if e == nil || e.state != stateConnected {
		return nil, SocketClosed
	}
	return e, nil
}
