package emulator

import (
	"fmt"
	"sync"

	"github.com/quectel-sim/qsim/atengine"
)

// sslService owns the SSL contexts and clients.
type sslService struct {
	contexts [sslContexts]sslContext
	clients  [sslClients]*sslClient
	echo     bool // AT+QISDE
	ports    localPorts
	noMemory bool           // for another client (Levers.ExhaustMemory)
	wait     sync.WaitGroup // the goroutines of clients
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

func (s *sslService) init() {
	s.echo, s.noMemory = true, false
	for i := range s.contexts {
		s.contexts[i].init()
	}
}

// lineFree lets out what clients hold for a port that can take it again.
func (s *sslService) lineFree(p *port) {
	for _, c := range s.clients {
		if c != nil && c.owner == p {
			c.deliver()
		}
	}
}

// hostClosed cancels an open that would give the port to its connection: the
// host that waited for CONNECT has gone.
func (s *sslService) hostClosed(p *port) {
	for _, c := range s.clients {
		if c != nil && c.owner == p && c.mode == transparentMode && c.state == stateOpening && p.line.DTR > 0 {
			c.openFailed(OperationBlocked)
		}
	}
}

// dropContext closes the clients of a PDP context without a word (AT+QIDEACT).
func (s *sslService) dropContext(id int) {
	for _, c := range s.clients {
		if c != nil && c.pdp == id {
			if c.state == stateConnected {
				c.m.event(Event{Kind: TLSClosed, Client: c.id, Text: "PDP context deactivated by the host"})
			}
			c.endTransparent()
			c.remove()
			c.opened.Finish(atengine.Fail(OpenPDPFailed))
		}
	}
}

// breakContext tells the clients of a PDP context that it is gone (seed 2.3.2).
func (s *sslService) breakContext(id int) {
	for _, c := range s.clients {
		if c == nil || c.pdp != id {
			continue
		}
		if c.state == stateOpening {
			c.openFailed(PDPBroken)
			continue
		}
		c.peerClosed("PDP context deactivated")
	}
}

// client is the client that a command names, in a state where data can flow.
func (m *Modem) client(id int) (*sslClient, error) {
	c := m.ssl.clients[id]
	if c == nil || c.state != stateConnected {
		return nil, SocketClosed
	}
	return c, nil
}

var _ = commands("SSL", &Command{
	Name: "+QSSLSTATE", Summary: "state of the SSL clients", Class: classStack, Test: "OK",
	Source: "seed 2.2.6, 3.3.1, ruling 17",
	Params: []atengine.Param{clientID},
	Exec: func(m *Modem, _ *Call) Response {
		var lines []string
		for _, c := range m.ssl.clients {
			if c != nil {
				lines = append(lines, c.stateLine())
			}
		}
		return atengine.Info(lines...)
	},
	Write: func(m *Modem, c *Call) Response {
		if client := m.ssl.clients[c.Int(0)]; client != nil {
			return atengine.Info(client.stateLine())
		}
		return Response{}
	},
})

// stateLine is the client's line of AT+QSSLSTATE. The address is the one that a
// name was resolved to; before that it is what the host gave.
func (c *sslClient) stateLine() string {
	addr, local := c.host, c.localPort
	if c.m.quirks[quirkLocalPort] == "zero" {
		local = 0
	}
	if c.remote.IsValid() {
		addr = c.remote.Addr().String()
	}
	return fmt.Sprintf(`+QSSLSTATE: %d,"SSLClient","%s",%d,%d,%d,%d,%d,%d,"%s",%d`,
		c.id, addr, c.remotePort, local, c.state, c.pdp, c.id, c.mode, c.owner.name, c.ctx)
}
