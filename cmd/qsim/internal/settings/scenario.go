package settings

import (
	"maps"

	"github.com/spf13/pflag"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// chosen is the setting of a scenario: the word that names it, and the scenario.
type chosen struct {
	word string
	to   **scenario.Scenario
}

func scenarioValue(s *Settings) pflag.Value { return &chosen{to: &s.Scenario} }

func (c *chosen) Type() string   { return "FILE|NAME" }
func (c *chosen) String() string { return c.word }

// Set finds and reads the scenario.
func (c *chosen) Set(word string) error {
	s, err := bench.LoadScenario(word)
	if err == nil {
		c.word, *c.to = word, s
	}
	return err
}

// With is the options of a run of the scenario s, or of none: what a flag or a
// variable says goes before what the scenario says of its modem, and that before
// what the file of settings says.
func (s *Settings) With(one *scenario.Scenario) bench.Options {
	o := s.Options
	o.Scenario = one
	if one == nil {
		return o
	}
	m := &one.Modem
	take := func(name string, says bool, set func()) {
		if says && !s.said[name] {
			set()
		}
	}
	take("module", m.Module != "", func() { o.Module = string(m.Module) })
	take("speed", m.Speed != 0, func() { o.Speed = m.Speed })
	take("seed", m.Seed != nil, func() { o.Seed = *m.Seed })
	take("boot", m.Boot.Mode != "", func() { o.Boot.Cold = m.Boot.Mode == "cold" })
	take("lab", one.Lab, func() { o.Lab = true })
	o.Boot.RDY = m.Boot.RDY.Std()
	if len(m.Quirks) > 0 {
		quirks := maps.Clone(map[string]string(m.Quirks))
		if s.said["quirk"] {
			maps.Copy(quirks, o.Quirks)
		}
		o.Quirks = quirks
	}
	return o
}
