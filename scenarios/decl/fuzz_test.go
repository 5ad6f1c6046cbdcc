package decl_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// lineBreaks are those of YAML 1.1, which the parser counts.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// FuzzDecode reads any bytes: problems stand inside of the text, and what has
// none satisfies the schema and can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		"name: x\nacts:\n  - on: {call: hey, args: {a: 1}, nth: 2}\n    do: [{leave: 565}, fall, {both: [{wait: 2s}]}]\n",
		"name: x\nwho: [1, '2', {not: /x/}, {from: 3, to: 7}]\noften: 3+\nroom: 64KiB\nstarts: now\ntext: 'a\\r'\n",
		"name: &a x\ncast: [*a, {name: *a, age: 0x1f}]\nstage: {lamps: 2, behind: {hues: []}}\n",
		"nam: x\r\nspeed: 0\r\n? [a]\r\n: b\n<<: {}\n---\n", "a: &a [*a]", "\uFEFFname: é\u2028x", "[[[[", "{\"name\": \"\\ud83d\"}",
		"name: \xff", "name: \x01", bomb(),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p play
		problems := decl.Decode("f", data, &p)
		lines := strings.Split(lineBreaks.Replace(strings.TrimPrefix(string(data), "\uFEFF")), "\n")
		for i, one := range problems {
			if one.Line < 1 || one.Line > len(lines) || one.Col < 1 || one.Col > utf8.RuneCountInString(lines[one.Line-1])+1 {
				t.Errorf("%v stands outside of the text", one)
			}
			if i > 0 && (one.Line < problems[i-1].Line || one.Line == problems[i-1].Line && one.Col < problems[i-1].Col) {
				t.Errorf("%v comes too late", one)
			}
		}
		if len(problems) > 0 {
			return
		}
		if err := valid(t, string(data)); err != nil {
			t.Errorf("the schema refuses what was read: %v", err)
		}
		text, err := decl.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		var again play
		if err := decl.Decode("f", text, &again).Err(); err != nil {
			t.Fatalf("%v\nin\n%s", err, text)
		}
		if diff := cmp.Diff(p, again, noPlaces); diff != "" {
			t.Errorf("%s\nin\n%s", diff, text)
		}
	})
}
