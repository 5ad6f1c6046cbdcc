package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/scenarios/report"
)

// reloader has SIGHUP read the scenario again.
type reloader struct {
	hangups chan os.Signal
	word    string // what --scenario says
	atTTY   bool   // qsim was started from a terminal
}

// newReloader heeds SIGHUP from now on.
func newReloader(word string) *reloader {
	r := &reloader{hangups: make(chan os.Signal, 1), word: word, atTTY: hasTerminal()}
	heed(r.hangups, syscall.SIGHUP)
	return r
}

// hasTerminal reports whether this process has a controlling terminal.
func hasTerminal() bool {
	f, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was done with it
	return true
}

// errHangup is why a modem ends whose terminal has gone.
var errHangup = interrupted{syscall.SIGHUP}

// wait waits until the modem of b is to end, and returns why. SIGHUP is a reason
// if the terminal has gone that qsim was started from; otherwise the scenario is
// read again.
func (r *reloader) wait(ctx context.Context, b *bench.Bench, s *settings.Settings) error {
	defer signal.Stop(r.hangups)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.hangups:
			if r.atTTY && !hasTerminal() {
				return errHangup
			}
			reload(b, s, r.word)
		}
	}
}

// reload puts what a scenario says now in the place of what it said, and tells
// the log what came of that. A scenario that is wrong changes nothing.
func reload(b *bench.Bench, s *settings.Settings, word string) {
	next, err := bench.LoadScenario(word)
	if err != nil {
		logFailures(s.Log, "the scenario stays as it was", err)
		return
	}
	checks, fired, err := b.Reload(next)
	if err != nil {
		logFailures(s.Log, "the scenario stays as it was", err)
		return
	}
	met := 0
	for _, c := range checks {
		switch c.Status {
		case report.Passed:
			met++
		case report.Failed, report.NotReached:
			s.Log.Warn("the scenario was not met", "at", fmt.Sprintf("%s:%d:%d", c.File, c.Line, c.Col), "what", c.Name, "why", c.Message)
		}
	}
	if !b.StartedAs(next) {
		s.Log.Warn("modem, lab and setup count for a start only: they stay as they were", "scenario", word)
	}
	s.Log.Info("scenario read again", "scenario", word, "met", met, "of", len(checks), "acted", len(fired),
		"faults", len(next.Faults), "expectations", len(next.Expect))
	s.Scenario = next
}

// logFailures tells each part of an error by itself.
func logFailures(log *slog.Logger, text string, err error) {
	var all cli.Failures
	if !errors.As(err, &all) {
		log.Error(text, "error", err)
	}
	for _, f := range all {
		log.Error(text, "error", f, "hint", f.Hint)
	}
}
