package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// report is what docs/performance.md holds.
type report struct {
	machine  machine
	sections []section
}

// section is a table of the report, and the words before it.
type section struct {
	title string
	text  string // Markdown, without a line end behind it
	head  []string
	rows  [][]string
}

// write writes the report as Markdown.
func (r report) write(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Performance\n\n" + preface + "\n\n")
	b.WriteString(r.machine.String())
	for _, s := range r.sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.title, s.text)
		s.table(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes the rows in columns that a terminal shows as such, too.
func (s section) table(b *strings.Builder) {
	width := make([]int, len(s.head))
	for _, row := range append([][]string{s.head}, s.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			fmt.Fprintf(b, "| %-*s ", width[i], cell)
		}
		b.WriteString("|\n")
	}
	line(s.head)
	for _, n := range width {
		b.WriteString("|" + strings.Repeat("-", n+2))
	}
	b.WriteString("|\n")
	for _, row := range s.rows {
		line(row)
	}
}

// publish prints the report, and writes it to a file if there is to be one.
func (r report) publish(path string) error {
	if err := r.write(os.Stdout); err != nil || path == "" {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := r.write(f); err != nil {
		_ = f.Close() // the write's error tells more
		return err
	}
	return f.Close()
}

// preface comes first in the report.
const preface = "`make bench` writes this file: qsim beside the least that could do the same job,\n" +
	"on one machine and in one run. A number here is a ratio of two measurements made\n" +
	"within seconds of each other; absolute numbers are those of this machine, and only\n" +
	"there so that the ratios can be imagined.\n\n" +
	"`make bench-go` is something else: Go benchmarks of the hot paths by themselves\n" +
	"(line engine, dispatch, URCs, responses, direct push, ports, TLS handshakes and\n" +
	"records of each cipher suite), six short runs of each, for `benchstat` to compare\n" +
	"two commits with:\n\n" +
	"    make bench-go > old.txt   # on the one commit\n" +
	"    make bench-go > new.txt   # on the other\n" +
	"    benchstat old.txt new.txt"
