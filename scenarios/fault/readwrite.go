package fault

import (
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// Write has sending on a connection fail: AT+QSSLSEND and AT+QISEND are SEND FAIL
// from then on.
type Write struct {
	_ struct{} `name:"write"`

	How    string    `yaml:"how" need:"yes" short:"yes" is:"fail" doc:"fail: EPIPE"`
	After  decl.Size `yaml:"after" default:"0" doc:"bytes that still go out, as TLS has them"`
	Client *int      `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

func (a *Write) act(x *Firing) {
	for _, id := range x.clients(a.Client) {
		x.e.net.path(id).FailWrites(nil, int(a.After))
	}
}

// Read has receiving on a connection fail: it is over.
type Read struct {
	_ struct{} `name:"read"`

	How    string `yaml:"how" need:"yes" short:"yes" is:"fail" doc:"fail: EIO"`
	Client *int   `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

func (a *Read) act(x *Firing) {
	for _, id := range x.clients(a.Client) {
		x.e.net.path(id).FailReads(nil)
	}
}

// Net gives a connection conditions: the open one, or the next.
type Net struct {
	_ struct{} `name:"net"`

	Latency   decl.Duration `yaml:"latency" doc:"of every byte, each way, on the modem's clock"`
	Jitter    decl.Duration `yaml:"jitter" doc:"so much more or less, at random"`
	Bandwidth decl.Size     `yaml:"bandwidth" doc:"bytes a second, each way"`
	Blackhole bool          `yaml:"blackhole" doc:"nothing passes, and nobody says so"`
	Lift      bool          `yaml:"lift" doc:"the conditions end"`
	For       decl.Duration `yaml:"for" default:"until lift" doc:"how long, on the modem's clock"`
	Client    *int          `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

// CheckYAML wants a condition.
func (a *Net) CheckYAML(n *decl.Node) {
	if a.Latency == 0 && a.Jitter == 0 && a.Bandwidth == 0 && !a.Blackhole && !a.Lift {
		n.Fail("one of latency, jitter, bandwidth, blackhole, lift", "net: it changes nothing")
	}
}

func (a *Net) act(x *Firing) {
	for _, id := range x.ways(a.Client) {
		if a.Lift {
			x.e.net.path(id).Lift()
			continue
		}
		x.e.net.path(id).Conditions(path.Conditions{
			Latency: a.Latency.Std(), Jitter: a.Jitter.Std(), Bandwidth: int(a.Bandwidth), Blackhole: a.Blackhole, For: a.For.Std(),
		})
	}
}
