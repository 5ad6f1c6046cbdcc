package fault

import "github.com/quectel-sim/qsim/emulator"

// Error makes a command fail with a result code (seed 5).
type Error struct {
	_ struct{} `name:"error"`

	Code   int  `yaml:"code" need:"yes" short:"yes" is:"550-574" doc:"the result code"`
	Stored *int `yaml:"stored" is:"0,550-574" default:"the code" doc:"what AT+QIGETERROR tells afterwards"`
}

func (a *Error) shape(p *plan) {
	stored := a.Code
	if a.Stored != nil {
		stored = *a.Stored
	}
	p.replace(func(c *emulator.Call) emulator.Response {
		return p.e.m.Force(c, emulator.Code(a.Code), emulator.Code(stored))
	})
}
