package fault

import "github.com/quectel-sim/qsim/emulator"

// CME makes a command fail with a mobile equipment error (27.007 9.2). The
// module shows it as AT+CMEE says.
type CME struct {
	_ struct{} `name:"cme"`

	Code int `yaml:"code" need:"yes" short:"yes" is:"0-999" doc:"the error's number"`
}

func (a *CME) shape(p *plan) {
	p.replace(func(c *emulator.Call) emulator.Response { return p.e.m.ForceCME(c, a.Code) })
}
