package decl

import (
	"fmt"
	"reflect"
	"sync"
)

// tags are what a field's tags ask of its value.
type tags struct {
	is, keys string
	one      bool
}

// field is a field of a struct that is read from YAML.
type field struct {
	name  string
	index []int // for reflect.Value.FieldByIndex
	typ   reflect.Type
	tags  tags
	need  bool
	doc   string
	deflt string // in words
}

// plan is what a struct type says of the mapping that it is read from.
type plan struct {
	name, doc string
	fields    []*field // in the struct's order
	short     *field   // nil when a mapping is the only form
	pos       []int    // of the field Pos, nil when there is none
}

// field finds a field by its key, nil when there is none.
func (p *plan) field(name string) *field {
	for _, f := range p.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// names are the keys, in the struct's order.
func (p *plan) names() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	return names
}

// plans holds what was made of each type.
var plans sync.Map // reflect.Type to *plan

// planOf reads the tags of a struct type.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{}
	p.name, p.doc = about(t)
	p.collect(t, nil)
	plans.Store(t, p)
	return p
}

// about is the name of a type and what it is, as its blank field says.
func about(t reflect.Type) (name, doc string) {
	name = t.Name()
	if t.Kind() != reflect.Struct {
		return name, ""
	}
	if blank, ok := t.FieldByName("_"); ok {
		doc = blank.Tag.Get("doc")
		if own := blank.Tag.Get("name"); own != "" {
			name = own
		}
	}
	return name, doc
}

var posType = reflect.TypeFor[Pos]()

// collect adds the fields of a struct; index leads to it.
func (p *plan) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int(nil), index...), i)
		name, tagged := sf.Tag.Lookup("yaml")
		switch {
		case sf.Name == "_": // see about
		case sf.Name == "Pos" && sf.Type == posType:
			if p.pos == nil {
				p.pos = at
			}
		case name == "-" || !sf.IsExported() && !sf.Anonymous:
		case sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct:
			p.collect(sf.Type, at)
		default:
			p.add(t, sf, name, at)
		}
	}
}

// add adds one field.
func (p *plan) add(t reflect.Type, sf reflect.StructField, name string, index []int) {
	mistake := func(why string, args ...any) {
		panic(fmt.Sprintf("decl: %v.%s: %s", t, sf.Name, fmt.Sprintf(why, args...)))
	}
	yes := func(tag string) bool {
		value := sf.Tag.Get(tag)
		if value != "" && value != "yes" {
			mistake("tag %s is %q, not yes", tag, value)
		}
		return value == "yes"
	}
	f := &field{
		name: name, index: index, typ: sf.Type,
		tags: tags{is: sf.Tag.Get("is"), keys: sf.Tag.Get("keys"), one: yes("one")},
		need: yes("need"), doc: sf.Tag.Get("doc"), deflt: sf.Tag.Get("default"),
	}
	if name == "" {
		mistake("the tag yaml is missing")
	}
	if p.field(name) != nil {
		mistake("the key %q is taken", name)
	}
	if yes("short") {
		if p.short != nil {
			mistake("%s is the short form already", p.short.name)
		}
		p.short = f
	}
	if _, err := parseConstraint(constrained(f.typ), f.tags.is); err != nil {
		mistake("is: %v", err)
	}
	p.fields = append(p.fields, f)
}

// constrained is the type that the tag is speaks of: the elements' type of a
// list or mapping.
func constrained(t reflect.Type) reflect.Type {
	for !isDecoder(t) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			t = t.Elem()
			continue
		}
		break
	}
	return t
}

// as reports whether a value of the type, or a pointer to one, is an I, and
// gives one that holds the zero value.
func as[I any](t reflect.Type) (I, bool) {
	i, ok := reflect.New(t).Interface().(I)
	return i, ok
}

// isDecoder reports whether values of the type read themselves.
func isDecoder(t reflect.Type) bool {
	_, ok := as[Decoder](t)
	return ok
}
