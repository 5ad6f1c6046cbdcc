package fault

import (
	"net/netip"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// Resolve bends the name resolution of an open.
type Resolve struct {
	_ struct{} `name:"resolve"`

	How     string        `yaml:"how" need:"yes" short:"yes" is:"fail|busy|slow|silent|address" doc:"fail: there is no such name, 565; busy: 564; slow: it takes a while; silent: it is never answered, 565; address: another answer"`
	For     decl.Duration `yaml:"for" default:"10s for slow" doc:"how long it takes, on the modem's clock"`
	Address string        `yaml:"address" doc:"of address: what the name resolves to"`
	Client  *int          `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

// slowness is how long something slow takes where nothing is said.
const slowness = decl.Duration(10e9)

// CheckYAML wants an address where one is to be answered.
func (a *Resolve) CheckYAML(n *decl.Node) {
	if _, err := netip.ParseAddr(a.Address); a.How == "address" && err != nil {
		n.Fail("{how: address, address: 192.0.2.1}", "resolve: address wants an IP address")
	}
}

func (a *Resolve) act(x *Firing) {
	f := path.ResolveFault{Wait: a.For.Std()}
	switch a.How {
	case "fail":
		f.How = path.NotFound
	case "busy":
		f.How = path.Busy
	case "silent":
		f.How = path.NeverAnswers
	case "address":
		f.How = path.ResolvesToAddr
		f.Addr, _ = netip.ParseAddr(a.Address) // looked at when it was read
	default:
		f.Wait = orElse(a.For, slowness).Std()
	}
	for _, id := range x.ways(a.Client) {
		x.e.net.path(id).Resolve(f)
	}
}

func orElse(d, otherwise decl.Duration) decl.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
