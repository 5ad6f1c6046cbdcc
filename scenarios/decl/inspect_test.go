package decl_test

import (
	"testing"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// pair holds two numbers, of which it looks at the first whatever the second is.
type pair struct {
	A int `yaml:"a"`
	B int `yaml:"b"`

	checked bool
}

func (p *pair) InspectYAML(n *decl.Node) {
	if p.A == 3 {
		n.Get("a").Fail("", "three will not do")
	}
}

func (p *pair) CheckYAML(*decl.Node) { p.checked = true }

// TestInspector: it is asked even if a field has a problem, and before a Checker,
// which is asked only if nobody has one.
func TestInspector(t *testing.T) {
	for _, tt := range []struct {
		text    string
		want    string
		checked bool
	}{
		{"a: 1\nb: 2\n", "", true},
		{"a: 3\nb: 2\n", "f:1:4: three will not do", false},
		{"a: 3\nb: x\n", "f:1:4: three will not do\nf:2:4: b: wants a number, not \"x\"", false},
		{"a: 1\nb: x\n", "f:2:4: b: wants a number, not \"x\"", false},
	} {
		var p pair
		if got := decl.Decode("f", []byte(tt.text), &p).Error(); got != tt.want || p.checked != tt.checked {
			t.Errorf("%q: %s, checked %v; want %s, %v", tt.text, got, p.checked, tt.want, tt.checked)
		}
	}
}

// TestMatcherOfWords: a matcher whose tag lists all words there are refuses what
// fits none of them, in each of its forms.
func TestMatcherOfWords(t *testing.T) {
	const want = `: wants ready, absent or 7, not `
	for _, tt := range []struct{ matcher, problem string }{
		{"ready", ""},
		{"[ready, absent]", ""},
		{"{not: [ready]}", ""},
		{"/^a/", ""},
		{"07", ""},
		{"{from: 7}", ""},
		{"raedy", `f:1:4: m` + want + `"raedy"` + "\n  hint: did you mean ready?"},
		{"[ready, gone]", `f:1:12: m` + want + `"gone"`},
		{"{not: [absent, 8]}", `f:1:19: m.not` + want + `8`},
		{"/^b/", `f:1:4: m` + want + `"/^b/"`},
		{"{to: 6}", `f:1:4: m` + want + `a mapping`},
	} {
		var v struct {
			M decl.Matcher `yaml:"m" is:"ready|absent|7"`
		}
		if got := decl.Decode("f", []byte("m: "+tt.matcher), &v).Error(); got != tt.problem {
			t.Errorf("%s: %s; want %s", tt.matcher, got, tt.problem)
		}
	}
	type words struct {
		M decl.Matcher `yaml:"m" is:"ready|absent"`
	}
	if got, want := decl.Reference(words{})[0].Fields[0].Type, `ready or absent; or a list of these, "/regexp/" or {not: ...}`; got != want {
		t.Errorf("the reference says %s, want %s", got, want)
	}
}
