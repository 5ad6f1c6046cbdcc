package fault

import (
	"bytes"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Replace puts other bytes in place of some in an answer, wherever they stand.
type Replace struct {
	_ struct{} `name:"replace"`

	Match decl.Bytes `yaml:"match" need:"yes" doc:"what is replaced, with the escapes of transcripts"`
	With  decl.Bytes `yaml:"with" doc:"what stands there instead"`
	Part  Part       `yaml:"part" default:"all" doc:"echo, line, line 2, body, final, prompt, urc, all"`
}

// CheckYAML wants something to look for.
func (a *Replace) CheckYAML(n *decl.Node) {
	if a.Match == "" {
		n.Fail("match: 'text'", "replace: match is empty")
	}
}

func (a *Replace) place() *Placement { return &Placement{Part: a.Part} }

func (a *Replace) shape(p *plan) {
	p.edit(p.whole(a.Part), func(text *parted) {
		text.own = bytes.ReplaceAll(text.own, []byte(a.Match), []byte(a.With))
	})
}
