package chat

import (
	"testing"

	"pgregory.net/rapid"
)

func TestUnquote(t *testing.T) {
	tests := []struct{ text, want, err string }{
		{`AT+QSSLOPEN=1\r`, "AT+QSSLOPEN=1\r", ""},
		{`\r\n\t\a\b\f\v\\{{x}`, "\r\n\t\a\b\f\v\\{{x}", ""},
		{`\x00\xfF`, "\x00\xff", ""},
		{"", "", ""},
		{`a\q`, "", `"\\q" is no escape: write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{`a\`, "", `"\\" is no escape: write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
		{`\x1`, "", `"\\x" is no escape: write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`},
	}
	for _, tt := range tests {
		got, err := Unquote(tt.text)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != tt.want || said != tt.err {
			t.Errorf("Unquote(%q) = %q, %q; want %q, %q", tt.text, got, said, tt.want, tt.err)
		}
	}
}

func TestQuoteUnquote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if got, err := Unquote(Quote(bytes)); err != nil || got != bytes {
			t.Fatalf("%q reads back as %q, %v", bytes, got, err)
		}
	})
}
