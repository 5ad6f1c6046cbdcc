package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible is s with nothing in it that a terminal, a browser or a parser acts
// on, but for LF and tab: what is no UTF-8, no character of XML 1.0, a control
// character or steers the direction of text becomes an escape as Go and
// transcripts write it. CR LF becomes LF, as a host on a terminal writes it. The
// text is for people: a backslash of its own stays as it is.
func visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n', r == '\t':
			b.WriteRune(r)
		case r == '\u2028', r == '\u2029': // the other line ends of Unicode
			b.WriteByte('\n')
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ', r == 0x7F:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == 0xFFFE, r == 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine is s made visible, with a blank for every stretch of blanks and line
// ends.
func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// columns is how many columns of a terminal r takes.
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
		r >= 0x3000 && r <= 0x303F, r >= 0xFF01 && r <= 0xFF60, r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}

// textWidth is how many columns of a terminal s takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// cut is s in at most width columns, with … for what is missing.
func cut(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	head, _ := split(s, width-1)
	return head + "…"
}

// pad is s with blanks up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-textWidth(s)))
}

// split is as much of s as fits into width columns, and the rest.
func split(s string, width int) (head, tail string) {
	n := 0
	for i, r := range s {
		if n += columns(r); n > width {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// wrap breaks text at blanks into lines of at most width columns, and inside a
// word that is wider. The text's own line ends stay. Width 0 or less breaks
// nothing.
func wrap(text string, width int) []string {
	var lines []string
	for _, para := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			switch joined := line + " " + word; {
			case line == "":
				line = word
			case width <= 0 || textWidth(joined) <= width:
				line = joined
			default:
				lines = append(lines, line)
				line = word
			}
			for width > 1 && textWidth(line) > width {
				head, tail := split(line, width)
				lines = append(lines, head)
				line = tail
			}
		}
		lines = append(lines, line)
	}
	return lines
}
