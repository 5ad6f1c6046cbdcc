package emulator

import "net/netip"

// What the far end of an SSL client or a socket can be made to do from inside. Only the loop
// may call these.

// Inject has client or socket id receive p as if its peer had sent it, as far as there
// is room for it, and returns how much that was. A client that is not connected,
// or whose PDP context has drifted, takes nothing.
func (m *Modem) Inject(id int, p []byte) int {
	e := m.ends.at(id)
	if e == nil || e.state != stateConnected || e.closing != nil || e.silent() {
		return 0
	}
	n := e.rx.room(len(p))
	if n == 0 {
		return 0
	}
	var from netip.AddrPort
	if e.rx.carries == addressed {
		from = netip.AddrPortFrom(anyPeer, firstPort)
	}
	e.rx.push(p[:n], from)
	m.event(Event{Kind: e.dialect().received, Client: id, Bytes: n})
	e.deliver()
	return n
}

// anyPeer is who sends a datagram to a UDP service from inside: an address that
// is set aside for examples (RFC 5737).
var anyPeer = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// Discard throws away what client id has received and the host has not read. It
// returns how many bytes that was.
func (m *Modem) Discard(id int) int {
	e := m.ends.at(id)
	if e == nil {
		return 0
	}
	n := e.rx.data.len()
	e.pop(n)
	return n
}

// PDPOf is the PDP context of client id; ok is false when there is no client.
func (m *Modem) PDPOf(id int) (context int, ok bool) {
	e := m.ends.at(id)
	if e == nil {
		return 0, false
	}
	return e.pdp, true
}

// ClientIDs bound the ids of SSL clients and of sockets: 0 to ClientIDs-1.
const ClientIDs = maxEndpoints

// Connected reports whether client id is connected.
func (m *Modem) Connected(id int) bool {
	e := m.ends.at(id)
	return e != nil && e.state == stateConnected
}
