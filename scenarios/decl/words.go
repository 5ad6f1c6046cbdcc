package decl

import "reflect"

// Describer says what a type takes, in words, for messages and the reference:
// "a duration such as 500ms".
type Describer interface{ Describe() string }

// narrowed is a Describer that has words of its own for what a tag is leaves.
type narrowed interface{ describeIs(is string) string }

// Worded is a text type that takes some words only.
type Worded interface{ Words() []string }

// wants is what a value of the type may be, in words.
func wants(t reflect.Type, ask tags) string { return words(t, ask, noSection) }

func noSection(reflect.Type) string { return "" }

// words is what a value of the type may be. section names the part of the
// reference that tells a struct or choice; "" stands for none.
func words(t reflect.Type, ask tags, section func(reflect.Type) string) string {
	if t.Kind() == reflect.Pointer {
		return words(t.Elem(), ask, section)
	}
	if d, ok := as[Describer](t); ok {
		own, narrowed := d.(narrowed)
		switch {
		case ask.is != "" && narrowed:
			return own.describeIs(ask.is)
		case ask.is != "":
			return d.Describe() + ", within " + ask.is
		}
		return d.Describe()
	}
	if name := section(t); name != "" {
		return name
	}
	if own, ok := as[Chooser](t); ok {
		return choice{alternatives: own.Alternatives()}.String()
	}
	if isDecoder(t) {
		return "another value"
	}
	c, err := parseConstraint(t, ask.is)
	each := tags{is: ask.is}
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		return "true or false"
	case isInt(kind) || isFloat(kind):
		if len(c.spans) == 0 || err != nil {
			return "a number"
		}
		return "a number " + c.String()
	case kind == reflect.String:
		if len(c.words) == 0 {
			return "text"
		}
		return c.String()
	case kind == reflect.Slice:
		elem := words(t.Elem(), each, section)
		if ask.one {
			return elem + ", or a list of that"
		}
		return "a list, each " + elem
	case kind == reflect.Map:
		return "a mapping from " + words(t.Key(), tags{is: ask.keys}, section) + " to " + words(t.Elem(), each, section)
	case kind == reflect.Struct:
		if short := planOf(t).short; short != nil {
			return words(short.typ, short.tags, section) + ", or a mapping"
		}
		if t.NumField() == 0 {
			return "nothing"
		}
		return "a mapping"
	}
	return "another value"
}
