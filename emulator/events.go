package emulator

import (
	"slices"
	"time"
)

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
	TLSHello     EventKind = "tls.hello" // about to be sent
	TLSConnected EventKind = "tls.connected"
	TLSSent      EventKind = "tls.sent"
	TLSReceived  EventKind = "tls.received"
	TLSClosed    EventKind = "tls.closed"
	OpenFailed   EventKind = "open.failed"
	FileUploaded EventKind = "file.uploaded"
	URCSent      EventKind = "urc"
	Noted        EventKind = "note" // what the host cannot see: bytes dropped, cut
)

// OfClient reports whether events of the kind are about an SSL client or a
// socket, which Client then names.
func (k EventKind) OfClient() bool {
	switch k {
	case DNSQuery, TCPConnected, TLSHello, TLSConnected, TLSSent, TLSReceived, TLSClosed, OpenFailed,
		SocketConnected, SocketSent, SocketReceived, SocketEnded:
		return true
	}
	return false
}

// Event is one thing that happened.
type Event struct {
	Time   time.Time // on the modem's clock
	Kind   EventKind
	Port   string // the port concerned
	Client int    // id of an SSL client's or a socket's event, PDP context of a PDP event
	Bytes  int
	Text   string // the URC, the file's name, the reason
}

// Observer is told of each event, on the modem's loop: it must not block.
type Observer interface{ Event(Event) }

func (m *Modem) event(e Event) {
	if traffic[e.Kind] {
		m.radio.traffic = m.clock.Now()
	}
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

// EventWord tells of one kind of event, for documents.
type EventWord struct {
	Kind   EventKind
	When   string
	Client string // what Client is; "" where it is nothing
	Text   string // what Text is
}

// eventWords are all kinds of events, in the order of a modem's life.
var eventWords = []EventWord{
	{Booted, "the module starts to boot", "", "why"},
	{PoweredOff, "the module is off", "", ""},
	{HostOpen, "a host opens the device", "", ""},
	{HostClose, "the last host closes it", "", ""},
	{SIMChanged, "the state of the SIM changes", "", "the state"},
	{RegistrationChanged, "the place in the network changes", "", "the registration"},
	{SignalChanged, "the signal changes", "", "AT+CSQ's number"},
	{ClockSet, "the network or AT+QNTP sets the real-time clock", "", "which of the two"},
	{PDPActivated, "a PDP context is up", "the context", "its address"},
	{PDPReleased, "a PDP context is down", "the context", "why, when it was not the host"},
	{DNSQuery, "an open is about to resolve its server's name", "the SSL client or socket", "the name"},
	{TCPConnected, "an open has its TCP connection", "the SSL client or socket", "the address"},
	{TLSHello, "an open is about to send its ClientHello", "the SSL client", "the address"},
	{TLSConnected, "an open has succeeded", "the SSL client", "version and cipher suite"},
	{TLSSent, "bytes of the host are on their way to the server", "the SSL client", ""},
	{TLSReceived, "bytes have come from the server", "the SSL client", ""},
	{TLSClosed, "a connection is over", "the SSL client", "why"},
	{SocketConnected, "a socket is open: connected, or it listens", "the socket", "where it listens, or who has come by itself"},
	{SocketSent, "bytes of the host are on their way to the peer", "the socket", ""},
	{SocketReceived, "bytes have come from the peer", "the socket", ""},
	{SocketEnded, "a connection, or the listening, is over", "the socket", "why"},
	{OpenFailed, "an open has failed", "the SSL client or socket", "code and text"},
	{FileUploaded, "a file is stored", "", "its name"},
	{SMSSent, "the network has taken a message of the module", "", "the number, a colon, the text"},
	{SMSReceived, "the module or its host has taken a message of the network", "", "the sender, a colon, the text"},
	{URCSent, "a result code is sent unasked", "", "the code"},
	{Noted, "something that the host cannot see: bytes dropped, a URC lost", "", "what"},
}

// EventWords are all kinds of events with what they mean, in the order of a
// modem's life.
func EventWords() []EventWord { return slices.Clone(eventWords) }

// EventKinds are all kinds of events, in the order of a modem's life.
func EventKinds() []EventKind {
	kinds := make([]EventKind, len(eventWords))
	for i, e := range eventWords {
		kinds[i] = e.Kind
	}
	return kinds
}
