package decl

import "reflect"

// Section is the reference of one mapping: a struct, or a choice of keys.
type Section struct {
	Name   string
	Doc    string
	Short  string // what stands for the mapping, in words; "" where nothing does
	Choice bool   // exactly one of the fields that are not Common
	Fields []Field
}

// Field is the reference of one key.
type Field struct {
	Name    string
	Type    string // what it takes, in words; a section by its name
	Section string // the name of the section in Type, "" without one
	Default string // what holds without the key, "" where the type says it
	Doc     string
	Need    bool   // the key must be there
	Common  bool   // of a choice: beside any of the others
	With    string // of a choice: the key that it goes with
	Bare    bool   // of a choice: the name alone will do
}

// Reference is a section for v, a struct or a pointer to one, and for each struct
// and choice in it, each once, in the order in which they are met.
func Reference(v any) []Section {
	g := newSections()
	g.words(base(v), tags{})
	return g.all()
}

// ChoiceReference is the reference of a mapping with exactly one of the
// alternatives, and of what they hold.
func ChoiceReference(title string, alternatives []Alternative) []Section {
	g := newSections()
	g.names.taken[title] = true
	first := g.choice(alternatives, nil)
	first.Name = title
	return append([]Section{first}, g.all()...)
}

// sections makes the sections of types.
type sections struct {
	names names
	queue []reflect.Type // named, to be told
	last  string         // the section that was named last
}

func newSections() *sections { return &sections{names: newNames()} }

// words is what a type takes, and the section where that is told.
func (g *sections) words(t reflect.Type, ask tags) (text, section string) {
	g.last = ""
	text = words(t, ask, g.section)
	return text, g.last
}

// section names the section of a type, "" for one that has none.
func (g *sections) section(t reflect.Type) string {
	_, chooser := as[Chooser](t)
	if own, _ := about(t); own == "" || !chooser && (t.Kind() != reflect.Struct || isDecoder(t)) {
		return ""
	}
	name, known := g.names.name(t)
	if !known {
		g.queue = append(g.queue, t)
	}
	g.last = name
	return name
}

// all tells the sections that were named, and those that they name.
func (g *sections) all() (all []Section) {
	for len(g.queue) > 0 {
		t := g.queue[0]
		g.queue = g.queue[1:]
		var s Section
		if c, ok := as[Chooser](t); ok {
			s = g.choice(c.Alternatives(), commonOf(t))
		} else {
			s = g.structure(planOf(t))
		}
		_, s.Doc = about(t)
		s.Name, _ = g.names.name(t)
		all = append(all, s)
	}
	return all
}

// field tells a key.
func (g *sections) field(f *field) Field {
	text, section := g.words(f.typ, f.tags)
	return Field{Name: f.name, Type: text, Section: section, Default: f.deflt, Doc: f.doc, Need: f.need}
}

func (g *sections) structure(p *plan) (s Section) {
	if p.short != nil {
		s.Short, _ = g.words(p.short.typ, p.short.tags)
	}
	for _, f := range p.fields {
		s.Fields = append(s.Fields, g.field(f))
	}
	return s
}

func (g *sections) choice(alternatives []Alternative, common *plan) Section {
	s := Section{Choice: true}
	for _, a := range alternatives {
		if !a.Whole {
			text, section := g.words(base(a.New()), tags{is: a.Is})
			s.Fields = append(s.Fields, Field{Name: a.Name, Type: text, Section: section, Doc: a.Doc, Bare: a.Bare})
			continue
		}
		for _, f := range a.plan().fields {
			one := g.field(f)
			if f.name == a.Name {
				one.Doc, one.Need, one.Bare = a.Doc, false, a.Bare
			} else {
				one.With = a.Name
			}
			s.Fields = append(s.Fields, one)
		}
	}
	if common != nil {
		for _, f := range common.fields {
			one := g.field(f)
			one.Common = true
			s.Fields = append(s.Fields, one)
		}
	}
	return s
}
