package decl

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schemer is a type that says its own JSON Schema. What it refers to is in its
// $defs, under names that no other type has.
type Schemer interface{ JSONSchema() *jsonschema.Schema }

// draft is the version of JSON Schema that is written.
const draft = "https://json-schema.org/draft/2020-12/schema"

// Schema is the JSON Schema of what [Decode] takes for v, a struct or a pointer
// to one. It is as strict as the decoding but for what a schema cannot say.
func Schema(v any, title string) *jsonschema.Schema {
	g := newSchemas()
	s := g.of(base(v), tags{})
	s.Schema, s.Title, s.Defs = draft, title, g.defs
	return s
}

// ChoiceSchema is the schema of a mapping with exactly one of the alternatives.
func ChoiceSchema(alternatives []Alternative) *jsonschema.Schema {
	g := newSchemas()
	s := g.choice(alternatives, nil)
	s.Defs = g.defs
	return s
}

// base is the type of v without pointers.
func base(v any) reflect.Type {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// schemas makes the schemas of types; those with a name go to defs.
type schemas struct {
	defs  map[string]*jsonschema.Schema
	names names
}

func newSchemas() *schemas {
	return &schemas{defs: map[string]*jsonschema.Schema{}, names: newNames()}
}

// names gives types their names. Two types of one name get a number.
type names struct {
	of    map[reflect.Type]string
	taken map[string]bool
}

func newNames() names { return names{map[reflect.Type]string{}, map[string]bool{}} }

var unfit = lazyRegexp(`[^A-Za-z0-9_.-]+`)

// name is the type's name; known tells that it was asked before.
func (n names) name(t reflect.Type) (name string, known bool) {
	if name, known = n.of[t]; known {
		return name, true
	}
	own, _ := about(t)
	own = unfit().ReplaceAllString(own, "-")
	name = own
	for i := 2; n.taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", own, i)
	}
	n.of[t], n.taken[name] = name, true
	return name, false
}

// of is the schema of a type.
func (g *schemas) of(t reflect.Type, ask tags) *jsonschema.Schema {
	if t.Kind() == reflect.Pointer {
		return g.of(t.Elem(), ask)
	}
	if own, ok := as[Schemer](t); ok {
		s := own.JSONSchema()
		for name, def := range s.Defs {
			g.defs[name] = def
		}
		s.Defs = nil
		return s
	}
	if own, ok := as[Chooser](t); ok {
		return g.named(t, func() *jsonschema.Schema {
			s := g.choice(own.Alternatives(), commonOf(t))
			_, s.Description = about(t)
			return s
		})
	}
	if isDecoder(t) {
		return &jsonschema.Schema{}
	}
	return g.plain(t, ask)
}

// plain is the schema of a type that does not read itself.
func (g *schemas) plain(t reflect.Type, ask tags) *jsonschema.Schema {
	c, _ := parseConstraint(t, ask.is) // the plan has seen to the error
	each := tags{is: ask.is}
	switch kind := t.Kind(); {
	case kind == reflect.Struct:
		return g.named(t, func() *jsonschema.Schema { return g.structure(planOf(t)) })
	case kind == reflect.Slice:
		list := &jsonschema.Schema{Type: "array", Items: g.of(t.Elem(), each)}
		if ask.one {
			return anyOf2(g.of(t.Elem(), each), list)
		}
		return list
	case kind == reflect.Map:
		s := &jsonschema.Schema{Type: "object", AdditionalProperties: g.of(t.Elem(), each)}
		if isInt(t.Key().Kind()) {
			s.PropertyNames = &jsonschema.Schema{Pattern: wholePattern().String()}
		} else if keys, _ := parseConstraint(t.Key(), ask.keys); len(keys.words) > 0 {
			s.PropertyNames = &jsonschema.Schema{Enum: enum(keys.words)}
		}
		return s
	case kind == reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case isInt(kind):
		return c.schema("integer")
	case isFloat(kind):
		return c.schema("number")
	case kind == reflect.String && len(c.words) > 0:
		return &jsonschema.Schema{Enum: enum(c.words)}
	case kind == reflect.String:
		return &jsonschema.Schema{Types: []string{"string", "number", "boolean"}}
	}
	panic(fmt.Sprintf("decl: no YAML is read into a %v", t))
}

