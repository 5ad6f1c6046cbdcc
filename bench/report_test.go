package main

import (
	"strings"
	"testing"
	"time"
)

// A report names the machine, and its tables are aligned.
func TestReport(t *testing.T) {
	r := report{
		machine: machine{
			cpu: "Z80", kernel: "CP/M", goVersion: "go1", commit: "abc", cores: 1,
			date: time.Date(1976, 7, 1, 0, 0, 0, 0, time.UTC),
		},
		sections: []section{{
			title: "One", text: "Read it so.", head: []string{"what", "ratio"},
			rows: [][]string{{"AT median", "1.01"}, {"µs", "1"}},
		}},
	}
	var b strings.Builder
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), preface)
	want := `

- CPU: Z80, 1 cores
- system: CP/M
- Go: go1
- commit: abc, measured on 1976-07-01

## One

Read it so.

| what      | ratio |
|-----------|-------|
| AT median | 1.01  |
| µs        | 1     |
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
