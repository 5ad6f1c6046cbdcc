package chat

import (
	"fmt"
	"strings"
)

// Class is what a placeholder matches while its name has no value yet.
type Class uint8

// The classes of a placeholder.
const (
	Digits Class = iota // {name}: one decimal digit or more
	Hex                 // {name:hex}: one hexadecimal digit or more, either case
	Any                 // {name:any}: any bytes, or none, up to the byte that follows; never CR or LF
)

// maxRun bounds what one placeholder takes, in bytes. Nothing that varies in an
// answer comes near it; a stream without an end must not be taken for one.
const maxRun = 1024

// word describes the class in a message.
func (c Class) word() string {
	switch c {
	case Hex:
		return "a hexadecimal digit"
	case Any:
		return "anything but CR and LF"
	}
	return "a decimal digit"
}

// holds reports whether b can be part of a text of this class. What ends a run
// of Any is the business of the matcher.
func (c Class) holds(b byte) bool {
	switch {
	case c == Any:
		return b != '\r' && b != '\n'
	case c == Hex && (b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'):
		return true
	}
	return b >= '0' && b <= '9'
}

// Piece is a part of a pattern: literal bytes, or, when Name is set, a
// placeholder.
type Piece struct {
	Lit   string
	Name  string
	Class Class
}

// Pattern is bytes with placeholders. Literal pieces are not empty and never
// stand beside each other.
type Pattern []Piece

// Literal is the pattern of exactly these bytes.
func Literal(bytes string) Pattern {
	if bytes == "" {
		return nil
	}
	return Pattern{{Lit: bytes}}
}

// String is the pattern as a script writes it.
func (p Pattern) String() string { return p.text(nil) }

// text is the pattern as a script writes it, but with the value shown where
// values has one.
func (p Pattern) text(values map[string]string) string {
	var b strings.Builder
	for _, piece := range p {
		if piece.Name == "" {
			appendQuoted(&b, piece.Lit, true)
			continue
		}
		b.WriteString("{" + piece.Name)
		if value, ok := values[piece.Name]; ok {
			b.WriteString("=" + quote(value))
		} else if piece.Class == Hex {
			b.WriteString(":hex")
		} else if piece.Class == Any {
			b.WriteString(":any")
		}
		b.WriteString("}")
	}
	if text := b.String(); strings.HasSuffix(text, " ") {
		return text[:len(text)-1] + `\x20` // editors strip blanks at the end of a line
	}
	return b.String()
}

// Expand is the pattern with the values of its placeholders, which must all be
// known.
func (p Pattern) Expand(values map[string]string) (string, error) {
	var b strings.Builder
	for _, piece := range p {
		if piece.Name == "" {
			b.WriteString(piece.Lit)
			continue
		}
		value, ok := values[piece.Name]
		if !ok {
			return "", fmt.Errorf("{%s} has no value yet: let an earlier line of the modem match it, use @size, or give it beforehand", piece.Name)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// framed is the pattern with literal bytes before and after it.
func (p Pattern) framed(before, after string) Pattern {
	out := Literal(before)
	for _, piece := range append(append(Pattern(nil), p...), Literal(after)...) {
		if last := len(out) - 1; last >= 0 && out[last].Name == "" && piece.Name == "" {
			out[last].Lit += piece.Lit
		} else {
			out = append(out, piece)
		}
	}
	return out
}

// verdict is how far bytes agree with a pattern.
type verdict uint8

const (
	matchMore verdict = iota // they agree, and the pattern wants more
	matchFull                // they hold the whole pattern
	matchNone                // they differ
)

// outcome is what match found.
type outcome struct {
	verdict
	n     int               // full: bytes taken; none: index of the first wrong byte; more: all of them
	want  string            // more, none: what had to come at index n
	binds map[string]string // full: what the placeholders matched
}

// match compares bytes as they have come so far with a pattern. A placeholder
// takes all it can, without a second try, so that the answer does not depend
// on how the bytes were cut; the parser refuses patterns for which that is not
// enough.
func match(p Pattern, values map[string]string, buf []byte) outcome {
	at := 0
	binds := map[string]string{}
	for i, piece := range p {
		lit := piece.Lit
		if piece.Name != "" {
			value, known := binds[piece.Name]
			if !known {
				value, known = values[piece.Name]
			}
			if !known {
				end, want, v := run(piece, p[i+1:], buf, at)
				if v != matchFull {
					return outcome{verdict: v, n: end, want: want}
				}
				binds[piece.Name] = string(buf[at:end])
				at = end
				continue
			}
			lit = value
		}
		for j := range len(lit) {
			if at < len(buf) && buf[at] == lit[j] {
				at++
				continue
			}
			want := show(lit[j])
			if piece.Name != "" {
				want += fmt.Sprintf(" of {%s=%s}", piece.Name, quote(lit))
			}
			if at == len(buf) {
				return outcome{verdict: matchMore, n: at, want: want}
			}
			return outcome{verdict: matchNone, n: at, want: want}
		}
	}
	return outcome{verdict: matchFull, n: at, binds: binds}
}

// run finds the end of what a placeholder without a value takes from start.
func run(piece Piece, rest Pattern, buf []byte, start int) (end int, want string, v verdict) {
	want = fmt.Sprintf("%s for {%s}", piece.Class.word(), piece.Name)
	var stop string // the byte that ends a run of Any
	if piece.Class == Any && len(rest) > 0 {
		stop = rest[0].Lit[:min(1, len(rest[0].Lit))]
		want += " or " + quoted(stop)
	}
	for end = start; end < len(buf); end++ {
		if end-start > maxRun {
			return end, fmt.Sprintf("the end of {%s} within %d bytes", piece.Name, maxRun), matchNone
		}
		if !piece.Class.holds(buf[end]) || stop != "" && buf[end] == stop[0] {
			if end == start && piece.Class != Any {
				return end, want, matchNone
			}
			return end, "", matchFull
		}
	}
	return end, want, matchMore
}
