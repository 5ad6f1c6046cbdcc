package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestJUnit(t *testing.T) { golden(t, ".junit.xml", JUnit) }

// TestJUnitCounts holds the numbers of each suite and of the whole to the cases.
func TestJUnitCounts(t *testing.T) {
	for name, r := range samples() {
		var b bytes.Buffer
		if err := JUnit(&b, r); err != nil {
			t.Fatal(err)
		}
		var all junitSuites
		if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var whole, said [4]int
		for _, s := range all.Suites {
			var n [4]int
			for _, c := range s.Cases {
				n[0]++
				for i, reason := range []*junitReason{c.Failure, c.Error, c.Skipped} {
					if reason != nil {
						n[i+1]++
					}
				}
			}
			if got := [4]int{s.Tests, s.Failures, s.Errors, s.Skipped}; got != n {
				t.Errorf("%s: suite %s says %v, its cases are %v", name, s.Name, got, n)
			}
			for i := range n {
				whole[i] += n[i]
			}
		}
		if said = [4]int{all.Tests, all.Failures, all.Errors, all.Skipped}; said != whole {
			t.Errorf("%s: the whole says %v, the suites are %v", name, said, whole)
		}
	}
}

// anyBytes is a report in which every text is arbitrary.
func anyBytes(t *rapid.T) *Report {
	text := func(label string) string {
		return rapid.OneOf(
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(p []byte) string { return string(p) }),
			rapid.SampledFrom([]string{weird, "]]>", "\x00", "\xed\xa0\x80", "\ufffe", "-->", "</pre></script>", "\r", "::"}),
		).Draw(t, label)
	}
	status := func() Status {
		return rapid.OneOf(rapid.SampledFrom([]Status{Passed, Failed, NotReached, Skipped}), rapid.Map(rapid.String(), func(s string) Status { return Status(s) })).Draw(t, "status")
	}
	run := Run{
		Scenario: text("scenario"), About: text("about"), File: text("file"), Module: text("module"),
		Signal: text("signal"), Error: text("error"), Transcript: text("transcript"), Output: text("output"),
		Checks: []Check{{Name: text("name"), Status: status(), Message: text("message"), File: text("file"), Line: 1}},
		Fired:  []Fired{{Rule: text("rule"), File: text("file")}},
	}
	return &Report{Command: []string{text("command")}, Module: text("module"), Version: text("version"), Runs: []Run{run, run}}
}

// parse reads XML to its end.
func parse(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestJUnitIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		if err := JUnit(&b, anyBytes(t)); err != nil {
			t.Fatal(err)
		}
		if err := parse(b.String()); err != nil {
			t.Fatalf("%v in\n%q", err, b.String())
		}
	})
}
