package emulator

// What the far end of an SSL client can be made to do from inside. Only the loop
// may call these.

// Inject has client id receive p as if its server had sent it, as far as there
// is room for it, and returns how much that was. A client that is not connected,
// or whose PDP context has drifted, takes nothing.
func (m *Modem) Inject(id int, p []byte) int {
	e := m.ends.at(id)
	if e == nil || e.state != stateConnected || e.closing != nil || e.silent() {
		return 0
	}
	n := min(len(p), rxRoom-e.rx.data.len())
	if n <= 0 {
		return 0
	}
	e.rx.data.push(p[:n])
	e.rx.total += n
	m.event(Event{Kind: e.dialect().received, Client: id, Bytes: n})
	e.deliver()
	return n
}

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

// ClientIDs bound the ids of SSL clients: 0 to ClientIDs-1.
const ClientIDs = maxEndpoints

// Connected reports whether client id is connected.
func (m *Modem) Connected(id int) bool {
	e := m.ends.at(id)
	return e != nil && e.state == stateConnected
}
