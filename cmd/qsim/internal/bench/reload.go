package bench

import (
	"bytes"
	"errors"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/judge"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// Reload puts the faults and the expectations of s in the place of those that
// there are, and returns what came of these, as Verdict does. Both begin anew: no
// fault has acted, whatever the host did before does not count, and what faults
// were about to do to the module is over, as after POST /v1/reset.
//
// What s says of the modem, the lab and the setup is for a start: the modem
// stays as it is.
func (b *Bench) Reload(s *scenario.Scenario) (checks []report.Check, fired []report.Fired, err error) {
	was := b.options.Scenario
	next := *s
	next.Modem, next.Lab, next.Setup = was.Modem, was.Lab, was.Setup
	b.options.Scenario = &next
	if err := b.writeScenario(); err != nil {
		b.options.Scenario = was
		return nil, nil, err
	}
	err = b.modem.Do(func(l emulator.Levers) error {
		checks, fired = b.verdict(l)
		b.judge.End()
		b.engine.Load(next.Faults)
		l.ExhaustMemory(false)
		l.RefusePDP(emulator.Success, 0)
		l.SetAPNRequired(next.Setup.APN == "required")
		l.FailFiles(false)
		b.judge = judge.New(next.Expect, b.options.Seed)
		b.judge.Begin(b.modem, b.engine)
		if b.journal != nil {
			b.journal.Control(b.modem.Now(), "scenario "+next.Pos.File+" read again")
		}
		return l.FillFiles(false)
	})
	if errors.Is(err, emulator.ErrClosed) {
		err = nil
	}
	return checks, fired, err
}

// StartedAs reports whether the bench has the modem, the lab and the setup that s
// begins with.
func (b *Bench) StartedAs(s *scenario.Scenario) bool {
	beginning := func(s *scenario.Scenario) ([]byte, error) {
		start := scenario.Scenario{Modem: s.Modem, Lab: s.Lab, Setup: s.Setup}
		return start.Encode()
	}
	has, err := beginning(b.options.Scenario)
	wants, failure := beginning(s)
	return err == nil && failure == nil && bytes.Equal(has, wants)
}
