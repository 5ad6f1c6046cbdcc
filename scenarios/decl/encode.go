package decl

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Encoder is a type that says what it is read from: another value, a
// [*yaml.Node], or what was [Chosen].
type Encoder interface{ EncodeYAML() any }

// Chosen is a choice to write, see [Node.Choose].
type Chosen struct {
	Name   string
	Value  any  // nil for the name alone
	Whole  bool // Value is the whole mapping, the key Name included
	Common any  // the struct of the keys besides, or nil
}

// Encode writes v, a struct or a pointer to one, as YAML. Zero values are left
// out but for keys that must be there, so decoding the text into a zero value
// gives v again. Text that is not UTF-8 cannot be written; it wants a [Bytes].
func Encode(v any) ([]byte, error) {
	y, err := encode(reflect.ValueOf(v))
	if err != nil {
		return nil, fmt.Errorf("decl: %w", err)
	}
	text, err := yaml.Dump(y, yaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("decl: %w", err)
	}
	return bytes.TrimPrefix(text, []byte("---\n")), nil
}

// encode makes a node of any value.
func encode(v reflect.Value) (*yaml.Node, error) {
	if !v.IsValid() {
		return plainNode("null"), nil
	}
	if y, ok := v.Interface().(*yaml.Node); ok {
		return y, nil
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		return encode(v.Elem())
	}
	if e, ok := addressed(v).(Encoder); ok {
		return encode(reflect.ValueOf(e.EncodeYAML()))
	}
	if c, ok := v.Interface().(Chosen); ok {
		return encodeChosen(c)
	}
	switch kind := v.Kind(); {
	case kind == reflect.Struct:
		return encodeStruct(v)
	case kind == reflect.Slice:
		return encodeSlice(v)
	case kind == reflect.Map:
		return encodeMap(v)
	case kind == reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("%q is not UTF-8", v.String())
		}
		return textNode(v.String()), nil
	case kind == reflect.Bool:
		return plainNode(strconv.FormatBool(v.Bool())), nil
	case v.CanInt():
		return plainNode(strconv.FormatInt(v.Int(), 10)), nil
	case v.CanUint():
		return plainNode(strconv.FormatUint(v.Uint(), 10)), nil
	case v.CanFloat():
		return plainNode(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())), nil
	}
	return nil, fmt.Errorf("a %v cannot be written", v.Type())
}

// addressed is a pointer to a copy of v, which has all methods of its type.
func addressed(v reflect.Value) any {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

// isZero reports whether a value is one that need not be written.
func isZero(v reflect.Value) bool {
	if z, ok := addressed(v).(interface{ IsZero() bool }); ok && v.Kind() != reflect.Pointer {
		return z.IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		if _, ok := addressed(v).(Encoder); ok {
			return v.IsZero()
		}
		for _, f := range planOf(v.Type()).fields {
			if !isZero(v.FieldByIndex(f.index)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}

// encodeStruct writes a mapping, or the short form where that says it all.
func encodeStruct(v reflect.Value) (*yaml.Node, error) {
	pairs, short, err := encodeFields(v)
	if short != nil && len(pairs.Content) == 2 && short.Kind != yaml.MappingNode {
		return short, err
	}
	return pairs, err
}

// encodeFields writes a mapping. short is the value of the field that can stand
// for it, nil without.
func encodeFields(v reflect.Value) (pairs, short *yaml.Node, err error) {
	p := planOf(v.Type())
	pairs = &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range p.fields {
		value := v.FieldByIndex(f.index)
		if isZero(value) && !f.need {
			continue
		}
		y, err := encode(value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if f.tags.one && y.Kind == yaml.SequenceNode && len(y.Content) == 1 && y.Content[0].Kind != yaml.SequenceNode {
			y = y.Content[0]
		}
		if f == p.short {
			short = y
		}
		pairs.Content = append(pairs.Content, textNode(f.name), y)
	}
	return pairs, short, nil
}

// maxFlow is the longest list of scalars that stands on one line, in bytes.
const maxFlow = 60

func encodeSlice(v reflect.Value) (*yaml.Node, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	size, flat := 0, true
	for i := range v.Len() {
		y, err := encode(v.Index(i))
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		list.Content = append(list.Content, y)
		size += len(y.Value) + 2
		flat = flat && y.Kind == yaml.ScalarNode
	}
	if flat && size <= maxFlow {
		list.Style = yaml.FlowStyle
	}
	return list, nil
}

func encodeMap(v reflect.Value) (*yaml.Node, error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		}
		return cmp.Compare(a.String(), b.String())
	})
	pairs := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range keys {
		k, err := encode(key)
		if err != nil {
			return nil, err
		}
		y, err := encode(v.MapIndex(key))
		if err != nil {
			return nil, fmt.Errorf("%v: %w", key, err)
		}
		pairs.Content = append(pairs.Content, k, y)
	}
	return pairs, nil
}

// encodeChosen writes the mapping, or the name, of a choice.
func encodeChosen(c Chosen) (*yaml.Node, error) {
	pairs := &yaml.Node{Kind: yaml.MappingNode}
	add := func(v any) error { // the fields of a struct
		y, _, err := encodeFields(reflect.Indirect(reflect.ValueOf(v)))
		if err == nil {
			pairs.Content = append(pairs.Content, y.Content...)
		}
		return err
	}
	if c.Value != nil && c.Whole {
		if err := add(c.Value); err != nil {
			return nil, err
		}
	} else {
		y, err := encode(reflect.ValueOf(c.Value))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		pairs.Content = append(pairs.Content, textNode(c.Name), y)
	}
	if c.Common != nil {
		if err := add(c.Common); err != nil {
			return nil, err
		}
	}
	if c.Value == nil && len(pairs.Content) == 2 {
		return textNode(c.Name), nil
	}
	return pairs, nil
}

// plainNode is a scalar without quotes: a number, true, a known word.
func plainNode(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// textNode is a scalar that is text, with quotes where it would not be taken for
// it.
func textNode(text string) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	for _, c := range text {
		if !unicode.IsPrint(c) { // on one line, and with escapes
			y.Style = yaml.DoubleQuotedStyle
		}
	}
	return y
}
