package decl

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/quectel-sim/qsim/scenarios/chat"
)

// Bytes is any bytes, written with the escapes of transcripts: \r \n \t \a \b \f
// \v \xHH, and \\ for a backslash. In YAML such text is best left without quotes
// or put in 'single' ones: in "double" ones YAML has escapes of its own.
type Bytes string

// DecodeYAML reads bytes.
func (b *Bytes) DecodeYAML(n *Node) {
	if n.Kind() != Scalar {
		n.Want("", b.Describe())
		return
	}
	bytes, err := chat.Unquote(n.Text())
	if err != nil {
		n.Fail("", "%s%v", n.prefix(), err)
		return
	}
	*b = Bytes(bytes)
}

// String is the form it is read from.
func (b Bytes) String() string { return chat.Quote(string(b)) }

// EncodeYAML is what it is read from.
func (b Bytes) EncodeYAML() any { return b.String() }

// Describe says what it takes.
func (Bytes) Describe() string { return `text with escapes such as \r and \x1a` }

// JSONSchema is its schema.
func (Bytes) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Types:   []string{"string", "number", "boolean"},
		Pattern: `^([^\\]|\\[abfnrtv\\]|\\x[0-9a-fA-F]{2})*$`,
	}
}
