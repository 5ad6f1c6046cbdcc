package fault

import "github.com/quectel-sim/qsim/scenarios/decl"

// Wait lets time pass between two steps of a rule.
type Wait struct {
	_ struct{} `name:"wait"`

	For decl.Duration `yaml:"for" need:"yes" short:"yes" doc:"how long, on the modem's clock"`
}
