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
	"github.com/quectel-sim/qsim/scenarios/scenario"
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

// wait waits until the modems of f are to end, and returns why. SIGHUP is a reason
// if the terminal has gone that qsim was started from; otherwise the scenario is
// read again.
func (r *reloader) wait(ctx context.Context, f *bench.Fleet, s *settings.Settings) error {
	defer signal.Stop(r.hangups)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.hangups:
			if r.atTTY && !hasTerminal() {
				return errHangup
			}
			reload(f, s, r.word)
		}
	}
}

// reload puts what a scenario says now in the place of what it said, and tells
// the log what came of that. A scenario that is wrong changes nothing.
func reload(f *bench.Fleet, s *settings.Settings, word string) {
	next, err := bench.LoadScenario(word)
	if err != nil {
		logFailures(s.Log, "the scenario stays as it was", err)
		return
	}
	for _, b := range f.Benches() {
		if err := reloadOne(b, next, word); err != nil {
			logFailures(b.Log(), "the scenario stays as it was", err)
			continue
		}
		s.Scenario = next
	}
}

// reloadOne has one modem go on with another scenario, and tells what came of the
// one that it had.
func reloadOne(b *bench.Bench, next *scenario.Scenario, word string) error {
	log := b.Log()
	same := b.StartedAs(next)
	checks, fired, err := b.Reload(next)
	if err != nil {
		return err
	}
	met := 0
	for _, c := range checks {
		switch c.Status {
		case report.Passed:
			met++
		case report.Failed, report.NotReached:
			log.Warn("the scenario was not met", "at", fmt.Sprintf("%s:%d:%d", c.File, c.Line, c.Col), "what", c.Name, "why", c.Message)
		}
	}
	if !same {
		log.Warn("modem, lab and setup count for a start only: they stay as they were", "scenario", word)
	}
	log.Info("scenario read again", "scenario", word, "met", met, "of", len(checks), "acted", len(fired),
		"faults", len(next.Faults), "expectations", len(next.Expect))
	return nil
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
