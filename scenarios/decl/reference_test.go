package decl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

func TestReference(t *testing.T) {
	got := decl.Reference(&play{})
	want := []decl.Section{
		{Name: "play", Doc: "A play in acts.", Fields: []decl.Field{
			{Name: "name", Type: "text", Doc: "what it is called", Need: true},
			{Name: "speed", Type: "a number 0.01-1000", Default: "1", Doc: "how fast"},
			{Name: "mood", Type: "merry or grave", Doc: "how it feels"},
			{Name: "cast", Type: "actor, or a list of that", Section: "actor", Doc: "who plays"},
			{Name: "stage", Type: "stage", Section: "stage", Doc: "where"},
			{Name: "acts", Type: "a list, each act", Section: "act", Doc: "what happens"},
			{Name: "seats", Type: "a mapping from a number 0-5 to free or taken", Doc: "who sits where"},
			{Name: "props", Type: "a mapping from text to a number", Doc: "what is needed, and how often"},
			{Name: "codes", Type: "a list, each a number 0 or 550-574", Doc: "numbers"},
			{Name: "dark", Type: "true or false"},
			{Name: "text", Type: `text with escapes such as \r and \x1a`},
			{Name: "who", Type: `a value, a list of values, "/regexp/", {not: ...} or {from: 3, to: 7}`},
			{Name: "often", Type: "a number of times such as 3, 3+ or 2-5"},
			{Name: "starts", Type: "a time such as 2021-08-25T12:00:00+08:00, or now"},
			{Name: "room", Type: "a size such as 4096 or 64KiB, within 1-1MiB"},
		}},
		{Name: "actor", Short: "text", Fields: []decl.Field{
			{Name: "name", Type: "text", Need: true},
			{Name: "age", Type: "a number 0-255"},
		}},
		{Name: "stage", Fields: []decl.Field{
			{Name: "lamps", Type: "a number 1 or more"},
			{Name: "hues", Type: "a list, each a number"},
			{Name: "behind", Type: "stage", Section: "stage", Doc: "the stage behind this one"},
		}},
		{Name: "act", Doc: "One thing that happens.", Fields: []decl.Field{
			{Name: "on", Type: "cue", Section: "cue", Need: true},
			{Name: "do", Type: "deed, or a list of that", Section: "deed", Need: true},
		}},
		{Name: "cue", Choice: true, Fields: []decl.Field{
			{Name: "call", Type: "text", Doc: "someone calls"},
			{Name: "args", Type: "a mapping from text to a number", Doc: "what is called out", With: "call"},
			{Name: "bell", Type: "a number 1-3", Doc: "a bell rings"},
			{Name: "nth", Type: "a number 1 or more", Doc: "which of them", Common: true},
		}},
		{Name: "deed", Doc: "What is done.", Choice: true, Fields: deeds()},
		leaving(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func deeds() []decl.Field {
	return []decl.Field{
		{Name: "leave", Type: "leave", Section: "leave", Doc: "goes off"},
		{Name: "fall", Type: "nothing", Doc: "falls", Bare: true},
		{Name: "wait", Type: "a duration such as 500ms", Doc: "does nothing"},
		{Name: "both", Type: "a list, each deed", Section: "deed", Doc: "all of these"},
	}
}

func leaving() decl.Section {
	return decl.Section{Name: "leave", Short: "a number 550-574", Fields: []decl.Field{
		{Name: "code", Type: "a number 550-574", Need: true},
		{Name: "after", Type: "a duration such as 500ms, within 1ms-1h"},
	}}
}

func TestChoiceReference(t *testing.T) {
	got := decl.ChoiceReference("actions", deed{}.Alternatives())
	want := []decl.Section{
		{Name: "actions", Choice: true, Fields: deeds()},
		leaving(),
		{Name: "deed", Doc: "What is done.", Choice: true, Fields: deeds()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
