package emulator

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// acceptPause is how long a listener waits after the machine could give it no
// connection, on the wall clock.
const acceptPause = 50 * time.Millisecond

// listen takes connections until the listener is closed. Where the machine has
// none to give that is 560 (inferred).
func (e *endpoint) listen() {
	m, l := e.m, e.listener
	m.ends.wait.Go(func() {
		for {
			conn, err := l.Accept()
			switch {
			case err == nil:
				if !m.post(func() { e.incoming(conn) }) {
					_ = conn.Close() // the modem is gone
					return
				}
			case errors.Is(err, net.ErrClosed):
				return
			default:
				if !m.post(func() { e.acceptFailed(err) }) {
					return
				}
				time.Sleep(acceptPause)
			}
		}
	})
}

func (e *endpoint) acceptFailed(err error) {
	if e.live() {
		e.m.log.Debug("accept failed", "client", e.id, "error", err)
		e.m.result.last = AcceptFailed
	}
}

// incoming makes a socket of a connection, with the highest id that is free and
// in the listener's access mode (family).
func (e *endpoint) incoming(conn net.Conn) {
	m := e.m
	refuse := func(reason string) {
		m.log.Debug("connection refused", "client", e.id, "reason", reason)
		_ = conn.Close() // nobody is there to tell
	}
	switch {
	case !e.live() || e.state != stateListening || e.silent():
		refuse("the module is not reached")
		return
	case m.tcp.settings.accept == 0:
		refuse("AT+QICFG=\"tcp/accept\",0")
		return
	}
	id := len(e.table) - 1
	for id >= 0 && e.table[id] != nil {
		id--
	}
	if id < 0 || m.ends.noMemory {
		refuse("no id is free")
		m.urc(`+QIURC: "incoming full"`)
		return
	}
	remote := peerOf(conn)
	child := &endpoint{
		as: socket{service: tcpIncoming, server: e.id}, m: m, table: e.table, id: id, pdp: e.pdp,
		host: remote.Addr().String(), remotePort: remote.Port(), localPort: e.localPort, remote: remote,
		owner: e.owner, mode: e.mode, state: stateOpening, came: conn,
	}
	e.table[id] = child
	child.connect()
}

// peerOf is the other end of a connection that has come.
func peerOf(conn net.Conn) netip.AddrPort {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		at := tcp.AddrPort()
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	return netip.AddrPort{}
}
