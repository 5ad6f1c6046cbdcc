package decl

import (
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// Time is a moment as RFC 3339 writes it, or "now". The zero Time is none.
type Time struct {
	time.Time
	Now bool // Time is not set
}

// At is the moment, when it is now for the caller.
func (t Time) At(now time.Time) time.Time {
	if t.Now {
		return now
	}
	return t.Time
}

// IsZero reports whether nothing is given.
func (t Time) IsZero() bool { return !t.Now && t.Time.IsZero() }

// Equal reports whether both are the same moment, or both now.
func (t Time) Equal(u Time) bool { return t.Now == u.Now && t.Time.Equal(u.Time) }

// DecodeYAML reads a time.
func (t *Time) DecodeYAML(n *Node) {
	if n.Text() == "now" {
		*t = Time{Now: true}
		return
	}
	value, err := time.Parse(time.RFC3339, n.Text())
	if err != nil {
		hint := ""
		if _, err := time.Parse(time.RFC3339, n.Text()+"Z"); err == nil {
			hint = "tell its zone: write " + n.Text() + "+08:00, or " + n.Text() + "Z"
		}
		n.Want(hint, t.Describe())
		return
	}
	*t = Time{Time: value}
}

// String is the form it is read from.
func (t Time) String() string {
	if t.Now {
		return "now"
	}
	return t.Time.Format(time.RFC3339Nano)
}

// EncodeYAML is what it is read from.
func (t Time) EncodeYAML() any { return t.String() }

// Describe says what it takes.
func (Time) Describe() string { return "a time such as 2021-08-25T12:00:00+08:00, or now" }

// JSONSchema is its schema.
func (Time) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:    "string",
		Pattern: `^(now|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))$`,
	}
}
