package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// TestUnbuiltAreNotBuilt keeps the list of what is missing true.
func TestUnbuiltAreNotBuilt(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range supported() {
		seen[s.Command] = true
	}
	for _, u := range emulator.UnbuiltCommands {
		name := "AT" + u.Name
		if seen[name] {
			t.Errorf("%s is built, or in the list twice", name)
		}
		seen[name] = true
		if u.Does == "" || u.Group == "" || strings.ToUpper(u.Name) != u.Name {
			t.Errorf("%+v is not complete", u)
		}
	}
}

// TestEvidence: no command without a word about what it does and where that is
// known from.
func TestEvidence(t *testing.T) {
	rows := supported()
	if len(rows) == 0 {
		t.Fatal("no command is built")
	}
	for _, s := range rows {
		if s.Summary == "" || s.Source == "" || len(s.Forms) == 0 || s.MaxMS <= 0 {
			t.Errorf("%+v is not complete", s)
		}
		if (s.State == partial) != (s.Restriction != "") {
			t.Errorf("%s is %s, its restriction is %q", s.Command, s.State, s.Restriction)
		}
	}
}

func TestSupportOf(t *testing.T) {
	exec := func(*emulator.Modem, *emulator.Call) emulator.Response { return emulator.Response{} }
	got := supportOf("Group", &emulator.Command{
		Name: "+X", Summary: "something: half of it", Source: "inferred", Max: 2e9,
		Params: []atengine.Param{
			atengine.Int("a", 1, 9), atengine.Int("b", 3, 3), atengine.OneOf("c", 0, 2).Opt(),
			atengine.Str("d", 0, 5), atengine.Str("e", 4, 4), atengine.Code("f", 0x35, 0xffff),
		},
		Variants: []atengine.Variant[*emulator.Modem]{{Key: "key", Params: []atengine.Param{atengine.Int("g", 0, 1)}}},
		Exec:     exec,
	})
	if got.Command != "AT+X" || got.Summary != "something" || got.State != partial || got.Restriction != "half of it" ||
		got.does() != "something: half of it" || got.max() != "2s" || got.Source != "inferred" {
		t.Errorf("got %+v", got)
	}
	want := []string{
		"<a> 1-9", "<b> 3", "[<c> 0,2]", "<d> 0-5 bytes", "<e> 4 bytes", "<f> 0X0035,0XFFFF", `"key", <g> 0-1`,
	}
	if diff := cmp.Diff(want, got.parameters()); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"test", "write", "exec"}, got.Forms); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
}