// enum is a list of words as a schema has it. One that YAML takes for a number,
// true or false may be written with quotes or without.
func enum(words []string) (all []any) {
	for _, w := range words {
		all = append(all, w)
		if f, err := strconv.ParseFloat(w, 64); err == nil && decimalPattern().MatchString(w) {
			all = append(all, f)
		} else if w == "true" || w == "false" {
			all = append(all, w == "true")
		}
	}
	return all
}

// schema is that of a number in the ranges.
func (c constraint) schema(kind string) *jsonschema.Schema {
	var each []*jsonschema.Schema
	for _, one := range c.spans {
		s := &jsonschema.Schema{Type: kind, Minimum: jsonschema.Ptr(one.lo)}
		if !math.IsInf(one.hi, 1) {
			s.Maximum = jsonschema.Ptr(one.hi)
		}
		each = append(each, s)
	}
	switch len(each) {
	case 0:
		return &jsonschema.Schema{Type: kind}
	case 1:
		return each[0]
	}
	return &jsonschema.Schema{AnyOf: each}
}

// anyOf2 is the schema of what one of two takes.
func anyOf2(a, b *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{a, b}}
}

// named puts a type's schema among the definitions and refers to it, so that a
// type may hold itself. A type without a name has its schema in place.
func (g *schemas) named(t reflect.Type, build func() *jsonschema.Schema) *jsonschema.Schema {
	if name, _ := about(t); name == "" {
		return build()
	}
	name, known := g.names.name(t)
	if !known {
		g.defs[name] = nil // being built
		g.defs[name] = build()
	}
	return &jsonschema.Schema{Ref: "#/$defs/" + name}
}

// object is a mapping that has no other keys than those added to it.
func object(doc string) *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", Description: doc,
		Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: no(),
	}
}

// property adds a key.
func property(s *jsonschema.Schema, name, doc string, value *jsonschema.Schema) {
	if s.Properties[name] != nil {
		return
	}
	value.Description = doc
	s.Properties[name] = value
	s.PropertyOrder = append(s.PropertyOrder, name)
}

// fields adds the keys of a struct.
func (g *schemas) fields(s *jsonschema.Schema, p *plan, needed bool) {
	for _, f := range p.fields {
		property(s, f.name, f.doc, g.of(f.typ, f.tags))
		if f.need && needed {
			s.Required = append(s.Required, f.name)
		}
	}
}

// structure is the schema of a struct.
func (g *schemas) structure(p *plan) *jsonschema.Schema {
	s := object(p.doc)
	g.fields(s, p, true)
	if p.short == nil {
		return s
	}
	s.Description = ""
	both := anyOf2(g.of(p.short.typ, p.short.tags), s)
	both.Description = p.doc
	return both
}

// commonOf is the plan of the further keys of a choice, nil without.
func commonOf(t reflect.Type) *plan {
	if c, ok := as[Commoner](t); ok {
		return planOf(base(c.Common()))
	}
	return nil
}

// choice is the schema of a mapping with one of the alternatives.
func (g *schemas) choice(alternatives []Alternative, common *plan) *jsonschema.Schema {
	s := object("")
	var bare []any
	c := choice{alternatives: alternatives, common: common}
	for _, a := range alternatives {
		one := &jsonschema.Schema{Required: []string{a.Name}}
		if a.Whole {
			p := a.plan()
			g.fields(s, p, false)
			for _, f := range p.fields {
				if f.need && f.name != a.Name {
					one.Required = append(one.Required, f.name)
				}
			}
			s.Properties[a.Name].Description = a.Doc
		} else {
			value := g.of(base(a.New()), tags{is: a.Is})
			if a.Bare {
				value = anyOf2(value, &jsonschema.Schema{Type: "null"})
			}
			property(s, a.Name, a.Doc, value)
		}
		if a.Bare {
			bare = append(bare, a.Name)
		}
		s.OneOf = append(s.OneOf, one)
	}
	for _, key := range s.PropertyOrder {
		if owners := c.owners(key); len(owners) > 0 && c.find(key) == nil {
			if s.DependentSchemas == nil {
				s.DependentSchemas = map[string]*jsonschema.Schema{}
			}
			with := &jsonschema.Schema{}
			for _, owner := range owners {
				with.AnyOf = append(with.AnyOf, &jsonschema.Schema{Required: []string{owner}})
			}
			s.DependentSchemas[key] = with
		}
	}
	if common != nil {
		g.fields(s, common, true)
	}
	if bare == nil {
		return s
	}
	return anyOf2(&jsonschema.Schema{Enum: bare}, s)
}
