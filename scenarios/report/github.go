package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// UnderActions reports whether the process runs in a job of GitHub Actions.
func UnderActions() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// Annotations writes workflow commands by which GitHub Actions shows an error
// for each thing that went wrong: at the expectation's place, or without a place
// where the scenario is a bundled one and so no file of the repository.
func Annotations(w io.Writer, r *Run) error {
	var b strings.Builder
	switch end := r.ended(); {
	case r.Error != "":
		annotate(&b, r.File, 0, 0, r.Scenario, "qsim could not make the run: "+r.Error)
	case end != "":
		annotate(&b, r.File, 0, 0, r.Scenario, end)
	}
	for i := range r.Checks {
		if c := &r.Checks[i]; !c.Status.Fine() {
			annotate(&b, c.File, c.Line, c.Col, r.Scenario, c.what())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// annotate writes one error.
func annotate(b *strings.Builder, file string, line, col int, title, message string) {
	b.WriteString("::error ")
	if file != "" && !bundled(file) {
		b.WriteString("file=" + property(file) + ",")
		if line > 0 {
			fmt.Fprintf(b, "line=%d,", line)
		}
		if line > 0 && col > 0 {
			fmt.Fprintf(b, "col=%d,", col)
		}
	}
	b.WriteString("title=" + property(oneLine(title)) + "::" + commandData(visible(message)) + "\n")
}

// bundled reports whether a scenario's file is one that qsim carries.
func bundled(file string) bool { return strings.HasSuffix(file, " (bundled)") }

// The escapes of a workflow command, as in actions/toolkit, core/src/command.ts.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string { return dataEscapes.Replace(s) }

// property escapes a property. A file's name is not made visible, as it must
// stay the file's, but it cannot end the command either.
func property(s string) string { return propertyEscapes.Replace(s) }

// summaryReason is how much of a reason stands in a row, in columns: GitHub
// refuses a summary of more than 1 MiB.
const summaryReason = 300

// Summary writes the report as Markdown for the summary of a step of GitHub
// Actions: the verdict, what was run, and the table with the reasons.
func Summary(w io.Writer, r *Report) error {
	var b strings.Builder
	n := r.Counts()
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", n.headline(), n.totals())
	b.WriteString("<code>" + markdown(commandLine(r.Command)) + "</code>")
	if r.Module != "" {
		b.WriteString(" on " + markdown(r.Module))
	}
	fmt.Fprintf(&b, ", seed %d, %s", r.Seed, seconds(r.Elapsed))
	if r.Version != "" {
		b.WriteString(", qsim " + markdown(r.Version))
	}
	b.WriteString("\n")
	if len(r.Runs) > 0 {
		b.WriteString("\n| | scenario | host | met | time | what went wrong |\n| --- | --- | --- | ---: | ---: | --- |\n")
	}
	for i := range r.Runs {
		run := &r.Runs[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n",
			summaryMark(run.Outcome()), markdown(run.Scenario), markdown(run.exit()),
			met(run.Counts()), seconds(run.Elapsed), markdown(cut(run.Why(), summaryReason)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// summaryMark is a verdict, not by colour alone.
func summaryMark(o Outcome) string {
	switch o {
	case Pass:
		return "✅ pass"
	case Broken:
		return "⚠️ error"
	}
	return "❌ fail"
}

// AppendSummary appends [Summary] to the file that GITHUB_STEP_SUMMARY names.
func AppendSummary(path string, r *Report) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return Summary(f, r)
}

// markdown is s as Markdown in which nothing is markup, for the inside of a line.
// A dollar would begin a formula, which no backslash stops.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		switch {
		case strings.ContainsRune("\\`*_[]|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '$':
			b.WriteString("&#36;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// commandLine is a command as a shell takes it.
func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a
		if a == "" || strings.ContainsFunc(a, needsQuote) {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// needsQuote reports whether a shell may take r for more than itself.
func needsQuote(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_./=:,@%+", r)
}
