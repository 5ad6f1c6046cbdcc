package main

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

// format is how a list is printed: for people, as JSON, or as Markdown.
type format struct{ json, markdown bool }

// bind gives cmd the two flags.
func (f *format) bind(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.json, "json", false, "as one JSON array")
	cmd.Flags().BoolVar(&f.markdown, "markdown", false, "as Markdown")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if f.json && f.markdown {
			return cli.Usage("--json", "", "it does not go with --markdown")
		}
		return nil
	}
}

// table is rows of text under a head.
type table struct {
	head []string
	rows [][]string
}

// print writes the table as f says, but for JSON.
func (t table) print(w io.Writer, f format) error {
	b := &strings.Builder{}
	f.write(b, t)
	return printText(w, b)
}

// write writes a table as f says, but for JSON.
func (f *format) write(b *strings.Builder, t table) {
	if f.markdown {
		t.markdown(b)
		return
	}
	t.plain(b)
}

// markdown writes a Markdown table. Cells may hold Markdown, but for | outside
// of code.
func (t table) markdown(b *strings.Builder) {
	row := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| ")
			b.WriteString(strings.ReplaceAll(c, "|", `\|`))
			b.WriteByte(' ')
		}
		b.WriteString("|\n")
	}
	row(t.head)
	b.WriteString(strings.Repeat("| --- ", len(t.head)) + "|\n")
	for _, r := range t.rows {
		row(r)
	}
}

// plain writes columns, parted by two blanks. The last one may be of any width.
func (t table) plain(b *strings.Builder) {
	width := make([]int, len(t.head))
	for _, r := range append([][]string{t.head}, t.rows...) {
		for i, c := range r {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	row := func(cells []string) {
		var line strings.Builder
		for i, c := range cells {
			line.WriteString(c)
			line.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	upper := make([]string, len(t.head))
	for i, h := range t.head {
		upper[i] = strings.ToUpper(h)
	}
	row(upper)
	for _, r := range t.rows {
		row(r)
	}
}

// printText writes what b holds.
func printText(w io.Writer, b *strings.Builder) error {
	_, err := io.WriteString(w, b.String())
	return err
}
