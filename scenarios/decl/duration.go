package decl

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// Duration is a time span of 0 to 30 days as Go writes it: 500ms, 11s, 1m30s. A
// tag is, as in "1ms-1h", bounds it further.
type Duration time.Duration

// maxDuration is the longest Duration.
const maxDuration = 30 * 24 * time.Hour

// durationPattern is a duration without a sign.
var durationPattern = lazyRegexp(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`)

// DecodeYAML reads a duration.
func (d *Duration) DecodeYAML(n *Node) {
	what := wants(reflect.TypeFor[Duration](), n.tags)
	text := n.Text()
	value, err := time.ParseDuration(text)
	switch {
	case n.IsNumber() && wholePattern().MatchString(text):
		n.Want(fmt.Sprintf("write %ss for seconds, %sms for milliseconds", text, text), what)
	case n.Kind() != Scalar || err != nil || !durationPattern().MatchString(text):
		n.Want("", what)
	case value > maxDuration:
		n.Fail("", "%s%s is more than %v", n.prefix(), shorten(text), Duration(maxDuration))
	case !durationWithin(value, n.Constraint()):
		n.Want("", what)
	default:
		*d = Duration(value)
	}
}

// durationWithin reports whether d is in a range such as 1ms-1h; "" holds all.
func durationWithin(d time.Duration, is string) bool {
	if is == "" {
		return true
	}
	low, high, _ := strings.Cut(is, "-")
	lo, err := time.ParseDuration(low)
	hi, err2 := time.ParseDuration(high)
	if err != nil || err2 != nil {
		panic(fmt.Sprintf("decl: %q is no range of durations such as 1ms-1h", is))
	}
	return lo <= d && d <= hi
}

// Std is d for the package time.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the shortest form: 2m, where time has 2m0s.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// EncodeYAML is what it is read from.
func (d Duration) EncodeYAML() any { return d.String() }

// Describe says what it takes.
func (Duration) Describe() string { return "a duration such as 500ms" }

// JSONSchema is its schema.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: durationPattern().String()}
}
