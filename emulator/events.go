package emulator

import "time"

// EventKind names something that happened above the network and below the
// host's commands.
type EventKind string

// The events of a modem. Client, Text and Bytes are set where they make sense.
const (
	HostOpen     EventKind = "host.open"
	HostClose    EventKind = "host.close"
	PDPActivated EventKind = "pdp.activated"
	PDPReleased  EventKind = "pdp.released"
	DNSQuery     EventKind = "dns.query"
	TCPConnected EventKind = "tcp.connected"
	TLSConnected EventKind = "tls.connected"
	TLSSent      EventKind = "tls.sent"
	TLSReceived  EventKind = "tls.received"
	TLSClosed    EventKind = "tls.closed"
	OpenFailed   EventKind = "open.failed"
	FileUploaded EventKind = "file.uploaded"
	URCSent      EventKind = "urc"
	Noted        EventKind = "note" // what the host cannot see: bytes dropped, cut
)

// Event is one thing that happened.
type Event struct {
	Time   time.Time // on the modem's clock
	Kind   EventKind
	Port   string // the port concerned
	Client int    // clientID of an SSL event, PDP context of a PDP event
	Bytes  int
	Text   string // the URC, the file's name, the reason
}

// Observer is told of each event, on the modem's loop: it must not block.
type Observer interface{ Event(Event) }

func (m *Modem) event(e Event) {
	if m.events == nil {
		return
	}
	e.Time = m.clock.Now()
	m.events.Event(e)
}

// note tells of something that the host cannot see.
func (m *Modem) note(p *port, text string) {
	m.log.Debug(text, "port", p.name)
	m.event(Event{Kind: Noted, Port: p.name, Text: text})
}

// Direction of bytes on a port.
type Direction uint8

// The two directions.
const (
	FromHost Direction = iota
	ToHost
)

// Wire hears the bytes on a port as they pass, on the modem's loop: it must not
// block, and may not keep p.
type Wire interface {
	Wire(port string, dir Direction, p []byte)
}
