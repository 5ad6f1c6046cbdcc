package report

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	for ext, o := range map[string]TableOptions{
		".table.txt":  {Width: 80, Times: true},
		".narrow.txt": {Width: 50},
		".wide.txt":   {},
		".colour.txt": {Colour: true, Width: 100, Times: true},
	} {
		t.Run(ext, func(t *testing.T) {
			golden(t, ext, func(w io.Writer, r *Report) error { return Table(w, r, o) })
		})
	}
}

var escape = regexp.MustCompile("\x1b\\[[0-9]+m")

func TestTableWidth(t *testing.T) {
	for name, r := range samples() {
		for width := minWidth; width <= 120; width += 7 {
			var plain, coloured bytes.Buffer
			o := TableOptions{Width: width, Times: width%2 == 0}
			if err := Table(&plain, r, o); err != nil {
				t.Fatal(err)
			}
			if i := strings.IndexFunc(plain.String(), func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
				t.Errorf("%s: control character %q", name, plain.String()[i])
			}
			for line := range strings.Lines(plain.String()) {
				if n := textWidth(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s: %d columns in a terminal of %d: %q", name, n, width, line)
				}
			}
			o.Colour = true
			if err := Table(&coloured, r, o); err != nil {
				t.Fatal(err)
			}
			if got := escape.ReplaceAllString(coloured.String(), ""); got != plain.String() {
				t.Errorf("%s: colours change the text:\n%s\n%s", name, got, plain.String())
			}
		}
	}
}
