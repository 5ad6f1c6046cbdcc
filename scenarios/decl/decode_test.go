package decl_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// noPlaces compares plays without where values stood.
var noPlaces = cmp.Options{
	cmpopts.IgnoreTypes(decl.Pos{}),
	cmpopts.EquateEmpty(),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

func TestDecode(t *testing.T) {
	when := time.Date(2021, 8, 25, 12, 0, 0, 0, time.FixedZone("", 8*3600))
	tests := []struct {
		name, text string
		want       play
	}{
		{"scalars", "name: x\nspeed: 20\nmood: merry\ndark: true\n", play{Name: "x", Speed: 20, Mood: "merry", Dark: true}},
		{"text that reads like something else", "name: 1.10\n", play{Name: "1.10"}},
		{"text like a truth", "name: yes\n", play{Name: "yes"}},
		{"a time as text", "name: 2021-08-25\n", play{Name: "2021-08-25"}},
		{"JSON", "{\n\t\"name\": \"x\",\n\t\"seats\": {\"4\": \"free\"}\n}\n", play{Name: "x", Seats: map[int]string{4: "free"}}},
		{"one for a list, in short", "name: x\ncast: Bob\n", play{Name: "x", Cast: []actor{{Name: "Bob"}}}},
		{"a list of both forms", "name: x\ncast: [Bob, {name: Eve, age: 0x1f}]\n", play{Name: "x", Cast: []actor{{Name: "Bob"}, {Name: "Eve", Age: 31}}}},
		{
			"embedded, optional, in itself", "name: x\nstage: {lamps: 2, hues: [1, 2], behind: {lamps: 1}}\n",
			play{Name: "x", Stage: &stage{lights{2, []int{1, 2}}, &stage{lights: lights{Lamps: 1}}}},
		},
		{"mappings", "name: x\nseats: {0: free, 0x5: taken}\nprops: {rope: 2}\n", play{Name: "x", Seats: map[int]string{0: "free", 5: "taken"}, Props: map[string]int{"rope": 2}}},
		{"ranges", "name: x\ncodes: [0, 550, 574]\n", play{Name: "x", Codes: []int{0, 550, 574}}},
		{"aliases", "name: &n x\ncast: [*n, &e {name: Eve}, *e]\n", play{Name: "x", Cast: []actor{{Name: "x"}, {Name: "Eve"}, {Name: "Eve"}}}},
		{
			"value types", "name: x\ntext: 'a\\r\\x1a'\noften: 3+\nstarts: 2021-08-25T12:00:00+08:00\nroom: 64KiB\n",
			play{Name: "x", Text: "a\r\x1a", Often: decl.AtLeast(3), Starts: decl.Time{Time: when}, Room: 65536},
		},
		{
			"choices", "name: x\nacts:\n  - on: {call: hey, args: {a: 1}, nth: 2}\n    do: {leave: 565}\n" +
				"  - on: {bell: 3}\n    do: [fall, {fall: }, {wait: 2m}, {both: [{leave: {code: 550, after: 1s}}]}]\n",
			play{Name: "x", Acts: []act{
				{On: cue{"call", &call{"hey", map[string]int{"a": 1}}, times{2}}, Do: []deed{{Name: "leave", Value: &leave{Code: 565}}}},
				{On: cue{"bell", ptr(3), times{}}, Do: []deed{
					{Name: "fall", Value: &struct{}{}},
					{Name: "fall", Value: &struct{}{}},
					{Name: "wait", Value: ptr(decl.Duration(2 * time.Minute))},
					{Name: "both", Value: &[]deed{{Name: "leave", Value: &leave{Code: 550, After: decl.Duration(time.Second)}}}},
				}},
			}},
		},
		{"a byte order mark", "\uFEFFname: x\n", play{Name: "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got play
			if err := decl.Decode("f.yaml", []byte(tt.text), &got).Err(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, noPlaces); diff != "" {
				t.Error(diff)
			}
			if err := valid(t, tt.text); err != nil {
				t.Errorf("the schema refuses it: %v", err)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestDefaultsStay(t *testing.T) {
	p := play{Speed: 3, Codes: []int{0}, Seats: map[int]string{1: "free"}, Stage: &stage{lights: lights{Lamps: 7}}}
	text := "name: x\ncodes: [550]\nseats: {2: taken}\nstage: {hues: [1]}\n"
	if err := decl.Decode("f.yaml", []byte(text), &p).Err(); err != nil {
		t.Fatal(err)
	}
	want := play{
		Name: "x", Speed: 3, Codes: []int{550}, Seats: map[int]string{2: "taken"},
		Stage: &stage{lights: lights{Lamps: 7, Hues: []int{1}}},
	}
	if diff := cmp.Diff(want, p, noPlaces); diff != "" {
		t.Error(diff)
	}
}

func TestPlaces(t *testing.T) {
	var p play
	if err := decl.Decode("f.yaml", []byte("# a play\nname: x\ncast:\n  - Bob\n  - name: Eve\n"), &p).Err(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"f.yaml:4:5", "f.yaml:5:5"} {
		if got := p.Cast[i].Pos.String(); got != want {
			t.Errorf("actor %d stands at %s, want %s", i, got, want)
		}
	}
	if got := p.Pos.String(); got != "f.yaml:2:1" {
		t.Errorf("the play stands at %s", got)
	}
	err := p.Cast[1].Pos.Problem("write Ada", "nobody is called %s", "Eve")
	if got := (decl.Problems{err}).Error(); got != "f.yaml:5:5: nobody is called Eve\n  hint: write Ada" {
		t.Errorf("a later problem reads %q", got)
	}
}

// TestAllProblems has many problems in one text, and wants each.
func TestAllProblems(t *testing.T) {
	var p play
	got := decl.Decode("f.yaml", []byte(strings.Join([]string{
		`nam: x`,
		`acts:`,
		`  - on: {call: A, args: {b: x}, nth: 0}`,
		`    do: [{leave: 5}, fal, {wait: 2}, {both: [{leave: {code: [], after: 61m}}]}]`,
		`  - on: {bell: 4, args: {}}`,
		`    do: {leave: [], fall: , x: 3}`,
		`  - on: {nth: 1}`,
		`  - 5`,
		`cast: {name: Bob, ag: 3}`,
		`stage: {lamps: 1, hues: [1, 2], behind: {lamps: }}`,
		`who: [1, {not: /(/}, {from: 3, to: 2}, [], {a: 1}]`,
		`often: 3-`,
		`starts: 2021-08-25T12:00:00`,
		`room: 64kib`,
		`text: 'a\q\n'`,
		`seats: {6: fre, 4: free, 0x4: free}`,
		`codes: [1, 550.5, "550", 0550]`,
		`dark: yes`,
		`"dark": no`,
		`mood: mery`,
		`speed: [1]`,
		`<<: {a: 1}`,
		`props: !thing {a: 1, [b]: 2}`,
		``,
	}, "\n")), &p)
	want := []string{
		`f.yaml:1:1: unknown key "nam"`, `  hint: did you mean name?`,
		`f.yaml:1:1: the key name is missing`, `  hint: it is text`,
		`f.yaml:3:29: on.args.b: wants a number, not "x"`,
		`f.yaml:3:38: on.nth: wants a number 1 or more, not 0`,
		`f.yaml:4:18: leave: wants a number 550-574, not 5`,
		`f.yaml:4:22: do: wants a mapping with one of leave, fall, wait or both, not "fal"`, `  hint: did you mean fall?`,
		`f.yaml:4:34: wait: wants a duration such as 500ms, not 2`, `  hint: write 2s for seconds, 2ms for milliseconds`,
		`f.yaml:4:61: leave.code: wants a number 550-574, not a list`,
		`f.yaml:4:72: leave.after: wants a duration such as 500ms, within 1ms-1h, not "61m"`,
		`f.yaml:5:16: bell: wants a number 1-3, not 4`,
		`f.yaml:5:19: on: args does not go with bell`, `  hint: it goes with call`,
		`f.yaml:6:17: leave: wants a number 550-574, or a mapping, not a list`,
		`f.yaml:6:21: do: two in one: leave and fall`, `  hint: give each a mapping of its own`,
		`f.yaml:6:29: do: unknown key "x"`, `  hint: the keys are leave, fall, wait, both`,
		`f.yaml:7:5: the key do is missing`, `  hint: it is a mapping with one of leave, fall, wait or both, or a list of that`,
		`f.yaml:7:9: on: wants one of call or bell`,
		`f.yaml:8:5: acts: wants a mapping, not 5`,
		`f.yaml:9:19: cast: unknown key "ag"`, `  hint: did you mean age?`,
		`f.yaml:10:49: stage.behind.lamps: wants a number 1 or more, not nothing`, `  hint: give it a value, or remove the key`,
		"f.yaml:11:16: not: missing closing ): `(`",
		`f.yaml:11:22: 3 to 2 ends before it starts`,
		`f.yaml:11:40: who: an empty list matches nothing`, `  hint: remove the key to take any`,
		`f.yaml:11:45: unknown key "a"`, `  hint: the keys are not, from, to, min, max`,
		`f.yaml:12:8: often: wants a number of times such as 3, 3+ or 2-5, not "3-"`,
		`f.yaml:13:9: starts: wants a time such as 2021-08-25T12:00:00+08:00, or now, not "2021-08-25T12:00:00"`,
		`  hint: tell its zone: write 2021-08-25T12:00:00+08:00, or 2021-08-25T12:00:00Z`,
		`f.yaml:14:7: room: wants a size such as 4096 or 64KiB, within 1-1MiB, not "64kib"`,
		`  hint: the units are B, kB, KiB, MB, MiB, GB and GiB`,
		`f.yaml:15:7: text: "\\q" is no escape: write \r \n \t \a \b \f \v \xHH, or \\ for a backslash`,
		`f.yaml:16:9: seats: wants a number 0-5, not 6`,
		`f.yaml:16:12: seats.6: wants free or taken, not "fre"`, `  hint: did you mean free?`,
		`f.yaml:16:26: seats: 4 is there already`,
		`f.yaml:17:9: codes: wants a number 0 or 550-574, not 1`,
		`f.yaml:17:12: codes: wants a number 0 or 550-574, not 550.5`, `  hint: write it without decimals and without zeros in front, or as 0x1f`,
		`f.yaml:17:19: codes: wants a number 0 or 550-574, not "550"`, `  hint: remove the quotes`,
		`f.yaml:17:26: codes: wants a number 0 or 550-574, not 0550`, `  hint: write it without decimals and without zeros in front, or as 0x1f`,
		`f.yaml:18:7: dark: wants true or false, not "yes"`, `  hint: write true, without quotes`,
		`f.yaml:19:1: "dark" is there already, in line 18`,
		`f.yaml:20:7: mood: wants merry or grave, not "mery"`, `  hint: did you mean merry?`,
		`f.yaml:21:8: speed: wants a number 0.01-1000, not a list`,
		`f.yaml:22:1: << merges nothing here`, `  hint: write the keys out, or use an alias for a whole value`,
		`f.yaml:23:8: the tag !thing means nothing here`, `  hint: remove it`,
		`f.yaml:23:22: a key has to be a word or a number`,
	}
	if diff := cmp.Diff(want, strings.Split(got.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestRefused has one thing wrong in each text. Where structure is set it is one
// that the schema can tell.
func TestRefused(t *testing.T) {
	deep := "name: x\nacts: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n"
	tests := []struct {
		name, text, want string
		structure        bool
	}{
		{"empty", "", "1:1: the key name is missing", true},
		{"comments alone", "# nothing\n", "1:1: the key name is missing", true},
		{"a scalar", "5\n", "1:1: wants a mapping, not 5", true},
		{"a list", "- name: x\n", "1:1: wants a mapping, not a list", true},
		{"null where a struct is", "name: x\nstage:\n", "2:7: stage: wants a mapping, not nothing", true},
		{"unknown key", "name: x\nspeeed: 1\n", `2:1: unknown key "speeed"`, true},
		{"too fast", "name: x\nspeed: 1001\n", "2:8: speed: wants a number 0.01-1000, not 1001", true},
		{"infinitely fast", "name: x\nspeed: .inf\n", "2:8: speed: wants a number 0.01-1000, not .inf", true},
		{"a list without one", "name: x\ncodes: 550\n", "2:8: codes: wants a list, each a number 0 or 550-574, not 550", true},
		{"more than a byte", "name: x\ncast: {name: a, age: 256}\n", "2:22: cast.age: wants a number 0-255, not 256", true},
		{"more than an int", "name: x\nprops: {a: 9223372036854775808}\n", "2:12: props.a: wants a number, not 9223372036854775808", false},
		{"two alternatives", "name: x\nacts: [{on: {call: a, bell: 1}, do: fall}]\n", "2:23: on: two in one: call and bell", true},
		{"no alternative", "name: x\nacts: [{on: {}, do: fall}]\n", "2:13: on: wants one of call or bell", true},
		{"one that is not bare", "name: x\nacts: [{on: {bell: 1}, do: wait}]\n", `2:28: do: wants a mapping with one of leave, fall, wait or both, not "wait"`, true},
		{"a value where there is none", "name: x\nacts: [{on: {bell: 1}, do: {fall: 5}}]\n", "2:35: fall: wants nothing, not 5", true},
		{"a companion alone", "name: x\nacts: [{on: {args: {}}, do: fall}]\n", "2:13: on: wants one of call or bell", true},
		{"another's companion", "name: x\nacts: [{on: {bell: 1, args: {}}, do: fall}]\n", "2:23: on: args does not go with bell", true},
		{"the checker's", "name: x\nstage: {hues: [1]}\n", "2:15: 1 hues and 0 lamps", false},
		{"twice", "name: x\nname: y\n", `2:1: "name" is there already, in line 1`, false},
		{"a second document", "name: x\n---\nname: y\n", "3:1: a second document: there can be one only", false},
		{"no YAML", "name: [x\n", "2:1: no YAML: did not find expected ',' or ']', while parsing a flow sequence", false},
		{"a colon", "name: a: b\n", "1:8: no YAML: mapping values are not allowed in this context", false},
		{"a tab", "name: x\nstage:\n\tlamps: 1\n", "3:1: no YAML: found character that cannot start any token, while scanning for the next token", false},
		{"not UTF-8", "name: é\xff\n", "1:8: byte 0xff is not UTF-8", false},
		{"a control character", "name: x\x01\n", "1:8: a control character, 0x01", false},
		{"an anchor that is none", "name: *x\n", "1:7: no YAML: unknown anchor 'x' referenced", false},
		{"an anchor in itself", "name: x\nacts: &a [*a]\n", "2:11: *a stands inside of &a", false},
		{"nested too deep", deep, "2:39: nested more than 32 deep", false},
		{"too large", "# " + strings.Repeat("x", 1<<20), "1:1: larger than 1048576 bytes", false},
		{"an alias bomb", bomb(), "3:10: more than 65536 values", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p play
			got := decl.Decode("", []byte(tt.text), &p)
			if len(got) != 1 || got[0].Error() != tt.want {
				t.Errorf("got %v; want %s", got, tt.want)
			}
			if tt.structure && valid(t, tt.text) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

// bomb is a text of nine lists, each of ten times the one before.
func bomb() string {
	var b strings.Builder
	b.WriteString("name: x\nprops: {a0: &a0 x}\n")
	for i := byte('1'); i <= '9'; i++ {
		b.WriteString("k" + string(i) + ": &a" + string(i) + " [" + strings.Repeat("*a"+string(i-1)+", ", 10) + "]\n")
	}
	return b.String()
}

func TestProblems(t *testing.T) {
	if err := decl.Problems(nil).Err(); err != nil {
		t.Errorf("no problems are an error: %v", err)
	}
	err := decl.Decode("f.yaml", []byte("nme: x\n"), new(play)).Err()
	var all decl.Problems
	if !errors.As(err, &all) || len(all) != 2 {
		t.Fatalf("the error is no list of two problems: %#v", err)
	}
	if got := all[0].Pos(); got != (decl.Pos{File: "f.yaml", Line: 1, Col: 1}) {
		t.Errorf("the first stands at %v", got)
	}
}

func TestManyProblems(t *testing.T) {
	text := "name: x\ncodes: [" + strings.Repeat("1, ", 5000) + "]\n"
	if got := decl.Decode("", []byte(text), new(play)); len(got) != 1000 {
		t.Errorf("%d problems are told", len(got))
	}
}
