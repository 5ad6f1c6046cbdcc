package emulator

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
)

// Events of TCP/IP sockets.
const (
	SocketConnected EventKind = "socket.connected" // opened; a server listens
	SocketSent      EventKind = "socket.sent"
	SocketReceived  EventKind = "socket.received"
	SocketEnded     EventKind = "socket.closed"
)

// service is what a socket is.
type service uint8

const (
	tcpClient   service = iota
	udpClient           // datagrams to and from one peer
	tcpListener         // takes connections, and makes a socket of each
	udpService          // datagrams to and from anybody
	tcpIncoming         // a connection that a listener took
)

// serviceWords are <service_type>. The last is told and cannot be asked for.
var serviceWords = words[service]{
	{tcpClient, "TCP"},
	{udpClient, "UDP"},
	{tcpListener, "TCP LISTENER"},
	{udpService, "UDP SERVICE"},
	{tcpIncoming, "TCP INCOMING"},
}

// serves reports whether it waits for others at a local port.
func (s service) serves() bool { return s == tcpListener || s == udpService }

// udp reports whether it is about datagrams.
func (s service) udp() bool { return s == udpClient || s == udpService }

// socket is the nature of a TCP/IP socket.
type socket struct {
	service service
	server  int // the id of the listener that took it; else its own
}

// socketOf is the socket that an endpoint, which may be nil, is.
func socketOf(e *endpoint) (s socket, ok bool) {
	if e != nil {
		s, ok = e.as.(socket)
	}
	return s, ok
}

// socketService owns what AT+QICFG sets.
type socketService struct {
	settings socketSettings
	of       [maxEndpoints]socketExtras // by the id
}

// socketExtras are what AT+QICFG sets for one socket.
type socketExtras struct {
	ignore []byte // recv/ignore: what is dropped when it comes
	wakeup string // wakeup/data
	auto   autoSend
}

// init is the state after a start.
func (s *socketService) init() { *s = socketService{settings: atDelivery} }

// losePower forgets all settings.
func (s *socketService) losePower() {
	for i := range s.of {
		s.of[i].auto.stop()
	}
	s.init()
}

var socketWords = dialect{
	open: "+QIOPEN", read: "+QIRD", urc: "+QIURC",
	connected: SocketConnected, sent: SocketSent, received: SocketReceived, closed: SocketEnded,
}

func (socket) dialect() *dialect { return &socketWords }

func (socket) splits(link) bool { return false }

func (socket) settings(m *Modem) socketSettings { return m.tcp.settings }

func (socket) ignores(e *endpoint, p []byte) bool {
	ignore := e.m.tcp.of[e.id].ignore
	return len(ignore) > 0 && bytes.Equal(p, ignore)
}

// tell is the URC of the command that opened; a connection that was taken has one
// of its own.
func (s socket) tell(e *endpoint, code Code) {
	if s.service != tcpIncoming {
		e.owner.outcome(code, openURC(socketWords.open, e.id, code))
	} else if code == Success {
		e.m.urc(fmt.Sprintf(`+QIURC: "incoming",%d,%d,"%s",%d`, e.id, s.server, e.remote.Addr(), e.remote.Port()))
	}
}

// prepare looks whether the local port is free.
func (s socket) prepare(e *endpoint) (func(*attempt) opening, error) {
	m, port := e.m, e.localPort
	m.log.Debug("opening", "client", e.id, "service", serviceWords.of(s.service), "host", e.host, "port", e.remotePort, "local", port)
	if port != 0 && s.service != tcpIncoming {
		for other := range m.ends.all {
			o, ok := socketOf(other)
			if ok && other != e && other.localPort == port && o.service.udp() == s.service.udp() {
				return nil, fmt.Errorf("%w: port %d is that of socket %d", BindFailed, port, other.id)
			}
		}
	}
	switch s.service {
	case tcpListener:
		return func(a *attempt) opening { return a.listen(port) }, nil
	case udpService:
		return func(a *attempt) opening { return a.listenPacket(port) }, nil
	case tcpIncoming:
		return func(a *attempt) opening { return a.take(e.remote) }, nil
	}
	keep := m.tcp.settings.keepAliveConfig()
	return func(a *attempt) opening {
		a.target.UDP = s.service == udpClient
		a.target.KeepAlive = keep
		o := a.reach()
		if a.target.UDP {
			o.link.carries = datagrams
		}
		return o
	}, nil
}

