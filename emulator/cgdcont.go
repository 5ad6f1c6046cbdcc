package emulator

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
)

// definition is what AT+CGDCONT and AT+CGAUTH say of a bearer. It is stored at
// once (family).
type definition struct {
	Type   string       `json:"type"` // a word of pdpTypes
	APN    string       `json:"apn"`
	Addr   string       `json:"addr,omitempty"`   // asked for; "": the network gives one
	Data   int          `json:"d_comp,omitempty"` // compression
	Header int          `json:"h_comp,omitempty"`
	Alloc  int          `json:"alloc,omitempty"` // how the IPv4 address is asked for
	Auth   *credentials `json:"auth,omitempty"`
}

// credentials are those of AT+CGAUTH.
type credentials struct {
	Protocol int    `json:"protocol"` // 1 PAP, 2 CHAP
	User     string `json:"user"`
	Password string `json:"password"`
}

// pdpTypes are the types of AT+CGDCONT and the addresses that each has. PPP is
// IPv4 for the network.
var pdpTypes = map[string]int{"IP": kindIPv4, "IPV6": kindIPv6, "IPV4V6": kindBoth, "PPP": kindIPv4}

// factoryDefinitions are the bearers at delivery: one, with an APN of the
// network's choice (inferred).
var factoryDefinitions = map[int]definition{1: {Type: "IP"}}

// bearer is one bearer of 27.007: its definition, and whether it is up. The
// network may bring one up that nobody has defined.
type bearer struct {
	def    *definition // nil: not defined
	active bool
}

// shown reports whether AT+CGACT? and AT+CGPADDR have a line for the bearer.
func (b *bearer) shown() bool { return b.def != nil || b.active }

func (b *bearer) apn() string {
	if b.def == nil {
		return ""
	}
	return b.def.APN
}

// kind is which addresses the bearer has.
func (b *bearer) kind() int {
	if b.def == nil {
		return kindIPv4
	}
	return pdpTypes[b.def.Type]
}

// define takes over what was stored; nil: nothing was, ever.
func (p *packetDomain) define(stored map[int]definition) {
	if stored == nil {
		stored = factoryDefinitions
	}
	for id := range p.bearers {
		p.bearers[id].def = nil
		if d, ok := stored[id]; ok && pdpTypes[d.Type] != 0 {
			p.bearers[id].def = &d
		}
	}
}

// redefine changes the definition of a bearer and stores all of them. An active
// one changes with its next activation (inferred).
func (m *Modem) redefine(id int, d *definition) error {
	before := m.pdp.bearers[id].def
	m.pdp.bearers[id].def = d
	all := map[int]definition{}
	for id, b := range m.pdp.bearers {
		if b.def != nil {
			all[id] = *b.def
		}
	}
	err := m.store(func(s *stored) { s.Contexts = all })
	if err != nil {
		m.pdp.bearers[id].def = before
	}
	return err
}

// cid is a number of a bearer.
var cid = atengine.Int("cid", 1, maxContexts)

var _ = commands("Packet domain",
	&Command{
		Name: "+CGDCONT", Summary: "define a PDP context: compression and a static address are stored and told", Source: "27.007 10.1.1, family", Max: 3e9,
		Params: []atengine.Param{
			cid,
			atengine.Str("PDP_type", 1, 6).Opt(),
			atengine.Str("APN", 0, 100).Opt(),
			atengine.Str("PDP_addr", 0, 63).Opt(),
			atengine.Int("d_comp", 0, 2).Or(0),
			atengine.Int("h_comp", 0, 4).Or(0),
			atengine.Int("IPv4AddrAlloc", 0, 1).Or(0),
		},
		Test: definitionRanges(),
		Read: func(m *Modem, _ *Call) Response {
			var lines []string
			for id, b := range m.pdp.bearers {
				if b.def != nil {
					lines = append(lines, fmt.Sprintf("+CGDCONT: %d,%s", id, b.def.words()))
				}
			}
			return atengine.Info(lines...)
		},
		Write: (*Modem).defineContext,
	},
	&Command{
		Name: "+CGAUTH", Summary: "authentication of a PDP context: stored and told, the network lets everybody in", Source: "27.007 10.1.31",
		Params: []atengine.Param{
			cid,
			atengine.Int("auth_prot", 0, 2).Opt(),
			atengine.Str("userid", 0, 127).Opt(),
			atengine.Str("password", 0, 127).Opt(),
		},
		Plain: true,
		Read: func(m *Modem, _ *Call) Response {
			var lines []string
			for id, b := range m.pdp.bearers {
				if b.def != nil && b.def.Auth != nil {
					a := b.def.Auth
					lines = append(lines, fmt.Sprintf(`+CGAUTH: %d,%d,"%s","%s"`, id, a.Protocol, a.User, a.Password))
				}
			}
			return atengine.Info(lines...)
		},
		Write: (*Modem).authenticate,
	},
)

