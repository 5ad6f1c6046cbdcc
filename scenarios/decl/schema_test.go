package decl_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// resolved is the schema of a play, after a way through JSON.
var resolved = sync.OnceValues(func() (*jsonschema.Resolved, error) {
	text, err := json.Marshal(decl.Schema(play{}, "A play"))
	if err != nil {
		return nil, err
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	return s.Resolve(nil)
})

// valid holds a YAML text to the schema of a play.
func valid(t testing.TB, text string) error {
	t.Helper()
	schema, err := resolved()
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Load([]byte(strings.TrimPrefix(text, "\uFEFF")), &doc, yaml.WithSingleDocument()); err != nil || len(doc.Content) == 0 {
		return schema.Validate(map[string]any{})
	}
	value := plain(doc.Content[0])
	if value == nil { // a text without a value is a mapping without keys
		value = map[string]any{}
	}
	return schema.Validate(value)
}

// plain is a node as encoding/json would give it.
func plain(y *yaml.Node) any {
	switch y.Kind {
	case yaml.AliasNode:
		return plain(y.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(y.Content); i += 2 {
			m[y.Content[i].Value] = plain(y.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range y.Content {
			list = append(list, plain(c))
		}
		return list
	}
	switch y.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(y.Value, "true")
	case "!!int", "!!float":
		if n, err := strconv.ParseInt(y.Value, 0, 64); err == nil {
			return float64(n)
		}
		if f, err := strconv.ParseFloat(y.Value, 64); err == nil && f-f == 0 {
			return f
		}
	}
	return y.Value
}

func TestSchema(t *testing.T) {
	s := decl.Schema(&play{}, "A play")
	if s.Title != "A play" || s.Ref != "#/$defs/play" {
		t.Errorf("title %q, $ref %q", s.Title, s.Ref)
	}
	for _, name := range []string{"play", "actor", "stage", "act", "cue", "deed", "leave", "decl.Matcher"} {
		if s.Defs[name] == nil {
			t.Errorf("%s is not defined", name)
		}
	}
	if got := s.Defs["play"]; got.Description != "A play in acts." || got.Properties["name"].Description != "what it is called" {
		t.Errorf("the docs are missing: %+v", got)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(decl.Schema(&play{}, "A play"))
	if string(text) != string(again) {
		t.Error("it is another one each time")
	}
}

func TestChoiceSchema(t *testing.T) {
	schema, err := decl.ChoiceSchema(deed{}.Alternatives()).Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		value any
		ok    bool
	}{
		{"fall", true},
		{"wait", false},
		{map[string]any{"wait": "2s"}, true},
		{map[string]any{"wait": 2.0}, false},
		{map[string]any{"wait": "2s", "fall": nil}, false},
		{map[string]any{"both": []any{"fall", map[string]any{"leave": 550.0}}}, true},
		{map[string]any{"both": []any{"fal"}}, false},
		{map[string]any{}, false},
	}
	for _, tt := range tests {
		if err := schema.Validate(tt.value); (err == nil) != tt.ok {
			t.Errorf("%v: %v", tt.value, err)
		}
	}
}

// twin is a second type of a name that is taken.
func twin() any {
	type actor struct {
		Shoe int `yaml:"shoe" is:"1|2"`
	}
	return actor{}
}

func TestMistakesInTags(t *testing.T) {
	tests := []struct {
		name, want string
		value      any
	}{
		{"a range that is none", `decl: actor.Shoe: is: "1|2" is no range such as 1-12`, twin()},
		{"no key", "decl: struct { A int }.A: the tag yaml is missing", struct{ A int }{}},
		{"a key twice", `decl: struct { A int "yaml:\"a\""; B int "yaml:\"a\"" }.B: the key "a" is taken`, struct {
			A int `yaml:"a"`
			B int `yaml:"a"`
		}{}},
		{"need with another word", `decl: struct { A int "yaml:\"a\" need:\"true\"" }.A: tag need is "true", not yes`, struct {
			A int `yaml:"a" need:"true"`
		}{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); strings.ReplaceAll(got, "decl_test.", "") != tt.want {
					t.Errorf("panic %q, want %q", got, tt.want)
				}
			}()
			decl.Schema(tt.value, "")
		})
	}
}

// TestNamesTwice has two types of one name in one file.
func TestNamesTwice(t *testing.T) {
	type stage struct {
		Planks int `yaml:"planks"`
	}
	s := decl.Schema(struct {
		Mine   stage `yaml:"mine"`
		Theirs *play `yaml:"theirs"`
	}{}, "")
	if s.Properties["mine"].Ref != "#/$defs/stage" || s.Defs["play"].Properties["stage"].Ref != "#/$defs/stage-2" || s.Defs["stage-2"].Properties["lamps"] == nil {
		t.Errorf("got %v, %v", s.Properties["mine"].Ref, s.Defs["play"].Properties["stage"].Ref)
	}
}
