package bench

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/judge"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// EffectiveScenario is the name of the scenario among the artifacts, with all
// that it left open.
const EffectiveScenario = "scenario.yaml"

// prepareFaults makes the engine that holds the scenario's faults, or those that
// come while the modem runs.
func (b *Bench) prepareFaults() error {
	var rules []fault.Rule
	if s := b.options.Scenario; s != nil {
		rules = s.Faults
		b.judge = judge.New(s.Expect, b.options.Seed)
	}
	b.engine = fault.New(rules, fault.Options{Seed: b.options.Seed, Journal: b.journalFault})
	return b.writeScenario()
}

// clockAtStart is what the real-time clock shows at the start: what a flag says
// goes before what the scenario says.
func (b *Bench) clockAtStart() time.Time {
	s := b.options.Scenario
	if s == nil || s.Setup.RTC == nil || !b.options.RTC.IsZero() {
		return b.options.RTC
	}
	return s.Setup.RTC.At(time.Now())
}

// journalFault tells the log and the journal of a fault that acts.
func (b *Bench) journalFault(e fault.Entry) {
	if b.journal != nil {
		b.journal.Fault(e)
	}
	b.log.Info("fault", "rule", e.Rule.String(), "at", e.Rule.Pos.String(), "did", e.Text)
}

// writeScenario puts the effective scenario among the artifacts.
func (b *Bench) writeScenario() error {
	s := b.options.Scenario
	if s == nil || b.options.Artifacts == "" {
		return nil
	}
	effective := *s
	effective.Modem = scenario.Modem{
		Module: scenario.Module(b.profile.Name), Speed: b.speed(), Seed: &b.options.Seed,
		Boot: scenario.Boot{Mode: "ready", RDY: decl.Duration(b.options.Boot.RDY)}, Quirks: b.options.Quirks,
	}
	if b.options.Boot.Cold {
		effective.Modem.Boot.Mode = "cold"
	}
	effective.Lab = b.options.Lab
	data, err := effective.Encode()
	if err == nil {
		err = os.WriteFile(filepath.Join(b.options.Artifacts, EffectiveScenario), data, 0o644)
	}
	if err != nil {
		return cli.Environment("--artifacts", err, "")
	}
	return nil
}

// attachFaults puts the engine and the judge to work, and the modem in the place
// where the scenario begins. No host is there yet.
func (b *Bench) attachFaults(m *emulator.Modem) error {
	b.modem = m
	if err := b.engine.Attach(m); err != nil {
		return cli.Environment("start the "+b.profile.Name, err, "")
	}
	if b.journal != nil {
		if err := b.journal.Follow(m, b.engine); err != nil {
			return cli.Environment("start the "+b.profile.Name, err, "")
		}
	}
	if b.judge == nil {
		return nil
	}
	if err := b.judge.Attach(m, b.engine); err != nil {
		return cli.Environment("start the "+b.profile.Name, err, "")
	}
	if err := b.setPlace(m); err != nil {
		return cli.Usage(b.options.Scenario.Pos.File, "", "setup: %v", err)
	}
	return nil
}

// setPlace puts SIM, radio and clock where the scenario says.
func (b *Bench) setPlace(m *emulator.Modem) error {
	s := &b.options.Scenario.Setup
	return m.Do(func(l emulator.Levers) error {
		if s.SIM != "" {
			state, err := emulator.ParseSIMState(s.SIM)
			if err != nil {
				return err
			}
			l.SetSIM(state)
		}
		if s.Registration != "" {
			to, err := emulator.ParseRegistration(s.Registration)
			if err != nil {
				return err
			}
			l.SetRegistration(to)
		}
		l.SetAPNRequired(s.APN == "required")
		if s.Signal != nil {
			if err := l.SetSignal(*s.Signal); err != nil {
				return err
			}
		}
		if s.Walk != nil {
			return l.WalkSignal(s.Walk.Of())
		}
		return nil
	})
}

// setUp runs the command lines that the scenario begins with.
func (b *Bench) setUp(m *emulator.Modem) error {
	if b.options.Scenario == nil {
		return nil
	}
	for _, line := range b.options.Scenario.Setup.At {
		if err := m.Setup(string(line)); err != nil {
			return cli.Failures{cli.Usage(b.options.Scenario.Pos.File, "", "setup.at: %v", err)}
		}
	}
	return nil
}

// scenarioFiles puts the scenario's files into the file store, in place of what
// is there under their names.
func (b *Bench) scenarioFiles() error {
	if b.options.Scenario == nil {
		return nil
	}
	files := b.options.Scenario.Setup.Files
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := b.files.WriteFile(string(name), files[name].Data); err != nil {
			return cli.Environment(b.options.Scenario.Pos.File, fmt.Errorf("setup.files: %w", err), "")
		}
	}
	return nil
}

// Verdict is what came of the scenario's expectations, and which of its faults
// acted. It is for the end of a run, while the modem is still there.
func (b *Bench) Verdict() (checks []report.Check, fired []report.Fired, err error) {
	err = b.modem.Do(func(l emulator.Levers) error {
		checks, fired = b.verdict(l)
		return nil
	})
	if errors.Is(err, emulator.ErrClosed) {
		err = nil
	}
	return checks, fired, err
}

// verdict is Verdict on the modem's loop.
func (b *Bench) verdict(l emulator.Levers) (checks []report.Check, fired []report.Fired) {
	for _, r := range b.engine.Rules() {
		if r.Hits > 0 {
			fired = append(fired, report.Fired{Rule: r.Rule.String(), File: r.Rule.Pos.File, Line: r.Rule.Pos.Line, Times: r.Hits})
		}
	}
	if b.judge != nil {
		checks = b.judge.Verdict(l.State(), b.engine.Marks())
	}
	return checks, fired
}

// observers are several, told one after the other.
type observers []emulator.Observer

// Event takes an event of the modem.
func (o observers) Event(e emulator.Event) {
	for _, one := range o {
		one.Event(e)
	}
}
