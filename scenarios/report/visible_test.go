package report

import (
	"strings"
	"testing"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"plain ü 日":                "plain ü 日",
		"a\tb\nc":                  "a\tb\nc",
		"a\r\nb\rc":                "a\nb" + `\r` + "c",
		"\x00\x1b[31m\x7f":         `\x00\x1b[31m\x7f`,
		"\xff\xc3(":                `\xff\xc3(`,
		"\ufffd":                   "\ufffd", // a character as any other
		"\xed\xa0\x80":             `\xed\xa0\x80`,
		"\u0085\u202e\ufffe\uffff": `\u0085\u202e\ufffe\uffff`,
		"a\u2028b\u2029c":          "a\nb\nc",
		`c:\x1b`:                   `c:\x1b`,
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) is %q, want %q", in, got, want)
		}
	}
	if got := oneLine(" a\r\n\tb\u2028 c\x00 "); got != `a b c\x00` {
		t.Errorf("oneLine gives %q", got)
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two three", 0, "one two three"},
		{"one two three", 7, "one two/three"},
		{"one two three", 8, "one two/three"},
		{"one two\nthree", 80, "one two/three"},
		{"abcdefghij k", 4, "abcd/efgh/ij k"},
		{"日本語 x", 4, "日本/語 x"},
		{"a\u0301b\u0301c", 2, "a\u0301b\u0301/c"},
	}
	for _, test := range tests {
		if got := strings.Join(wrap(test.text, test.width), "/"); got != test.want {
			t.Errorf("wrap(%q, %d) is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"scenario", 8, "scenario"},
		{"scenario", 7, "scenar…"},
		{"scenario", 1, "…"},
		{"scenario", 0, ""},
		{"日本語", 4, "日…"},
	} {
		if got := cut(test.text, test.width); got != test.want {
			t.Errorf("cut(%q, %d) is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}
