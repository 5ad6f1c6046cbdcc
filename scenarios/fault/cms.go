package fault

import "github.com/quectel-sim/qsim/emulator"

// CMS makes a command fail with a message service error (27.005 3.2.5). The
// module shows it as AT+CMEE says. A command that asks for data asks for it
// first, as it does where the network is what fails.
type CMS struct {
	_ struct{} `name:"cms"`

	Code int `yaml:"code" need:"yes" short:"yes" is:"0-999" doc:"the error's number"`
}

func (a *CMS) shape(p *plan) {
	p.replace(func(c *emulator.Call) emulator.Response { return p.e.m.ForceCMS(c, a.Code) })
}
