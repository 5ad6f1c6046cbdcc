package emulator

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
)

// Bounds of the packet domain (seed 2.2.2, family).
const (
	maxContexts       = 15
	maxActiveContexts = 3
)

// contextState is the state of a PDP context.
type contextState uint8

const (
	contextIdle   contextState = iota
	contextActive              // has an address
	contextBroken              // the network took it: QIDEACT, then QIACT
)

var contextWords = words[contextState]{
	{contextIdle, "idle"}, {contextActive, "active"}, {contextBroken, "broken"},
}

// pdpContext is one PDP context.
type pdpContext struct {
	kind           int // 1 IPv4, 2 IPv6, 3 both
	apn, user, key string
	auth           int
	state          contextState
	drifted        bool // active, but nothing passes (drift.go)
	bearer         int  // kind as it was when the context was activated
	addr           netip.Addr
	dns            [2]netip.Addr // set by AT+QIDNSCFG; invalid: the system's
}

// packetDomain owns the PDP contexts.
type packetDomain struct {
	contexts [maxContexts + 1]pdpContext // 1-15
	next     netip.Addr                  // the address that the network gives next
	refusal  refusal
	needsAPN bool // the network has none of its own (ruling 35)
}

// refusal is the network refusing activations.
type refusal struct {
	code  Code // Success: it does not
	times int  // so many more; 0: until it is lifted
}

// take is the code that an activation is refused with, or Success.
func (r *refusal) take() Code {
	code := r.code
	if r.times > 0 {
		if r.times--; r.times == 0 {
			*r = refusal{}
		}
	}
	return code
}

func newPacketDomain() packetDomain {
	p := packetDomain{next: netip.AddrFrom4([4]byte{10, 7, 157, 1})} // ruling 16
	for i := range p.contexts {
		p.contexts[i].kind = 1
	}
	return p
}

// losePower forgets the contexts, and tells of each that was active. The network
// stays as it is.
func (p *packetDomain) losePower(released func(id int)) {
	fresh := newPacketDomain()
	for i := range p.contexts {
		if p.contexts[i].state == contextActive {
			released(i)
		}
	}
	p.contexts = fresh.contexts
}

func (p *packetDomain) active() int {
	n := 0
	for i := range p.contexts {
		if p.contexts[i].state == contextActive {
			n++
		}
	}
	return n
}

var contextID = atengine.Int("contextID", 1, maxContexts)

var _ = commands("TCP/IP",
	&Command{
		Name: "+QICSGP", Summary: "configure a PDP context, from its next activation on", Source: "seed 3.1.1, ruling 15, family", Class: classStack,
		Params: []atengine.Param{
			contextID,
			atengine.Int("context_type", 1, 3),
			atengine.Str("APN", 0, 100),
			atengine.Str("username", 0, 127).Opt(),
			atengine.Str("password", 0, 127).Opt(),
			atengine.Int("authentication", 0, 3).Or(0),
		},
		Plain:     true,
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			p := &m.pdp.contexts[c.Int(0)]
			return atengine.Infof(`+QICSGP: %d,"%s","%s","%s",%d`, p.kind, p.apn, p.user, p.key, p.auth)
		},
		Write: func(m *Modem, c *Call) Response {
			p := &m.pdp.contexts[c.Int(0)]
			p.kind, p.apn = c.Int(1), c.Text(2)
			p.user, p.key, p.auth = c.Text(3), c.Text(4), c.Int(5)
			return Response{}
		},
	},
	&Command{
		Name: "+QIACT", Summary: "activate a PDP context", Source: "seed 3.1.2, rulings 16 and 35, family", Class: classStack, Max: 150e9,
		Params: []atengine.Param{contextID},
		Read: func(m *Modem, _ *Call) Response {
			var lines []string
			for i := range m.pdp.contexts {
				if p := &m.pdp.contexts[i]; p.state == contextActive {
					lines = append(lines, fmt.Sprintf(`+QIACT: %d,1,%d,"%s"`, i, p.bearer, p.addr))
				}
			}
			return atengine.Info(lines...)
		},
		Write: (*Modem).activate,
	},
	&Command{
		Name: "+QIDEACT", Summary: "deactivate a PDP context; its clients are closed silently", Source: "seed 3.1.3, family", Class: classStack, Max: 40e9,
		Params: []atengine.Param{contextID},
		Write: func(m *Modem, c *Call) Response {
			id := c.Int(0)
			m.ends.dropContext(id)
			if m.pdp.contexts[id].state == contextActive {
				m.event(Event{Kind: PDPReleased, Client: id})
			}
			m.pdp.contexts[id].state, m.pdp.contexts[id].drifted = contextIdle, false
			return Response{}
		},
	},
	&Command{
		Name: "+QIDNSCFG", Summary: "DNS servers of a PDP context", Source: "seed 4, ruling 33, family", Class: classStack,
		Params: []atengine.Param{
			contextID,
			atengine.Str("pridnsaddr", 0, 45).Opt(),
			atengine.Str("secdnsaddr", 0, 45).Opt(),
		},
		Plain:     true,
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			p := &m.pdp.contexts[c.Int(0)]
			if p.state != contextActive {
				return atengine.Fail(OpenPDPFailed)
			}
			dns := p.servers()
			return atengine.Infof(`+QIDNSCFG: %d,"%s","%s"`, c.Int(0), dns[0], dns[1])
		},
		Write: (*Modem).setDNS,
	},
)

