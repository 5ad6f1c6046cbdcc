package emulator

import (
	"fmt"
	"net/netip"
)

// Bounds of the packet domain (seed 2.2.2, family).
const (
	maxContexts       = 15
	maxActiveContexts = 3 // in each of the two layers
)

// packetDomain owns the contexts of both layers, and the connections to the
// network beneath them.
//
// AT+QIACT and AT+CGACT are layers of their own (family): the TCP/IP stack's
// contexts, which sockets and SSL clients use, and the bearers of 27.007. One
// can be up without the other, and AT+QIACT? and AT+CGACT? tell of their own
// layer alone. What both have under one number is the connection to the network
// with its address: it is there as long as one of the two needs it. So the end
// of the connection (the network's, or AT+CGACT=0) takes the stack's context
// with it, while AT+QIDEACT leaves a bearer as it is (inferred, from the family's
// warning that mixing the two breaks AT+QIACT).
type packetDomain struct {
	contexts [maxContexts + 1]pdpContext // 1-15
	bearers  [maxContexts + 1]bearer     // 1-15
	links    [maxContexts + 1]netip.Addr // the connections: their IPv4 addresses; invalid: there is none
	next     netip.Addr                  // the address that the network gives next
	refusal  refusal
	needsAPN bool // the network has none of its own (ruling 35)
	events   domainEvents
	call     *dataCall // nil: no port carries PPP
	attach   course
}

func newPacketDomain() packetDomain {
	p := packetDomain{next: netip.AddrFrom4([4]byte{10, 7, 157, 1})} // ruling 16
	p.define(nil)
	p.forgetContexts()
	return p
}

// forgetContexts puts the stack's contexts into their state at power on: nothing
// of them is stored (family).
func (p *packetDomain) forgetContexts() {
	for i := range p.contexts {
		p.contexts[i] = pdpContext{kind: kindIPv4}
	}
}

// losePower takes both layers down, and tells of each context of the stack that
// was active. What AT+CGDCONT defined is stored. The network stays as it is.
func (p *packetDomain) losePower(released func(id int)) {
	p.attach.cut()
	if p.call != nil {
		p.call.limit.Stop()
		p.call = nil
	}
	for i := range p.contexts {
		if p.contexts[i].state == contextActive {
			released(i)
		}
		p.bearers[i].active = false
		p.links[i] = netip.Addr{}
	}
	p.forgetContexts()
	p.events = domainEvents{}
}

// served reports whether there is packet service.
func (m *Modem) served() bool { return m.radio.stat.in() }

// link connects number id to the network, unless it is.
func (m *Modem) link(id int) {
	p := &m.pdp
	if p.links[id].IsValid() {
		return
	}
	p.links[id] = p.next
	p.next = p.next.Next()
	m.domainEvent(fmt.Sprintf("ME PDN ACT %d", id))
}

// unlink ends the connection of number id when neither layer needs it.
func (m *Modem) unlink(id int) {
	p := &m.pdp
	if !p.links[id].IsValid() || p.contexts[id].state == contextActive || p.bearers[id].active {
		return
	}
	p.links[id] = netip.Addr{}
	m.domainEvent(fmt.Sprintf("ME PDN DEACT %d", id))
}

// takeAway ends the connection of number id, whoever needs it: by is ME or NW.
func (m *Modem) takeAway(id int, by, reason string) {
	p := &m.pdp
	p.bearers[id].active = false
	p.links[id] = netip.Addr{}
	m.domainEvent(fmt.Sprintf("%s PDN DEACT %d", by, id))
	m.loseLink(id, reason)
}

// loseLink is what the end of a connection does to what went over it.
func (m *Modem) loseLink(id int, reason string) {
	if c := m.pdp.call; c != nil && c.cid == id {
		c.carrierLost(reason)
	}
	if m.pdp.contexts[id].state == contextActive {
		m.breakContext(id, reason)
	}
}

// breakContext takes an active context from the stack.
func (m *Modem) breakContext(id int, reason string) {
	m.pdp.contexts[id].state = contextBroken
	m.straighten(id)
	m.event(Event{Kind: PDPReleased, Client: id, Text: reason})
	m.urc(fmt.Sprintf(`+QIURC: "pdpdeact",%d`, id))
	m.ends.breakContext(id)
	m.errands.dropContext(id, PDPBroken)
}

// dropContexts is what a loss of service does to both layers: nothing is
// connected any more, and each context of the stack is as if the network had
// taken it (inferred). The host is told of the detachment alone (27.007 10.1.19).
func (m *Modem) dropContexts() {
	p := &m.pdp
	p.attach.cut()
	by := "NW"
	if !m.mayRegister() {
		by = "ME"
	}
	m.domainEvent(by + " DETACH")
	for id := range p.links {
		p.bearers[id].active = false
		p.links[id] = netip.Addr{}
	}
	for id := range p.links {
		m.loseLink(id, "service lost")
	}
}

// kinds of addresses, as AT+QICSGP has them.
const (
	kindIPv4 = 1
	kindIPv6 = 2
	kindBoth = 3
)

// addresses are those of connection id that a context of a kind has; none while
// it is down. Each connection has an IPv6 prefix of its own, which shows its IPv4
// address (as LTE gives prefixes; these are inferred, from RFC 3849).
func (p *packetDomain) addresses(id, kind int) []netip.Addr {
	v4 := p.links[id]
	if !v4.IsValid() {
		return nil
	}
	a := v4.As4()
	v6 := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, a[0], a[1], a[2], a[3], 15: 1})
	switch kind {
	case kindIPv6:
		return []netip.Addr{v6}
	case kindBoth:
		return []netip.Addr{v4, v6}
	}
	return []netip.Addr{v4}
}
