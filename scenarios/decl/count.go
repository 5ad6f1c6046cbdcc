package decl

import (
	"fmt"
	"math"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
)

// Unbounded is the Max of a [Count] without one.
const Unbounded = math.MaxInt

// Count is how many of something there are: 3, 3+ or 2-5. The zero Count asks for
// nothing, so that any number will do.
type Count struct {
	Min, Max int
	Given    bool // false only in the zero Count
}

// Exactly is the count of n.
func Exactly(n int) Count { return Count{n, n, true} }

// AtLeast is the count of n or more.
func AtLeast(n int) Count { return Count{n, Unbounded, true} }

// Between is the count of lo to hi.
func Between(lo, hi int) Count { return Count{lo, hi, true} }

// Has reports whether n is such a number.
func (c Count) Has(n int) bool { return !c.Given || c.Min <= n && n <= c.Max }

// countPattern is a count.
var countPattern = lazyRegexp(`^([0-9]{1,9})(?:(\+)|-([0-9]{1,9}))?$`)

// DecodeYAML reads a count.
func (c *Count) DecodeYAML(n *Node) {
	m := countPattern().FindStringSubmatch(n.Text())
	if m == nil {
		n.Want("", c.Describe())
		return
	}
	lo, _ := strconv.Atoi(m[1]) // nine digits fit
	switch {
	case m[2] != "":
		*c = AtLeast(lo)
	case m[3] == "":
		*c = Exactly(lo)
	default:
		hi, _ := strconv.Atoi(m[3])
		if hi < lo {
			n.Fail(fmt.Sprintf("write %d-%d", hi, lo), "%s%s ends before it starts", n.prefix(), n.Text())
			return
		}
		*c = Between(lo, hi)
	}
}

// String is the form it is read from; "" of the zero Count.
func (c Count) String() string {
	switch {
	case !c.Given:
		return ""
	case c.Max == c.Min:
		return strconv.Itoa(c.Min)
	case c.Max == Unbounded:
		return strconv.Itoa(c.Min) + "+"
	}
	return fmt.Sprintf("%d-%d", c.Min, c.Max)
}

// EncodeYAML is what it is read from.
func (c Count) EncodeYAML() any {
	if c.Given && c.Min == c.Max {
		return c.Min
	}
	return c.String()
}

// Describe says what it takes.
func (Count) Describe() string { return "a number of times such as 3, 3+ or 2-5" }

// JSONSchema is its schema.
func (Count) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: jsonschema.Ptr(0.0), Maximum: jsonschema.Ptr(999999999.0)},
		{Type: "string", Pattern: countPattern().String()},
	}}
}
