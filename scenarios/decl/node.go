package decl

import (
	"fmt"
	"iter"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"go.yaml.in/yaml/v4"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of a node.
const (
	Null     Kind = iota // nothing, or null
	Scalar               // text, a number, true or false
	Mapping              // keys with values
	Sequence             // a list
)

// Node is one YAML node, aliases followed.
type Node struct {
	y    *yaml.Node
	r    *report
	name string // the keys that lead here, such as error.code; they begin anew in a list and in a choice
	item bool   // a value of a list: the keys under it begin anew
	tags tags   // what the tags of its field ask of it
}

// resolve follows aliases.
func resolve(y *yaml.Node) *yaml.Node {
	for y.Kind == yaml.AliasNode && y.Alias != nil {
		y = y.Alias
	}
	return y
}

// under is the node of a value in n.
func (n *Node) under(y *yaml.Node, name string) *Node {
	return &Node{y: resolve(y), r: n.r, name: name}
}

// Kind is the node's kind.
func (n *Node) Kind() Kind {
	switch n.y.Kind {
	case yaml.MappingNode:
		return Mapping
	case yaml.SequenceNode:
		return Sequence
	}
	if n.y.Tag == "!!null" {
		return Null
	}
	return Scalar
}

// Text is the text of a scalar as it was written, without quotes; "" of others.
func (n *Node) Text() string {
	if n.Kind() != Scalar {
		return ""
	}
	return n.y.Value
}

// IsString reports whether a scalar is text: quoted, or nothing that YAML takes
// for a number, true or false.
func (n *Node) IsString() bool {
	return n.Kind() == Scalar && (n.y.Tag == "!!str" || n.y.Tag == "!!timestamp" || n.y.Tag == "!!merge")
}

// IsBool reports whether a scalar is true or false.
func (n *Node) IsBool() bool { return n.Kind() == Scalar && n.y.Tag == "!!bool" }

// IsNumber reports whether a scalar is a number.
func (n *Node) IsNumber() bool {
	return n.Kind() == Scalar && (n.y.Tag == "!!int" || n.y.Tag == "!!float")
}

// Pos is where the node starts; of an alias, where its anchor stands.
func (n *Node) Pos() Pos { return Pos{n.r.file, n.y.Line, n.y.Column} }

// Name is the keys that lead to the node, as error.code, from the last list on.
// It is "" at the top and for a mapping in a list.
func (n *Node) Name() string {
	if n.item && n.Kind() == Mapping {
		return ""
	}
	return n.name
}

// Constraint is what the tag is of the node's field says, for a [Decoder].
func (n *Node) Constraint() string { return n.tags.is }

// Pairs are the keys and values of a mapping in their order; a key given twice
// counts once. Other nodes have none.
func (n *Node) Pairs() iter.Seq2[*Node, *Node] {
	return func(yield func(key, value *Node) bool) {
		if n.Kind() != Mapping {
			return
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.y.Content); i += 2 {
			key := n.under(n.y.Content[i], n.Name())
			if !plainKey(key.y) || seen[key.y.Value] {
				continue // the check of the whole text has said so
			}
			seen[key.y.Value] = true
			name := key.y.Value
			if n.Name() != "" {
				name = n.Name() + "." + name
			}
			if !yield(key, n.under(n.y.Content[i+1], name)) {
				return
			}
		}
	}
}

// Get is the value of a key of a mapping, nil when it has none.
func (n *Node) Get(name string) *Node {
	for key, value := range n.Pairs() {
		if key.Text() == name {
			return value
		}
	}
	return nil
}

// Items are the values of a list. Other nodes have none.
func (n *Node) Items() []*Node {
	if n.Kind() != Sequence {
		return nil
	}
	items := make([]*Node, len(n.y.Content))
	for i, y := range n.y.Content {
		items[i] = n.under(y, n.name)
		items[i].item = true
		items[i].tags = tags{is: n.tags.is}
	}
	return items
}

// Fail reports a problem at the node. hint is what to write instead, or "".
func (n *Node) Fail(hint, why string, args ...any) {
	n.r.add(n.Pos().Problem(hint, why, args...))
}

// Want reports that the node is not what it has to be: "error.code: wants a
// number 550-574, not a list". what is what it has to be, in words.
func (n *Node) Want(hint, what string) {
	if hint == "" && n.Kind() == Null {
		hint = "give it a value, or remove the key"
	}
	n.Fail(hint, "%swants %s, not %s", n.prefix(), what, n.found())
}

// prefix names the node at the start of a message.
func (n *Node) prefix() string {
	if n.Name() == "" {
		return ""
	}
	return shorten(n.Name()) + ": "
}

// found is what stands at the node, in words.
func (n *Node) found() string {
	switch n.Kind() {
	case Null:
		return "nothing"
	case Mapping:
		return "a mapping"
	case Sequence:
		return "a list"
	}
	if n.IsString() {
		return fmt.Sprintf("%q", shorten(n.y.Value))
	}
	return shorten(n.y.Value)
}

// maxShown is how many characters of a file a message repeats.
const maxShown = 60

// shorten cuts text for a message.
func shorten(text string) string {
	n := 0
	for i := range text {
		if n++; n > maxShown {
			return text[:i] + "..."
		}
	}
	return text
}

// unknown reports a key that is none of names.
func (n *Node) unknown(names []string) {
	hint := nearest.Hint(n.Text(), names, "")
	if hint == "" && len(names) > 0 {
		hint = "the keys are " + strings.Join(names, ", ")
	}
	n.Fail(hint, "%sunknown key %q", n.prefix(), shorten(n.Text()))
}
