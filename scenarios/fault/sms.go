package fault

import (
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// SMS is a message that the network has for the module.
type SMS struct {
	_ struct{} `name:"sms"`

	Text     string `yaml:"text" short:"yes" doc:"one that is too long for one message comes in parts"`
	From     string `yaml:"from" default:"+8613800138000" doc:"the sender: a number, or a name of up to 11 letters"`
	Alphabet string `yaml:"alphabet" is:"gsm7|ucs2|8bit" default:"the shortest that has all of the text" doc:"how the text is coded"`
	Class    *int   `yaml:"class" is:"0-3" default:"none" doc:"the message's class; 2 is stored on the SIM"`
	PDU      string `yaml:"pdu" doc:"in place of all else: hexadecimal, as AT+CMGR shows it"`
}

// CheckYAML wants a text or a PDU, and one that a module can receive.
func (a *SMS) CheckYAML(n *decl.Node) {
	whole := a.PDU != ""
	switch {
	case whole && (a.Text != "" || a.From != "" || a.Alphabet != "" || a.Class != nil):
		n.Fail("leave the others out", "a PDU has a sender and a text already")
	case !whole && a.Text == "":
		n.Fail("give text, or pdu", "the message says nothing")
	default:
		if err := a.message().Check(); err != nil {
			n.Fail("", "%v", err)
		}
	}
}

func (a *SMS) message() emulator.SMS {
	return emulator.SMS{From: a.From, Text: a.Text, Alphabet: a.Alphabet, Class: a.Class, PDU: a.PDU}
}

// act sends it.
func (a *SMS) act(x *Firing) { x.failed(x.e.m.Levers().ReceiveSMS(a.message())) }
