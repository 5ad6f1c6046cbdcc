package report

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestProgressLines(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, 12, ProgressOptions{})
	for _, run := range []Run{
		{Scenario: "error-550"},
		{Scenario: "error-551", Exit: 1},
		{Scenario: "error-552", Error: "no PTY\nat all"},
	} {
		p.Start(run.Scenario)
		p.Done(&run)
	}
	p.Close()
	const want = " 1/12 pass  error-550\n" +
		" 2/12 FAIL  error-551: the host exited with 1\n" +
		" 3/12 ERROR error-552: qsim could not make the run: no PTY at all\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestProgressTerminal(t *testing.T) {
	var b bytes.Buffer
	width := 60
	p := NewProgress(&b, 4, ProgressOptions{Terminal: true, Width: func() int { return width }})
	steps := []struct {
		do   func()
		want string
	}{
		{func() { p.Start("error-550") }, "\r[....................] 0/4: error-550"},
		{func() { p.Start("error-551") }, "\r[....................] 0/4: error-550, error-551"},
		{func() { p.Done(&Run{Scenario: "error-551", Exit: 1}) }, "\r[#####...............] 1/4, 1 failed: error-550"},
		{func() { p.Start("a name that is too long for it") }, "\r[#####...............] 1/4, 1 failed: error-550, a name th…"},
		{func() { width = 30; p.Done(&Run{Scenario: "error-550"}) }, "\r[##########..........] 2/4, …"},
		{func() { width = 0; p.Start("x") }, "\r"},
		{func() { width = 60; p.Done(&Run{Scenario: "x"}) }, "\r[###############.....] 3/4, 1 failed: a name that is too l…"},
		{func() { p.Close() }, "\r" + strings.Repeat(" ", 59) + "\r"},
		{func() { p.Close() }, ""},
	}
	for i, step := range steps {
		b.Reset()
		step.do()
		got := b.String()
		if i < len(steps)-2 {
			got = strings.TrimRight(got, " ")
		}
		if got != step.want {
			t.Errorf("step %d: got\n%q, want\n%q", i, got, step.want)
		}
	}
}

// TestProgressOverwrites holds that nothing of a longer line is left.
func TestProgressOverwrites(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, 1, ProgressOptions{Terminal: true, Colour: true})
	p.Start("a long name")
	before := textWidth(strings.TrimPrefix(b.String(), "\r"))
	b.Reset()
	p.Done(&Run{Scenario: "a long name", Exit: 1})
	const want = "\r[####################] 1/1\x1b[31m, 1 failed\x1b[0m"
	if !strings.HasPrefix(b.String(), want) {
		t.Fatalf("got %q, want %q first", b.String(), want)
	}
	if after := textWidth(escape.ReplaceAllString(b.String(), "")) - 1; after < before {
		t.Errorf("%d columns written over %d", after, before)
	}
}

func TestProgressConcurrent(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, 100, ProgressOptions{})
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			run := Run{Scenario: fmt.Sprint("scenario-", i)}
			p.Start(run.Scenario)
			p.Done(&run)
		})
	}
	wg.Wait()
	p.Close()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 100 {
		t.Fatalf("%d lines, want 100", len(lines))
	}
	for i, line := range lines {
		if want := fmt.Sprintf("%3d/100 pass  scenario-", i+1); !strings.HasPrefix(line, want) {
			t.Errorf("line %d is %q", i, line)
		}
	}
}
