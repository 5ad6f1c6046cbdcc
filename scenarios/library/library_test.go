package library_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// TestBundled: each scenario loads, says what happens, who says so and what a
// robust host does, makes something go wrong, and holds the host to something.
func TestBundled(t *testing.T) {
	for _, name := range library.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := library.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			for what, text := range map[string]string{"name": s.Name, "about": s.About, "source": s.Source, "robust": s.Robust} {
				if strings.TrimSpace(text) == "" {
					t.Errorf("it has no %s", what)
				}
			}
			if s.Name == name {
				t.Error("its name says no more than that of its file")
			}
			if scenario.Key(s.Pos.File) != name {
				t.Errorf("it is in the file %s", s.Pos.File)
			}
			if len(s.Expect) == 0 {
				t.Error("it expects nothing of the host")
			}
			for _, e := range s.Expect {
				if e.Name == "" {
					t.Errorf("%v: the expectation has no name", e.Pos)
				}
			}
			set, err := library.SetOf(name)
			if err != nil || !slices.Contains(s.Tags, set) {
				t.Errorf("set %q, %v: the tags %v lack it", set, err, s.Tags)
			}
		})
	}
}

// TestCodes: there is one for each of the 25 result codes; error-565 is about
// 565, says so first, and forces it at an open in transparent mode, too.
func TestCodes(t *testing.T) {
	names, err := library.Set("codes")
	if err != nil || len(names) != 25 {
		t.Fatal(names, err)
	}
	pattern := regexp.MustCompile(`^error-(55\d|56\d|57[0-4])$`)
	for _, name := range names {
		m := pattern.FindStringSubmatch(name)
		if m == nil {
			t.Errorf("%s is the name of no code", name)
			continue
		}
		text, err := library.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(s.Name, m[1]+": ") || strings.Count(string(text), fmt.Sprintf("do: {error: %s}", m[1])) != 2 {
			t.Errorf("%s, named %q, does not force its code twice", name, s.Name)
		}
	}
}

// TestNames: each name is there once, in the set that has it.
func TestNames(t *testing.T) {
	names := library.Names()
	sorted := slices.Sorted(slices.Values(names))
	if len(slices.Compact(sorted)) != len(names) {
		t.Errorf("a name is there twice: %v", names)
	}
	for _, want := range []string{"error-565", "late-open"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing among %v", want, names)
		}
	}
}

// TestStarter: what one begins with is a scenario without a mistake, whose keys
// are all there, also those that are commented out.
func TestStarter(t *testing.T) {
	all := regexp.MustCompile(`(?m)^( *)#([^ \n])`).ReplaceAllString(library.Starter(), "$1$2")
	all = strings.NewReplacer("certs/ca.pem", "{text: x}").Replace(all)
	for _, text := range []string{library.Starter(), all} {
		s, problems := scenario.Parse("starter.yaml", []byte(text), nil)
		if problems != nil {
			t.Fatalf("%v\nin\n%s", problems, text)
		}
		if len(s.Faults) == 0 || len(s.Expect) == 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, tt := range []struct {
		err  func() error
		text string
		near string
	}{
		{func() error { _, err := library.Open("eror-565"); return err }, `there is no scenario "eror-565"`, "error-565"},
		{func() error { _, err := library.Text("lateopen"); return err }, `there is no scenario "lateopen"`, "late-open"},
		{func() error { _, err := library.SetOf("codes/error-565"); return err }, `there is no scenario "codes/error-565"`, ""},
		{func() error { _, err := library.Set("code"); return err }, `there is no set of scenarios "code"`, "codes"},
	} {
		var unknown *library.UnknownError
		if err := tt.err(); !errors.As(err, &unknown) || err.Error() != tt.text || unknown.Near != tt.near {
			t.Errorf("%v, near %+v; want %s, near %q", err, unknown, tt.text, tt.near)
		}
	}
}
