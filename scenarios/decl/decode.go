package decl

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
)

// Decoder is a type that reads itself, with a pointer receiver. It reports what
// is wrong with [Node.Fail] or [Node.Want]. It never sees a null.
type Decoder interface{ DecodeYAML(n *Node) }

// Checker looks at a struct once all its fields are read without a problem, for
// what no single field can tell. n is the value's mapping, or what stands for it.
type Checker interface{ CheckYAML(n *Node) }

// Inspector looks at a struct whatever problems its fields have, so that what it
// finds is told together with them. Fields that could not be read are as they
// were; n is as for a [Checker].
type Inspector interface{ InspectYAML(n *Node) }

// Into reads the node into what v points to, and reports whether it could
// without a problem.
func (n *Node) Into(v any) bool {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		panic(fmt.Sprintf("decl: %T is nothing to read into", v))
	}
	return n.into(p.Elem())
}

func (n *Node) into(v reflect.Value) bool {
	before := n.r.failed
	n.value(v)
	return n.r.failed == before
}

// value reads the node as v's type wants it.
func (n *Node) value(v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		n.value(v.Elem())
		return
	}
	if n.Kind() == Null {
		n.Want("", wants(v.Type(), n.tags))
		return
	}
	if d, ok := v.Addr().Interface().(Decoder); ok {
		d.DecodeYAML(n)
		return
	}
	switch kind := v.Kind(); {
	case kind == reflect.Struct:
		n.structure(v)
	case kind == reflect.Slice:
		n.slice(v)
	case kind == reflect.Map:
		n.mapping(v)
	case kind == reflect.Bool:
		n.boolean(v)
	case isInt(kind):
		n.integer(v)
	case isFloat(kind):
		n.float(v)
	case kind == reflect.String:
		n.text(v)
	default:
		panic(fmt.Sprintf("decl: no YAML is read into a %v", v.Type()))
	}
}

// structure reads a mapping, or the short form, into a struct.
func (n *Node) structure(v reflect.Value) {
	before, p := n.r.failed, planOf(v.Type())
	given := map[string]bool{}
	switch {
	case n.Kind() == Mapping:
		n.fields(v, p, given)
	case n.fits(p.short):
		short := *n
		short.tags = p.short.tags
		short.value(v.FieldByIndex(p.short.index))
		given[p.short.name] = true
	default:
		n.Want("", wants(v.Type(), n.tags))
		return
	}
	n.missing(p, given)
	n.settle(v, p, before)
}

// settle sets the place of a struct that was read, and lets it look at itself:
// as a Checker only if no problem was added to those before.
func (n *Node) settle(v reflect.Value, p *plan, before int) {
	if p.pos != nil {
		v.FieldByIndex(p.pos).Set(reflect.ValueOf(n.Pos()))
	}
	if i, ok := v.Addr().Interface().(Inspector); ok {
		i.InspectYAML(n)
	}
	if c, ok := v.Addr().Interface().(Checker); ok && n.r.failed == before {
		c.CheckYAML(n)
	}
}

// fields reads the values of a mapping, and notes the keys in given.
func (n *Node) fields(v reflect.Value, p *plan, given map[string]bool) {
	for key, value := range n.Pairs() {
		f := p.field(key.Text())
		if f == nil {
			key.unknown(p.names())
			continue
		}
		given[f.name] = true
		value.tags = f.tags
		value.value(v.FieldByIndex(f.index))
	}
}

// missing reports the keys that have to be there and are not.
func (n *Node) missing(p *plan, given map[string]bool) {
	for _, f := range p.fields {
		if f.need && !given[f.name] {
			n.Fail("it is "+wants(f.typ, f.tags), "%sthe key %s is missing", n.prefix(), f.name)
		}
	}
}

// fits reports whether the node, which is no mapping, can stand for the field
// alone.
func (n *Node) fits(f *field) bool {
	if f == nil {
		return false
	}
	t := f.typ
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind() == Sequence {
		return t.Kind() == reflect.Slice || isDecoder(t)
	}
	return t.Kind() != reflect.Slice || f.tags.one || isDecoder(t)
}

