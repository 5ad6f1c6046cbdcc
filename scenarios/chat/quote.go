package chat

import (
	"fmt"
	"strings"
)

// Quote writes bytes readably, on one line, with the escapes of a transcript.
func Quote(bytes string) string { return quote(bytes) }

// Unquote is the bytes of a text with the escapes of a transcript. Braces stand
// for themselves. The error names the escape that is none.
func Unquote(text string) (string, error) {
	var b strings.Builder
	for len(text) > 0 {
		if text[0] != '\\' {
			n := strings.IndexByte(text, '\\')
			if n < 0 {
				n = len(text)
			}
			b.WriteString(text[:n])
			text = text[n:]
			continue
		}
		c, size := unescape(text)
		if size == 0 {
			return "", fmt.Errorf("%q is no escape: write \\r \\n \\t \\a \\b \\f \\v \\xHH, or \\\\ for a backslash", text[:min(2, len(text))])
		}
		b.WriteByte(c)
		text = text[size:]
	}
	return b.String(), nil
}
