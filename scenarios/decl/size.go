package decl

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Size is a number of bytes, 0 to 1 GiB: 4096, 10kB, 64KiB, 1MiB. A tag is, as
// in "1-64KiB", bounds it further.
type Size int64

// maxSize is the greatest Size.
const maxSize = 1 << 30

// units are the units of a size, the greatest first. kB is a thousand bytes.
var units = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"kB", 1e3}, {"B", 1},
}

// sizePattern is a size with its unit.
var sizePattern = lazyRegexp(`^([0-9]+)(B|kB|KiB|MB|MiB|GB|GiB)?$`)

// parseSize reads a size; ok is false for none and for one that is too great.
func parseSize(text string) (size Size, ok bool) {
	m := sizePattern().FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	factor := int64(1)
	for _, u := range units {
		if u.name == m[2] {
			factor = u.bytes
		}
	}
	if err != nil || n > maxSize/factor {
		return 0, false
	}
	return Size(n * factor), true
}

// DecodeYAML reads a size.
func (s *Size) DecodeYAML(n *Node) {
	size, ok := parseSize(n.Text())
	if !ok || !sizeWithin(size, n.Constraint()) {
		hint := ""
		switch {
		case ok || n.Kind() != Scalar:
		case sizePattern().MatchString(n.Text()):
			hint = "1GiB is the most there can be"
		default:
			hint = "the units are B, kB, KiB, MB, MiB, GB and GiB"
		}
		n.Want(hint, wants(reflect.TypeFor[Size](), n.tags))
		return
	}
	*s = size
}

// sizeWithin reports whether s is in a range such as 1-64KiB; "" holds all.
func sizeWithin(s Size, is string) bool {
	if is == "" {
		return true
	}
	low, high, _ := strings.Cut(is, "-")
	lo, ok := parseSize(low)
	hi, ok2 := parseSize(high)
	if !ok || !ok2 {
		panic(fmt.Sprintf("decl: %q is no range of sizes such as 1-64KiB", is))
	}
	return lo <= s && s <= hi
}

// String is the size in the greatest unit that it is a multiple of.
func (s Size) String() string {
	for _, u := range units {
		if s > 0 && u.bytes > 1 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// EncodeYAML is what it is read from.
func (s Size) EncodeYAML() any {
	if text := s.String(); text != strconv.FormatInt(int64(s), 10) {
		return text
	}
	return int64(s)
}

// Describe says what it takes.
func (Size) Describe() string { return "a size such as 4096 or 64KiB" }

// JSONSchema is its schema.
func (Size) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: jsonschema.Ptr(0.0), Maximum: jsonschema.Ptr(float64(maxSize))},
		{Type: "string", Pattern: sizePattern().String()},
	}}
}
