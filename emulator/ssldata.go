package emulator

import "github.com/quectel-sim/qsim/atengine"

var _ = commands("SSL", &Command{
	Name: "+QSSLSEND", Summary: "send after a prompt", Class: classStack,
	Source: "seed 2.2.3, rulings 2, 7, 8, 9 and 10",
	Params: []atengine.Param{clientID, atengine.Int("sendlen", 1, maxSend).Opt()},
	Write: func(m *Modem, c *Call) Response {
		s := sending{m: m, find: m.ends.client, id: c.Int(0)}
		return s.ask(c, c.Int(1))
	},
})

var (
	_ = forces("+QSSLSEND", forceSend)
	_ = asks("+QSSLSEND", func(m *Modem, c *Call, then Response) Response {
		settings := sslClient{}.settings(m)
		return askInstead(m, c, settings, c.Int(1), then)
	})
)

// recvCommand is AT+QSSLRECV with a readlen from least on.
func recvCommand(least int) *Command {
	return &Command{
		Name: "+QSSLRECV", Summary: "read what was received (buffer mode)", Class: classStack,
		Source: "seed 2.2.4, rulings 2 and 6",
		Params: []atengine.Param{clientID, atengine.Int("readlen", least, maxRead)},
		Write: func(m *Modem, c *Call) Response {
			return readFrom(m.ends.client(c.Int(0)), c.Int(1))
		},
	}
}

var _ = commands("SSL", recvCommand(1))
