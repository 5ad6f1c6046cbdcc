package fault

import "github.com/google/jsonschema-go/jsonschema"

// EncodeYAML is what a part is read from.
func (p Part) EncodeYAML() any { return p.String() }

// IsZero reports whether no part is named.
func (p Part) IsZero() bool { return p.part == partNone }

// JSONSchema is the schema of a part.
func (Part) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^(echo|line( [1-9][0-9]{0,3})?|body|final|prompt|urc|all)$"}
}