// keepAliveConfig is "tcp/keepalive".
func (s *socketSettings) keepAliveConfig() net.KeepAliveConfig {
	if s.keepAlive == 0 {
		return net.KeepAliveConfig{}
	}
	return net.KeepAliveConfig{
		Enable: true, Idle: time.Duration(s.keepIdle) * time.Second,
		Interval: time.Duration(s.keepInterval) * time.Second, Count: s.keepCount,
	}
}

// listen opens a port for connections.
func (a *attempt) listen(port uint16) (o opening) {
	if o.listener, o.err = network.Listen(a.ctx, a.network, port); o.err != nil {
		o.err = fmt.Errorf("%w: %w", errListen, o.err)
		return o
	}
	o.text = o.listener.Addr().String()
	return o
}

// listenPacket opens a port for datagrams.
func (a *attempt) listenPacket(port uint16) (o opening) {
	conn, err := network.ListenPacket(a.ctx, a.network, port)
	if err != nil {
		o.err = fmt.Errorf("%w: %w", errListen, err)
		return o
	}
	o.link = link{ReadWriter: conn, wire: conn, carries: addressed}
	o.text = conn.LocalAddr().String()
	return o
}

// take has a connection that was taken pass what an open passes.
func (a *attempt) take(remote netip.AddrPort) (o opening) {
	conn, err := a.network.Dial(a.ctx, network.Target{Host: remote.Addr().String(), Addr: remote})
	o.err = err
	if err == nil {
		o.link, o.text = link{ReadWriter: conn, wire: conn}, remote.String()
	}
	return o
}

// taken is the way to the one peer that has come by itself.
type taken struct{ conn net.Conn }

// Resolve knows addresses alone.
func (t taken) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	return network.Offline{}.Resolve(ctx, q)
}

// Dial gives the connection that there is.
func (t taken) Dial(context.Context, network.Target) (net.Conn, error) { return t.conn, nil }

var connectID = atengine.Int("connectID", 0, maxEndpoints-1)

var _ = commands("TCP/IP", &Command{
	Name: "+QIOPEN", Summary: "open a socket, of TCP or UDP, to a server or as one", Class: classStack, Max: networkTime,
	Source: "family, rulings 3, 19 and 34 as with AT+QSSLOPEN",
	Test:   `+QIOPEN: (1-15),(0-11),"TCP/UDP/TCP LISTENER/UDP SERVICE","<IP_address>/<domain_name>",<remote_port>,<local_port>,(0-2)`,
	Params: []atengine.Param{
		contextID, connectID,
		atengine.Str("service_type", 3, 12),
		atengine.Str("host", 1, 255),
		atengine.Int("remote_port", 0, 65535),
		atengine.Int("local_port", 0, 65535).Or(0),
		atengine.Int("access_mode", 0, 2).Or(0),
	},
	Write: (*Modem).openSocket,
})

// anyHost is the host that a server is opened with.
const anyHost = "127.0.0.1"

func (m *Modem) openSocket(c *Call) Response {
	service, err := serviceWords.parse("service_type", c.Text(2))
	mode := accessMode(c.Int(6))
	switch {
	case err != nil || service == tcpIncoming:
		return c.Refuse(2, "is no service")
	case service.serves() && c.Text(3) != anyHost:
		return c.Refuse(3, "is "+anyHost+" where others connect")
	case service.serves() != (c.Int(4) == 0):
		return c.Refuse(4, "is 0 where others connect, and not 0 elsewhere")
	case service.serves() && c.Int(5) == 0:
		return c.Refuse(5, "is missing")
	case service.serves() && mode == transparentMode:
		return c.Refuse(6, "cannot be 2 where there is more than one peer")
	}
	id := c.Int(1)
	return m.open(c, &endpoint{
		as: socket{service: service, server: id}, m: m, table: m.ends.sockets, id: id, pdp: c.Int(0),
		host: c.Text(3), remotePort: uint16(c.Int(4)), localPort: uint16(c.Int(5)), owner: m.portOf(c), mode: mode,
	})
}

var _ = forces("+QIOPEN", func(m *Modem, c *Call, code Code, f forced) Response {
	return m.forceOpen(c, c.Int(1), accessMode(c.Int(6)), code, f)
})

var _ = commands("TCP/IP", &Command{
	Name: "+QICLOSE", Summary: "close a socket", Class: classStack, Max: 10 * time.Second,
	Source: "family, ruling 4 as with AT+QSSLCLOSE",
	Params: []atengine.Param{connectID, atengine.Int("timeout", 0, 65535).Or(10)},
	Plain:  true,
	Write: func(m *Modem, c *Call) Response {
		return m.close(c, m.ends.socket(c.Int(0)), time.Duration(c.Int(1))*time.Second)
	},
})
