package decl

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// span is a range of numbers, both ends included.
type span struct{ lo, hi float64 }

// String is "3", "3-5" or "3 or more".
func (s span) String() string {
	lo := strconv.FormatFloat(s.lo, 'f', -1, 64)
	switch {
	case s.hi == s.lo:
		return lo
	case math.IsInf(s.hi, 1):
		return lo + " or more"
	}
	return lo + "-" + strconv.FormatFloat(s.hi, 'f', -1, 64)
}

// constraint is what a value may be. The zero constraint holds for all.
type constraint struct {
	words []string
	spans []span
}

// spanPattern is one range of a tag is.
var spanPattern = lazyRegexp(`^(-?[0-9.]+)(?:(\+)|-(-?[0-9.]+))?$`)

// parseConstraint reads a tag is for a type. The zero constraint stands for that
// of a type that reads itself: such a tag is its own affair.
func parseConstraint(t reflect.Type, is string) (c constraint, err error) {
	if isDecoder(t) {
		return c, nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		if w, ok := as[Worded](t); ok && is == "" {
			return constraint{words: w.Words()}, nil
		}
		if is != "" {
			c.words = strings.Split(is, "|")
		}
	case isInt(kind) || isFloat(kind):
		if is == "" {
			return constraint{spans: natural(kind)}, nil
		}
		for part := range strings.SplitSeq(is, ",") {
			one, err := parseSpan(strings.TrimSpace(part))
			if err != nil {
				return c, err
			}
			c.spans = append(c.spans, one)
		}
	case is != "":
		return c, fmt.Errorf("nothing can be asked of a %v", t)
	}
	return c, nil
}

// parseSpan reads "3", "3-5" or "3+".
func parseSpan(text string) (s span, err error) {
	m := spanPattern().FindStringSubmatch(text)
	if m == nil {
		return s, fmt.Errorf("%q is no range such as 1-12", text)
	}
	if s.lo, err = strconv.ParseFloat(m[1], 64); err != nil {
		return s, err
	}
	s.hi = s.lo
	if m[2] != "" {
		s.hi = math.Inf(1)
	} else if m[3] != "" {
		if s.hi, err = strconv.ParseFloat(m[3], 64); err != nil {
			return s, err
		}
	}
	if s.hi < s.lo {
		return s, fmt.Errorf("%q ends before it starts", text)
	}
	return s, nil
}

// natural is the range of a kind of number where that is worth telling.
func natural(kind reflect.Kind) []span {
	switch kind {
	case reflect.Int8:
		return []span{{math.MinInt8, math.MaxInt8}}
	case reflect.Int16:
		return []span{{math.MinInt16, math.MaxInt16}}
	case reflect.Uint8:
		return []span{{0, math.MaxUint8}}
	case reflect.Uint16:
		return []span{{0, math.MaxUint16}}
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return []span{{0, math.Inf(1)}}
	}
	return nil
}

// word reports whether text is one of the words.
func (c constraint) word(text string) bool {
	return len(c.words) == 0 || slices.Contains(c.words, text)
}

// number reports whether x is in one of the ranges.
func (c constraint) number(x float64) bool {
	return len(c.spans) == 0 || slices.ContainsFunc(c.spans, func(s span) bool { return s.lo <= x && x <= s.hi })
}

// String is the constraint in words: "1-12", "0 or 550-574", "peer, reset or lost".
func (c constraint) String() string {
	all := c.words
	for _, s := range c.spans {
		all = append(all, s.String())
	}
	return either(all)
}

// either lists words with "or" before the last.
func either(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return strings.Join(words, "")
}

func isInt(k reflect.Kind) bool   { return k >= reflect.Int && k <= reflect.Uint64 }
func isFloat(k reflect.Kind) bool { return k == reflect.Float32 || k == reflect.Float64 }
