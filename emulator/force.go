package emulator

import (
	"github.com/quectel-sim/qsim/atengine"
)

// forced is an error that a command is made to fail with. What AT+QIGETERROR
// tells afterwards can be another code.
type forced struct {
	code   error // a Code or a CME
	stored Code
}

func (f forced) Error() string { return "made to fail: " + f.code.Error() }
func (f forced) Unwrap() error { return f.code }

// forcers are the commands that tell of a failure in a shape of their own.
var forcers = map[string]func(*Modem, *Call, Code, forced) Response{}

// forces declares such a shape. It stands beside the command.
func forces(name string, shape func(*Modem, *Call, Code, forced) Response) declared { //nolint:unparam // a declaration needs a value
	forcers[name] = shape
	return declared{}
}

// askers are the commands that ask for data before they answer.
var askers = map[string]func(m *Modem, c *Call, then Response) Response{}

// asks declares how such a command asks. It stands beside the command.
func asks(name string, ask func(m *Modem, c *Call, then Response) Response) declared { //nolint:unparam // a declaration needs a value
	askers[name] = ask
	return declared{}
}

// Ask is what call c answers when its answer is to be then, whatever it does: a
// command that asks for data asks, and drops what it gets. It does not run.
func (m *Modem) Ask(c *Call, then Response) Response {
	if ask := askers[string(c.Name)]; ask != nil && c.Err == nil && c.Form == atengine.Write {
		return ask(m, c, then)
	}
	return then
}

// Force is what call c answers when it fails with code, in the shape that the
// command gives it: AT+QSSLOPEN in modes 0 and 1 and AT+QNTP a URC, everything
// else ERROR. AT+QIGETERROR tells stored. The command itself does not run.
func (m *Modem) Force(c *Call, code, stored Code) Response {
	f := forced{code, stored}
	if shape := forcers[string(c.Name)]; shape != nil && c.Err == nil && c.Form == atengine.Write {
		return shape(m, c, code, f)
	}
	return atengine.Fail(f)
}

// ForceCME is what call c answers when it fails with the mobile equipment error
// n, of 27.007 9.2 or 400-426.
func (m *Modem) ForceCME(_ *Call, n int) Response { return atengine.Fail(forcedCME(n)) }

// forcedCME is a CME error that any command may be made to fail with.
type forcedCME int

func (n forcedCME) Error() string { return CME(n).Error() }
