package fault

import (
	"strings"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// Handshake bends the TLS handshake of an open.
type Handshake struct {
	_ struct{} `name:"handshake"`

	How    string        `yaml:"how" need:"yes" short:"yes" doc:"stall: the server never answers, 569; alert NAME: a fatal alert by its name in RFC 5246 7.2; reset; truncate: the server's answer ends early; garbage: it is no TLS; slow: it takes a while. All but the first and the last 566"`
	Bytes  int           `yaml:"bytes" is:"0-65536" default:"64" doc:"of truncate and garbage: how many come"`
	For    decl.Duration `yaml:"for" default:"10s for slow" doc:"how long it takes, on the modem's clock"`
	Client *int          `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`

	alert path.Alert
}

var answers = map[string]path.Answer{
	"stall": path.NoAnswer, "reset": path.AnswersReset, "truncate": path.Truncated, "garbage": path.Garbage, "slow": path.Answers,
}

// CheckYAML looks whether it is a way for a handshake to go wrong.
func (a *Handshake) CheckYAML(n *decl.Node) {
	if name, ok := strings.CutPrefix(a.How, "alert "); ok {
		alert, err := path.ParseAlert(strings.TrimSpace(name))
		if err != nil {
			hint := "the alerts are " + strings.Join(path.AlertNames(), ", ")
			if near := nearest.Word(name, path.AlertNames()); near != "" {
				hint = "did you mean alert " + near + "?"
			}
			n.Fail(hint, "handshake: there is no alert %q", name)
		}
		a.alert = alert
		return
	}
	if _, ok := answers[a.How]; !ok {
		words := append(sortedKeys(answers), "alert")
		n.Fail(nearest.Hint(a.How, words, "one of stall, alert NAME, reset, truncate, garbage, slow"), "handshake: %q is no way to go wrong", a.How)
	}
}

func (a *Handshake) act(x *Firing) {
	f := path.HandshakeFault{How: answers[a.How], Alert: a.alert, Wait: a.For.Std(), Bytes: a.Bytes}
	switch {
	case strings.HasPrefix(a.How, "alert "):
		f.How = path.AnswersAlert
	case a.How == "slow":
		f.Wait = orElse(a.For, slowness).Std()
	}
	if f.Bytes == 0 {
		f.Bytes = 64
	}
	for _, id := range x.clients(a.Client) {
		x.e.net.path(id).Handshake(f)
	}
}
