package fault

import (
	"net/netip"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// Connect bends the TCP connection of an open.
type Connect struct {
	_ struct{} `name:"connect"`

	How    string        `yaml:"how" need:"yes" short:"yes" is:"refuse|timeout|reset|unreachable|no-socket|no-bind|no-listen|unsupported|slow|elsewhere" doc:"refuse, reset, unreachable: 566; timeout: 566 after 150 s; no-socket: 554; no-bind: 556; no-listen: 557, of a TCP LISTENER or UDP SERVICE; unsupported: 555; slow: it takes a while; elsewhere: another server is at the other end"`
	For    decl.Duration `yaml:"for" default:"10s for slow" doc:"how long it takes, on the modem's clock"`
	To     string        `yaml:"to" doc:"of elsewhere: the address and port of the other server, as the module would dial it"`
	Client *int          `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

var connections = map[string]path.Connection{
	"refuse": path.Refused, "timeout": path.TimesOut, "reset": path.ConnectsAndReset, "unreachable": path.Unreachable,
	"no-socket": path.NoSocket, "no-listen": path.NoListen, "no-bind": path.NoBind, "unsupported": path.Unsupported, "slow": path.Connects,
	"elsewhere": path.Elsewhere,
}

// CheckYAML wants an address where the connection leads elsewhere.
func (a *Connect) CheckYAML(n *decl.Node) {
	if _, err := netip.ParseAddrPort(a.To); a.How == "elsewhere" && err != nil {
		n.Fail("{how: elsewhere, to: '192.0.2.10:4435'}", "connect: elsewhere wants an IP address and a port")
	}
}

func (a *Connect) act(x *Firing) {
	f := path.ConnectFault{How: connections[a.How], Wait: a.For.Std()}
	switch a.How {
	case "slow":
		f.Wait = orElse(a.For, slowness).Std()
	case "elsewhere":
		f.To, _ = netip.ParseAddrPort(a.To) // looked at when it was read
	}
	for _, id := range x.ways(a.Client) {
		x.e.net.path(id).Connect(f)
	}
}
