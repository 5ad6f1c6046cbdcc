package emulator

import (
	"net/netip"
	"os"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("TCP/IP", &Command{
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
})

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
