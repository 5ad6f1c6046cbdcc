package fault

// Cut ends a part of an answer early.
type Cut struct {
	_ struct{} `name:"cut"`

	Keep int  `yaml:"keep" short:"yes" is:"0-65535" doc:"how many bytes of the part, its framing included, are sent"`
	Part Part `yaml:"part" default:"body" doc:"echo, line, line 2, body, final, prompt, urc"`
}

func (a *Cut) place() *Placement { return &Placement{Part: a.Part} }

func (a *Cut) shape(p *plan) {
	part := a.Part
	if part.part == partNone {
		part.part = partBody
		if p.x.urc != "" {
			part.part = partURC
		}
	}
	p.edit(part, func(text *parted) { text.own = text.own[:min(a.Keep, len(text.own))] })
}