func (m *Modem) activate(c *Call) Response {
	id := c.Int(0)
	p := &m.pdp.contexts[id]
	switch {
	case p.state == contextActive:
		return atengine.Fail(OperationNotAllow)
	case p.state == contextBroken:
		return atengine.Fail(PDPBroken)
	case m.pdp.active() >= maxActiveContexts:
		return atengine.Fail(OperationNotAllow)
	case m.pdp.needsAPN && p.apn == "":
		return atengine.Fail(APNNotConfigured)
	case !m.radio.stat.in():
		return atengine.Fail(OpenPDPFailed)
	}
	if code := m.pdp.refusal.take(); code != Success {
		return atengine.Fail(code)
	}
	p.state, p.bearer = contextActive, p.kind
	p.addr = m.pdp.next
	m.pdp.next = m.pdp.next.Next()
	m.event(Event{Kind: PDPActivated, Client: id, Text: p.addr.String()})
	return Response{}
}

// DeactivatePDP is Levers.DeactivatePDP, from any goroutine but the loop's own.
func (m *Modem) DeactivatePDP(id int) error {
	return m.Do(func(l Levers) error { return l.DeactivatePDP(id) })
}

// DeactivatePDP is the network taking PDP context id away: the host is told
// with a URC for it and for each of its clients. It does nothing when the
// context is not active. The error is that of an id outside 1-15.
func (l Levers) DeactivatePDP(id int) error {
	if err := checkContext(id); err != nil {
		return err
	}
	if l.m.pdp.contexts[id].state == contextActive {
		l.m.breakContext(id, "by the network")
	}
	return nil
}

func checkContext(id int) error {
	if id < 1 || id > maxContexts {
		return fmt.Errorf("PDP context %d is outside 1-%d", id, maxContexts)
	}
	return nil
}

// breakContext takes an active context from the module.
func (m *Modem) breakContext(id int, reason string) {
	p := &m.pdp.contexts[id]
	p.state, p.drifted = contextBroken, false
	m.event(Event{Kind: PDPReleased, Client: id, Text: reason})
	m.urc(fmt.Sprintf(`+QIURC: "pdpdeact",%d`, id))
	m.ends.breakContext(id)
}

// dropContexts is what a loss of service does to the contexts: as if the network
// had taken each (inferred).
func (m *Modem) dropContexts() {
	for id := range m.pdp.contexts {
		if m.pdp.contexts[id].state == contextActive {
			m.breakContext(id, "service lost")
		}
	}
}

// RefusePDP is the network refusing the next activations, so many times, or with
// 0 until it is lifted: AT+QIACT answers ERROR, and AT+QIGETERROR tells code.
// The code Success lifts it.
func (l Levers) RefusePDP(code Code, times int) {
	l.m.pdp.refusal = refusal{code: code, times: times}
	if code == Success {
		l.m.pdp.refusal = refusal{}
	}
}

// SetAPNRequired is a network that has no APN for those who name none: AT+QIACT
// of a context without one of AT+QICSGP is ERROR, 573 (ruling 35).
func (l Levers) SetAPNRequired(on bool) { l.m.pdp.needsAPN = on }

func (m *Modem) setDNS(c *Call) Response {
	p := &m.pdp.contexts[c.Int(0)]
	if p.state != contextActive {
		return atengine.Fail(OpenPDPFailed)
	}
	var dns [2]netip.Addr
	for i := range dns {
		if c.Text(i+1) == "" {
			continue
		}
		a, err := netip.ParseAddr(c.Text(i + 1))
		if err != nil {
			return c.Refuse(i+1, "is no IP address")
		}
		dns[i] = a
	}
	if dns[0].IsValid() {
		p.dns[0] = dns[0]
	}
	if dns[1].IsValid() || c.Len() == 2 {
		p.dns[1] = dns[1]
	}
	return Response{}
}

// chosenServers are the servers that AT+QIDNSCFG set; none: the system's are
// asked (ruling 33).
func (p *pdpContext) chosenServers() []netip.Addr {
	var list []netip.Addr
	for _, a := range p.dns {
		if a.IsValid() {
			list = append(list, a)
		}
	}
	return list
}

// servers are the two that AT+QIDNSCFG tells. One that there is not reads
// 0.0.0.0.
func (p *pdpContext) servers() [2]netip.Addr {
	list := p.chosenServers()
	if len(list) == 0 {
		list = systemServers()
	}
	dns := [2]netip.Addr{netip.IPv4Unspecified(), netip.IPv4Unspecified()}
	copy(dns[:], list)
	return dns
}

// systemServers are the machine's DNS servers (resolv.conf(5)).
func systemServers() []netip.Addr {
	data, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return nil
	}
	var list []netip.Addr
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			list = append(list, a)
		}
	}
	return list
}
