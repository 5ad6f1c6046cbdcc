package emulator

import (
	"slices"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("SSL", &Command{
	Name: "+QSSLSEND", Summary: "send after a prompt", Class: classStack,
	Source: "seed 2.2.3, rulings 2, 7, 8, 9 and 10",
	Params: []atengine.Param{clientID, atengine.Int("sendlen", 1, maxSend).Opt()},
	Write: func(m *Modem, c *Call) Response {
		id, p := c.Int(0), m.portOf(c)
		if _, err := carries(m.ends.ssl[id]); err != nil {
			return atengine.Fail(err)
		}
		return atengine.Begin(&atengine.Prompt{
			Length: c.Int(1), Max: maxSend, Echo: m.ends.echo,
			Done: func(data []byte, end atengine.Ending, dropped int) Response {
				if dropped > 0 {
					m.note(p, "more than 1460 bytes before Ctrl-Z: the rest is discarded")
				}
				return m.sendPrompted(id, data, end)
			},
		})
	},
})

var _ = forces("+QSSLSEND", func(m *Modem, c *Call, code Code, f forced) Response {
	if _, late := shapes[code]; !late {
		return atengine.Fail(f)
	}
	return m.Ask(c, atengine.Fail(f))
})

var _ = asks("+QSSLSEND", func(m *Modem, c *Call, then Response) Response {
	return atengine.Begin(&atengine.Prompt{
		Length: c.Int(1), Max: maxSend, Echo: m.ends.echo,
		Done: func([]byte, atengine.Ending, int) Response { return then },
	})
})

// sendPrompted is what becomes of the data of a prompt. The client may have
// gone while it was typed.
func (m *Modem) sendPrompted(id int, data []byte, end atengine.Ending) Response {
	if end != atengine.Complete {
		return atengine.Fail(SendCancelled)
	}
	c, err := carries(m.ends.ssl[id])
	switch {
	case err != nil:
		return atengine.Fail(err)
	case c.tx.dead, c.tx.room() < len(data):
		return atengine.Fail(WriteFailed)
	}
	c.send(data)
	return atengine.End(atengine.Literal("SEND OK"))
}

// recvCommand is AT+QSSLRECV with a readlen from least on.
func recvCommand(least int) *Command {
	return &Command{
		Name: "+QSSLRECV", Summary: "read what was received (buffer mode)", Class: classStack,
		Source: "seed 2.2.4, rulings 2 and 6",
		Params: []atengine.Param{clientID, atengine.Int("readlen", least, 1500)},
		Write: func(m *Modem, c *Call) Response {
			s := m.ends.ssl[c.Int(0)]
			switch {
			case s == nil || s.state == stateOpening:
				return atengine.Fail(SocketClosed)
			case s.mode != bufferMode:
				return atengine.Fail(OperationNotAllow)
			case c.Int(1) == 0: // how it stands (quirk recv-zero)
				n := s.rx.data.len()
				return atengine.Infof("+QSSLRECV: %d,%d,%d", s.rx.total, s.rx.total-n, n)
			case s.rx.available() > 0:
				n := min(c.Int(1), s.rx.available())
				r := atengine.Infof("+QSSLRECV: %d", n)
				r.Body = slices.Clone(s.rx.data.peek(n))
				s.pop(n)
				return r
			case s.state != stateConnected:
				return atengine.Fail(SocketClosed)
			}
			return atengine.Info("+QSSLRECV: 0")
		},
	}
}

var _ = commands("SSL", recvCommand(1))
