package report

import (
	"slices"
	"strings"
	"time"
)

// Normalised is a copy of r without what may differ between two runs of one
// seed: every time, the version, the host's output, of which qsim knows nothing,
// and in the transcripts the @wait and @timeout lines, which are measured. r is
// not changed.
func Normalised(r *Report) *Report {
	c := *r
	c.Began = time.Time{}
	c.Elapsed = 0
	c.Version = ""
	c.Command = slices.Clone(r.Command)
	c.Runs = slices.Clone(r.Runs)
	for i := range c.Runs {
		run := &c.Runs[i]
		run.Elapsed = 0
		run.Output = ""
		run.Transcript = untimed(run.Transcript)
		run.Fired = slices.Clone(run.Fired)
		run.Checks = slices.Clone(run.Checks)
		for j := range run.Checks {
			run.Checks[j].Elapsed = 0
		}
	}
	return &c
}

// untimed is a transcript without the lines that a recorder measured.
func untimed(transcript string) string {
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		if !strings.HasPrefix(line, "@wait ") && !strings.HasPrefix(line, "@timeout ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
