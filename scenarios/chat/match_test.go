package chat

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	values := map[string]string{"port": "65344"}
	tests := []struct {
		line, buf string
		verdict   verdict
		n         int
		want      string
		binds     map[string]string
	}{
		{line: `< OK`, buf: "\r\nOK\r\n", verdict: matchFull, n: 6},
		{line: `< OK`, buf: "\r\nOK\r\n\r\n+X", verdict: matchFull, n: 6},
		{line: `< OK`, buf: "", verdict: matchMore, n: 0, want: `"\r"`},
		{line: `< OK`, buf: "\r\nO", verdict: matchMore, n: 3, want: `"K"`},
		{line: `< OK`, buf: "\r\nERROR\r\n", verdict: matchNone, n: 2, want: `"O"`},
		{line: `<| x`, buf: "x\r\n", verdict: matchFull, n: 3},
		{line: `<< \r\n>\x20`, buf: "\r\n>\n", verdict: matchNone, n: 3, want: `" "`},
		{line: `< {n}`, buf: "\r\n12\r\n", verdict: matchFull, n: 6, binds: map[string]string{"n": "12"}},
		{line: `< {n}`, buf: "\r\n12", verdict: matchMore, n: 4, want: "a decimal digit for {n}"},
		{line: `< {n}`, buf: "\r\n\r\n", verdict: matchNone, n: 2, want: "a decimal digit for {n}"},
		{line: `< {n}`, buf: "\r\n1a\r\n", verdict: matchNone, n: 3, want: `"\r"`},
		{line: `< {s:hex},`, buf: "\r\n4F64d,\r\n", verdict: matchFull, n: 10, binds: map[string]string{"s": "4F64d"}},
		{line: `< {s:hex}`, buf: "\r\n4g\r\n", verdict: matchNone, n: 3, want: `"\r"`},
		{line: `< "{a:any}"`, buf: "\r\n\"10.7.157.1\"\r\n", verdict: matchFull, n: 16, binds: map[string]string{"a": "10.7.157.1"}},
		{line: `< "{a:any}"`, buf: "\r\n\"\"\r\n", verdict: matchFull, n: 6, binds: map[string]string{"a": ""}},
		{line: `< "{a:any}"`, buf: "\r\n\"x\r\n", verdict: matchNone, n: 4, want: `'"'`},
		{line: `< "{a:any}"`, buf: "\r\n\"x", verdict: matchMore, n: 4, want: `anything but CR and LF for {a} or '"'`},
		{line: `< {a:any}`, buf: "\r\n" + strings.Repeat("x", 2000), verdict: matchNone, n: 2 + maxRun + 1, want: "the end of {a} within 1024 bytes"},
		{line: `< {n},{n}`, buf: "\r\n12,12\r\n", verdict: matchFull, n: 9, binds: map[string]string{"n": "12"}},
		{line: `< {n},{n}`, buf: "\r\n12,13\r\n", verdict: matchNone, n: 6, want: `"2" of {n=12}`},
		{line: `< {port}`, buf: "\r\n65344\r\n", verdict: matchFull, n: 9},
		{line: `< {port}`, buf: "\r\n65345\r\n", verdict: matchNone, n: 6, want: `"4" of {port=65344}`},
		{line: `< {port:any}`, buf: "\r\n6534\r\n", verdict: matchNone, n: 6, want: `"4" of {port=65344}`},
	}
	for _, tt := range tests {
		step := mustParse(t, tt.line).Steps[0]
		got := match(step.wire(), values, []byte(tt.buf))
		if got.verdict != tt.verdict || got.n != tt.n || got.want != tt.want {
			t.Errorf("%s against %q: verdict %d, n %d, want %s; want %d, %d, %s", tt.line, tt.buf, got.verdict, got.n, got.want, tt.verdict, tt.n, tt.want)
		}
		if diff := cmp.Diff(tt.binds, got.binds, cmp.Transformer("empty", func(m map[string]string) map[string]string {
			if len(m) == 0 {
				return nil
			}
			return m
		})); diff != "" && got.verdict == matchFull {
			t.Errorf("%s against %q: -want +got\n%s", tt.line, tt.buf, diff)
		}
	}
}

// However the bytes are cut, the verdict on all of them is the same, and no
// prefix is judged early.
func TestMatchIsStreamable(t *testing.T) {
	p := mustParse(t, `< +QSSLSTATE: 4,"{ip:any}",{port},{sum:hex}`).Steps[0].wire()
	whole := "\r\n+QSSLSTATE: 4,\"220.180.239.212\",65344,4f64\r\n"
	for n := range len(whole) {
		if got := match(p, nil, []byte(whole[:n])); got.verdict != matchMore {
			t.Errorf("%q: verdict %d, want more", whole[:n], got.verdict)
		}
	}
	if got := match(p, nil, []byte(whole)); got.verdict != matchFull || got.n != len(whole) {
		t.Errorf("whole: %+v", got)
	}
}
