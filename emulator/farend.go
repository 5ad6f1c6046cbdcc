package emulator

// What the far end of an SSL client can be made to do from inside. Only the loop
// may call these.

// Inject has client id receive p as if its server had sent it, as far as there
// is room for it, and returns how much that was. A client that is not connected,
// or whose PDP context has drifted, takes nothing.
func (m *Modem) Inject(id int, p []byte) int {
	c := m.ssl.clients[id]
	if c == nil || c.state != stateConnected || c.closing != nil || c.silent() {
		return 0
	}
	n := min(len(p), rxRoom-c.rx.data.len())
	if n <= 0 {
		return 0
	}
	c.rx.data.push(p[:n])
	c.rx.total += n
	m.event(Event{Kind: TLSReceived, Client: id, Bytes: n})
	c.deliver()
	return n
}

// Discard throws away what client id has received and the host has not read. It
// returns how many bytes that was.
func (m *Modem) Discard(id int) int {
	c := m.ssl.clients[id]
	if c == nil {
		return 0
	}
	n := c.rx.data.len()
	c.pop(n)
	return n
}

// PDPOf is the PDP context of client id; ok is false when there is no client.
func (m *Modem) PDPOf(id int) (context int, ok bool) {
	c := m.ssl.clients[id]
	if c == nil {
		return 0, false
	}
	return c.pdp, true
}

// ClientIDs bound the ids of SSL clients: 0 to ClientIDs-1.
const ClientIDs = sslClients

// Connected reports whether client id is connected.
func (m *Modem) Connected(id int) bool {
	c := m.ssl.clients[id]
	return c != nil && c.state == stateConnected
}