// definitionRanges is the test form of AT+CGDCONT: a line for each type.
func definitionRanges() string {
	var lines []string
	for _, t := range slices.Sorted(maps.Keys(pdpTypes)) {
		lines = append(lines, fmt.Sprintf(`+CGDCONT: (1-%d),"%s",,,(0-2),(0-4),(0,1)`, maxContexts, t))
	}
	return strings.Join(lines, "\n")
}

// words are the definition as AT+CGDCONT? tells it. An address that was not
// asked for is zeros, sixteen of them where IPv6 may come (family).
func (d *definition) words() string {
	addr := d.Addr
	if addr == "" {
		addr = dotted(netip.IPv6Unspecified())
		if pdpTypes[d.Type] == kindIPv4 {
			addr = "0.0.0.0"
		}
	}
	return fmt.Sprintf(`"%s","%s","%s",%d,%d,%d`, d.Type, d.APN, addr, d.Data, d.Header, d.Alloc)
}

// dotted is an address as 27.007 writes it: decimal numbers with dots, sixteen of
// them for IPv6.
func dotted(a netip.Addr) string {
	var parts []string
	for _, b := range a.AsSlice() {
		parts = append(parts, strconv.Itoa(int(b)))
	}
	return strings.Join(parts, ".")
}

// isAddress reports whether text is an address as 27.007 or everybody else
// writes it.
func isAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	parts := strings.Split(text, ".")
	for _, p := range parts {
		if _, err := strconv.ParseUint(p, 10, 8); err != nil {
			return false
		}
	}
	return len(parts) == 16
}

// defineContext is AT+CGDCONT=: with the number alone it forgets a definition,
// but not that of a bearer that is up (inferred). Credentials go with the
// definition that they were given for.
func (m *Modem) defineContext(c *Call) Response {
	id := c.Int(0)
	b := &m.pdp.bearers[id]
	var d *definition
	switch {
	case c.Len() > 1:
		d = &definition{Type: "IP", APN: c.Text(2), Addr: c.Text(3), Data: c.Int(4), Header: c.Int(5), Alloc: c.Int(6)}
		if c.Has(1) {
			d.Type = strings.ToUpper(c.Text(1))
		}
		if pdpTypes[d.Type] == 0 {
			return c.Refuse(1, "is no type")
		}
		if d.Addr != "" && !isAddress(d.Addr) {
			return c.Refuse(3, "is no IP address")
		}
		if b.def != nil {
			d.Auth = b.def.Auth
		}
	case b.active:
		return atengine.Fail(CMENotAllowed)
	}
	if err := m.redefine(id, d); err != nil {
		return atengine.Fail(err)
	}
	return Response{}
}

// authenticate is AT+CGAUTH=: without a protocol, or with 0, it forgets the
// credentials. Only a context that is defined has any.
func (m *Modem) authenticate(c *Call) Response {
	id := c.Int(0)
	b := &m.pdp.bearers[id]
	if b.def == nil {
		return atengine.Fail(CMEParameters)
	}
	d := *b.def
	d.Auth = nil
	if c.Int(1) > 0 {
		d.Auth = &credentials{Protocol: c.Int(1), User: c.Text(2), Password: c.Text(3)}
	}
	if err := m.redefine(id, &d); err != nil {
		return atengine.Fail(err)
	}
	return Response{}
}
