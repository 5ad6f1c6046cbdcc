package emulator

import (
	"maps"
	"time"
)

// State is a snapshot of a modem: what a control interface shows, and what a
// scenario's final expectations are held against.
type State struct {
	Module       string            `json:"module"`
	IMEI         string            `json:"imei"`
	Power        bool              `json:"power"`
	Boot         Phase             `json:"boot"` // off, waiting, booting, starting, ready
	Function     int               `json:"function"`
	SIM          SIMState          `json:"sim"`
	Registration Registration      `json:"registration"`
	Signal       int               `json:"signal"` // AT+CSQ: 0-31, or 99
	RTC          time.Time         `json:"rtc"`
	PDP          []PDPState        `json:"pdp"` // the contexts that are in use or have an APN
	SSL          []SSLState        `json:"ssl"` // the clients that are not in state 0
	Sockets      []SocketState     `json:"sockets"`
	Ports        []PortState       `json:"ports"`
	Files        []FileState       `json:"files"`
	Quirks       map[string]string `json:"quirks"`
	URCDrops     int               `json:"urc_drops"` // URCs that no host will get
}

// PDPState is one PDP context.
type PDPState struct {
	ID    int    `json:"id"`
	State string `json:"state"` // idle, active, broken, drifted
	Addr  string `json:"addr,omitempty"`
	APN   string `json:"apn"`
}

// SSLState is one SSL client.
type SSLState struct {
	ID      int    `json:"id"`
	State   string `json:"state"`  // opening, connected, closing; initial is one that is not there
	Number  int    `json:"number"` // of seed 2.2.6
	Host    string `json:"host"`
	Port    uint16 `json:"port"`
	Remote  string `json:"remote,omitempty"` // what it is connected to
	Mode    int    `json:"mode"`             // access mode
	Unread  int    `json:"unread"`           // bytes
	Context int    `json:"context"`          // SSL context
	PDP     int    `json:"pdp"`
}

// SocketState is one TCP/IP socket.
type SocketState struct {
	ID      int    `json:"id"`
	Service string `json:"service"` // TCP, UDP, TCP LISTENER, UDP SERVICE, TCP INCOMING
	State   string `json:"state"`   // opening, connected, listening, closing; initial is one that is not there
	Number  int    `json:"number"`  // of AT+QISTATE
	Host    string `json:"host"`
	Port    uint16 `json:"port"`
	Local   uint16 `json:"local"`             // the port, as the module tells it
	Remote  string `json:"remote,omitempty"`  // what it is connected to
	Listens string `json:"listens,omitempty"` // where others reach it, on the machine
	Server  int    `json:"server"`            // the listener that took it, or itself
	Mode    int    `json:"mode"`              // access mode
	Unread  int    `json:"unread"`            // bytes
	PDP     int    `json:"pdp"`
}

// PortState is one port.
type PortState struct {
	Name string `json:"name"`
	Host bool   `json:"host"` // a host has it open
	Line string `json:"line"` // command, busy, prompt, upload, download, transparent
}

// FileState is one file, as it is stored: what was written to an open one does
// not show.
type FileState struct {
	Name string `json:"name"` // one that is not on UFS begins with its storage
	Size int64  `json:"size"`
}

var endpointWords = words[endpointState]{
	{0, "initial"},
	{stateOpening, "opening"},
	{stateConnected, "connected"},
	{stateListening, "listening"},
	{stateClosing, "closing"},
}

// State is how the modem stands now.
func (l Levers) State() State {
	m := l.m
	s := State{
		Module: m.profile.Name, IMEI: m.id.imei, Power: m.power.phase != PhaseOff, Boot: m.power.phase, Function: m.power.function,
		SIM: m.sim.state, Registration: m.radio.stat, Signal: m.radio.rssi, RTC: m.rtc.now().Truncate(time.Second), Quirks: maps.Clone(m.quirks),
		PDP: m.pdp.states(), SSL: []SSLState{}, Sockets: []SocketState{}, Ports: []PortState{}, Files: m.fileStates(), URCDrops: m.urcsLost,
	}
	for e := range m.ends.all {
		if c, ok := sslClientOf(e); ok {
			s.SSL = append(s.SSL, c.snapshot(e))
		}
		if c, ok := socketOf(e); ok {
			s.Sockets = append(s.Sockets, c.snapshot(e))
		}
	}
	for _, p := range m.ports {
		s.Ports = append(s.Ports, PortState{Name: p.name, Host: p.open, Line: p.line.State()})
		s.URCDrops += p.line.Dropped()
	}
	return s
}

// State is Levers.State, from any goroutine but the loop's own.
func (m *Modem) State() (s State, err error) {
	err = m.do(func() { s = Levers{m}.State() })
	return s, err
}

func (p *packetDomain) states() []PDPState {
	list := []PDPState{}
	for id := range p.contexts {
		c := &p.contexts[id]
		if c.state == contextIdle && c.apn == "" {
			continue
		}
		s := PDPState{ID: id, State: contextWords.of(c.state), APN: c.apn}
		if c.drifted {
			s.State = "drifted"
		}
		if c.state == contextActive {
			s.Addr = p.addresses(id, c.bearer)[0].String()
		}
		list = append(list, s)
	}
	return list
}

func (c sslClient) snapshot(e *endpoint) SSLState {
	s := SSLState{
		ID: e.id, State: endpointWords.of(e.state), Number: int(e.state), Host: e.host, Port: e.remotePort,
		Mode: int(e.mode), Unread: e.rx.data.len(), Context: c.ctx, PDP: e.pdp,
	}
	if e.remote.IsValid() {
		s.Remote = e.remote.String()
	}
	return s
}

func (s socket) snapshot(e *endpoint) SocketState {
	now := SocketState{
		ID: e.id, Service: serviceWords.of(s.service), State: endpointWords.of(e.state), Number: int(e.state),
		Host: e.host, Port: e.remotePort, Local: e.localPort, Server: s.server,
		Mode: int(e.mode), Unread: e.rx.data.len(), PDP: e.pdp,
	}
	switch {
	case e.listener != nil:
		now.Listens = e.listener.Addr().String()
	case e.link.carries == addressed:
		now.Listens = e.link.wire.LocalAddr().String()
	case e.remote.IsValid():
		now.Remote = e.remote.String()
	}
	return now
}

// fileStates are the files; a store that cannot be listed shows none.
func (m *Modem) fileStates() []FileState {
	files := []FileState{}
	list, err := m.files.List()
	if err != nil {
		m.log.Error("the file store cannot be listed", "error", err)
	}
	for _, f := range list {
		files = append(files, FileState{Name: f.Name, Size: f.Size})
	}
	if m.ram != nil {
		list, _ := m.ram.List() // memory does not fail
		for _, f := range list {
			files = append(files, FileState{Name: ramStorage + f.Name, Size: f.Size})
		}
	}
	return files
}