func (n *Node) slice(v reflect.Value) {
	items := n.Items()
	if n.Kind() != Sequence {
		if !n.tags.one {
			n.Want("", wants(v.Type(), n.tags))
			return
		}
		one := *n
		one.tags = tags{is: n.tags.is}
		items = []*Node{&one}
	}
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		item.value(list.Index(i))
	}
	v.Set(list)
}

func (n *Node) mapping(v reflect.Value) {
	if n.Kind() != Mapping {
		n.Want("", wants(v.Type(), n.tags))
		return
	}
	t := v.Type()
	m := reflect.MakeMap(t)
	for key, value := range n.Pairs() {
		k, elem := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		key.tags.is, value.tags.is = n.tags.keys, n.tags.is
		if isInt(t.Key().Kind()) && wholePattern().MatchString(key.Text()) {
			number := *key.y
			number.Tag, key.y = "!!int", &number // JSON has quotes around every key
		}
		ok := key.into(k)
		value.value(elem)
		if ok && m.MapIndex(k).IsValid() {
			key.Fail("", "%s%v is there already", key.prefix(), k)
		} else if ok {
			m.SetMapIndex(k, elem)
		}
	}
	v.Set(m)
}

func (n *Node) boolean(v reflect.Value) {
	if n.IsBool() {
		v.SetBool(strings.EqualFold(n.Text(), "true"))
		return
	}
	hint := ""
	switch strings.ToLower(n.Text()) {
	case "yes", "on", "true", "1":
		hint = "write true, without quotes"
	case "no", "off", "false", "0":
		hint = "write false, without quotes"
	}
	n.Want(hint, "true or false")
}

// wholePattern is a whole number. One that starts with 0 may be meant as octal.
var wholePattern = lazyRegexp(`^[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$`)

func (n *Node) integer(v reflect.Value) {
	c, _ := parseConstraint(v.Type(), n.tags.is) // the plan has seen to the error
	text := n.Text()
	if n.Kind() != Scalar || !n.IsNumber() || !wholePattern().MatchString(text) {
		n.wantNumber(v.Type(), wholePattern())
		return
	}
	var err error
	if v.CanUint() {
		var u uint64
		if u, err = strconv.ParseUint(text, 0, v.Type().Bits()); err == nil && c.number(float64(u)) {
			v.SetUint(u)
			return
		}
	} else {
		var i int64
		if i, err = strconv.ParseInt(text, 0, v.Type().Bits()); err == nil && c.number(float64(i)) {
			v.SetInt(i)
			return
		}
	}
	n.Want("", wants(v.Type(), n.tags))
}

// decimalPattern is a number with or without decimals.
var decimalPattern = lazyRegexp(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

func (n *Node) float(v reflect.Value) {
	c, _ := parseConstraint(v.Type(), n.tags.is) // the plan has seen to the error
	if n.Kind() != Scalar || !n.IsNumber() || !decimalPattern().MatchString(n.Text()) {
		n.wantNumber(v.Type(), decimalPattern())
		return
	}
	f, err := strconv.ParseFloat(n.Text(), v.Type().Bits())
	if err != nil || math.IsInf(f, 0) || !c.number(f) {
		n.Want("", wants(v.Type(), n.tags))
		return
	}
	v.SetFloat(f)
}

// wantNumber reports that the node is no number of a form.
func (n *Node) wantNumber(t reflect.Type, form *regexp.Regexp) {
	hint := ""
	switch {
	case n.IsString() && form.MatchString(n.Text()):
		hint = "remove the quotes"
	case n.IsNumber() && isInt(t.Kind()):
		hint = "write it without decimals and without zeros in front, or as 0x1f"
	}
	n.Want(hint, wants(t, n.tags))
}

// text reads a scalar as it was written, quoted or not.
func (n *Node) text(v reflect.Value) {
	c, _ := parseConstraint(v.Type(), n.tags.is) // there is none for text
	if n.Kind() != Scalar || !c.word(n.Text()) {
		hint := ""
		if n.Kind() == Scalar {
			hint = nearest.Hint(n.Text(), c.words, "")
		}
		n.Want(hint, wants(v.Type(), n.tags))
		return
	}
	v.SetString(n.Text())
}
