package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSummary(t *testing.T) { golden(t, ".summary.md", Summary) }

func TestAnnotations(t *testing.T) {
	golden(t, ".annotations.txt", func(w io.Writer, r *Report) error {
		for i := range r.Runs {
			if err := Annotations(w, &r.Runs[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAnnotationEscapes(t *testing.T) {
	run := Run{Scenario: "a:b,c", File: "d,e:f%.yaml", Error: "50% of\r\nit::error::no"}
	var b bytes.Buffer
	if err := Annotations(&b, &run); err != nil {
		t.Fatal(err)
	}
	const want = "::error file=d%2Ce%3Af%25.yaml,title=a%3Ab%2Cc::qsim could not make the run: 50%25 of%0Ait::error::no\n"
	if b.String() != want {
		t.Errorf("got\n%q, want\n%q", b.String(), want)
	}
}

// TestOneLinePerFinding holds that no text can begin a workflow command or a row
// of its own.
func TestOneLinePerFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyBytes(t)
		r.Runs[0].Error = "x"
		r.Runs[0].Checks[0].Status = Failed
		var a, s bytes.Buffer
		if err := Annotations(&a, &r.Runs[0]); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(a.String(), "\n"), "\n")
		if len(lines) != 2 || strings.Contains(a.String(), "\r") {
			t.Fatalf("not 2 lines: %q", a.String())
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "::error ") {
				t.Fatalf("no error: %q", line)
			}
		}
		if err := Summary(&s, r); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(s.String()) {
			if strings.HasPrefix(line, "| ") {
				rows++
				if bars := strings.Count(line, "|") - strings.Count(line, `\|`); bars != 7 {
					t.Fatalf("%d bars that part cells, want 7: %q", bars, line)
				}
			}
		}
		if rows != 4 {
			t.Fatalf("%d rows, want head, rule and 2: %q", rows, s.String())
		}
	})
}

func TestAppendSummary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.md")
	if err := os.WriteFile(path, []byte("before\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := samples()["one"]
	want := bytes.NewBufferString("before\n")
	for range 2 {
		if err := AppendSummary(path, r); err != nil {
			t.Fatal(err)
		}
		if err := Summary(want, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := AppendSummary(filepath.Join(path, "below"), r); err == nil {
		t.Error("no error for a path below a file")
	}
}

func TestUnderActions(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false, "": false} {
		t.Setenv("GITHUB_ACTIONS", value)
		if got := UnderActions(); got != want {
			t.Errorf("GITHUB_ACTIONS=%q: %v", value, got)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for want, args := range map[string][]string{
		"":                           nil,
		"./t -run=A,b @x":            {"./t", "-run=A,b", "@x"},
		`sh -c 'echo "$X"; it'\''s'`: {"sh", "-c", `echo "$X"; it's`},
		"t ''":                       {"t", ""},
	} {
		if got := commandLine(args); got != want {
			t.Errorf("%q is %s, want %s", args, got, want)
		}
	}
}
