package decl

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// What a text may be at most. Nothing that a person writes comes near.
const (
	maxBytes = 1 << 20
	maxDepth = 32      // lists and mappings in each other
	maxNodes = 1 << 16 // values, those behind an alias counted each time
)

// parse reads one document and checks what holds for any. The node is nil when
// there is nothing that could be decoded.
func parse(r *report, data []byte) *Node {
	if len(data) > maxBytes {
		r.add(Pos{r.file, 1, 1}.Problem("", "larger than %d bytes", maxBytes))
		return nil
	}
	if !readable(r, data) {
		return nil
	}
	var docs []yaml.Node
	if err := yaml.Load(data, &docs, yaml.WithAllDocuments()); err != nil {
		r.add(syntax(r.file, err))
		return nil
	}
	if len(docs) > 1 {
		at := &docs[1]
		if len(at.Content) > 0 {
			at = at.Content[0]
		}
		r.add(Pos{r.file, at.Line, at.Column}.Problem("remove the line ---, or use one file for each", "a second document: there can be one only"))
	}
	// Nothing, or comments alone: a mapping without keys.
	root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	if len(docs) > 0 && len(docs[0].Content) > 0 {
		if y := resolve(docs[0].Content[0]); y.Kind != yaml.ScalarNode || y.Tag != "!!null" {
			root = y
		}
	}
	s := survey{r: r, open: map[*yaml.Node]bool{}, done: map[*yaml.Node]bool{}}
	if !s.visit(root, 0) {
		return nil
	}
	return &Node{y: root, r: r}
}

// readable reports whether data is text that YAML allows. The parser tells no
// place for a byte that is not.
func readable(r *report, data []byte) bool {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			r.add(end(r.file, data[:i]).Problem("", "byte 0x%02x is not UTF-8", data[i]))
			return false
		case c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f:
			r.add(end(r.file, data[:i]).Problem(fmt.Sprintf(`write it \x%02x, inside "quotes"`, c), "a control character, 0x%02x", c))
			return false
		}
		i += size
	}
	return true
}

// lineBreaks are all that YAML takes for the end of a line.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// end is the place after the last character of data.
func end(file string, data []byte) Pos {
	lines := strings.Split(lineBreaks.Replace(string(data)), "\n")
	return Pos{file, len(lines), 1 + utf8.RuneCountInString(lines[len(lines)-1])}
}

// syntax is the problem of a text that is no YAML.
func syntax(file string, err error) *Problem {
	at, why := Pos{file, 1, 1}, err.Error()
	var e *yaml.LoadError
	if errors.As(err, &e) {
		at.Line, at.Col, why = max(1, e.Mark.Line), max(1, e.Mark.Column), e.Message
		if e.ContextMsg != "" {
			why += ", " + e.ContextMsg
		}
	}
	var hint string
	switch {
	case strings.Contains(why, "cannot start any token"):
		hint = "indent with blanks, not with tabs, and quote text that starts with one of @ ` % &"
	case strings.Contains(why, "mapping values are not allowed"):
		hint = "quote text that has a colon and a blank in it"
	}
	return at.Problem(hint, "no YAML: %s", why)
}

// survey visits all of a document before it is decoded, so that whatever decodes
// it meets no cycle and needs to count nothing.
type survey struct {
	r     *report
	nodes int
	open  map[*yaml.Node]bool // the values around the one being visited
	done  map[*yaml.Node]bool // mappings whose keys were checked
}

// visit reports whether y can be decoded.
func (s *survey) visit(y *yaml.Node, depth int) bool {
	at := y
	y = resolve(y)
	fail := func(hint, why string, args ...any) bool {
		s.r.add(Pos{s.r.file, at.Line, at.Column}.Problem(hint, why, args...))
		return false
	}
	s.nodes++
	switch {
	case s.open[y]:
		return fail("", "*%s stands inside of &%s", shorten(at.Value), shorten(at.Value))
	case s.nodes > maxNodes:
		return fail("", "more than %d values", maxNodes)
	case depth > maxDepth:
		return fail("", "nested more than %d deep", maxDepth)
	case !knownTag(y):
		fail("remove it", "the tag %s means nothing here", shorten(y.Tag))
	}
	if y.Kind == yaml.MappingNode && !s.done[y] {
		s.done[y] = true
		s.keys(y)
	}
	s.open[y] = true
	defer delete(s.open, y)
	for _, child := range y.Content {
		if !s.visit(child, depth+1) {
			return false
		}
	}
	return true
}

// keys checks the keys of a mapping.
func (s *survey) keys(y *yaml.Node) {
	lines := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		at, key := y.Content[i], resolve(y.Content[i])
		fail := func(hint, why string, args ...any) {
			s.r.add(Pos{s.r.file, at.Line, at.Column}.Problem(hint, why, args...))
		}
		switch line, twice := lines[key.Value]; {
		case key.Tag == "!!merge":
			fail("write the keys out, or use an alias for a whole value", "<< merges nothing here")
		case !plainKey(key):
			fail("", "a key has to be a word or a number")
		case twice:
			fail("", "%q is there already, in line %d", shorten(key.Value), line)
		default:
			lines[key.Value] = at.Line
		}
	}
}

// plainKey reports whether a node can be a key.
func plainKey(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Tag != "!!null" && y.Tag != "!!merge"
}

// knownTag reports whether a node's tag is one that YAML gives without being told.
func knownTag(y *yaml.Node) bool {
	switch y.Tag {
	case "!!map":
		return y.Kind == yaml.MappingNode
	case "!!seq":
		return y.Kind == yaml.SequenceNode
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge":
		return y.Kind == yaml.ScalarNode
	}
	return false
}

// within moves what stands behind the end of data to the end: what is missing
// there, the parser finds missing in the line after it.
func (r *report) within(data []byte) {
	last := end(r.file, data)
	for _, p := range r.problems {
		if p.Line > last.Line {
			p.Line, p.Col = last.Line, last.Col
		}
	}
}

// Decode reads one YAML document into the struct that v points to, and returns
// all that is wrong with it. file is its name, for messages. Keys that are not
// given leave what v holds; lists and mappings that are given replace it.
func Decode(file string, data []byte, v any) Problems {
	r := &report{file: file, seen: map[Problem]bool{}}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if root := parse(r, data); root != nil {
		root.Into(v)
	}
	if len(r.problems) > 0 {
		r.within(data)
	}
	r.problems.Sort()
	return r.problems
}
