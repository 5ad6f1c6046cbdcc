package fault

// Drop keeps the answer, or a part of it, from the host. The command runs.
type Drop struct {
	_ struct{} `name:"drop"`

	Part Part `yaml:"part" short:"yes" default:"all" doc:"echo, line, line 2, body, final, prompt, urc, all"`
}

func (a *Drop) place() *Placement { return &Placement{Part: a.Part} }

func (a *Drop) shape(p *plan) {
	p.edit(p.whole(a.Part), func(text *parted) { text.own = nil })
}

// whole is the part that is meant: all of an answer, or of a result code, when
// none is named.
func (p *plan) whole(part Part) Part {
	if part.part != partNone {
		return part
	}
	if p.x.urc != "" {
		return Part{part: partURC}
	}
	return Part{part: partAll}
}
