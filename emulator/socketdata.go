package emulator

import (
	"encoding/hex"
	"net/netip"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("TCP/IP",
	&Command{
		Name: "+QISEND", Summary: "send on a socket after a prompt, or tell what was sent", Class: classStack,
		Source: "family, rulings 7 to 10 as with AT+QSSLSEND",
		Test:   "+QISEND: (0-11),(0-1460)",
		Params: []atengine.Param{
			connectID, atengine.Int("send_length", 0, maxSend).Opt(),
			atengine.Str("remote_IP", 1, 45).Opt(), atengine.Int("remote_port", 1, 65535).Opt(),
		},
		Write: (*Modem).sendOnSocket,
	},
	&Command{
		Name: "+QISENDEX", Summary: "send hexadecimal on a socket", Class: classStack, Source: "family",
		Test:   "+QISENDEX: (0-11),<hex_string>",
		Params: []atengine.Param{connectID, atengine.Str("hex_string", 2, 512)},
		Write:  (*Modem).sendHex,
	},
	&Command{
		Name: "+QIRD", Summary: "read what a socket received (buffer mode)", Class: classStack,
		Source: "family, ruling 2 as with AT+QSSLRECV",
		Test:   "+QIRD: (0-11),(0-1500)",
		Params: []atengine.Param{connectID, atengine.Int("read_length", 0, maxRead).Or(maxRead)},
		Write: func(m *Modem, c *Call) Response {
			return readFrom(m.ends.socket(c.Int(0)), c.Int(1))
		},
	},
)

func (m *Modem) sendOnSocket(c *Call) Response {
	id := c.Int(0)
	e := m.ends.socket(id)
	if c.Has(1) && c.Int(1) == 0 {
		return sentSoFar(c, e)
	}
	s := sending{m: m, find: m.ends.socket, id: id}
	of, ok := socketOf(e)
	service := ok && of.service == udpService
	switch {
	case c.Has(2) != c.Has(3), c.Has(2) && !c.Has(1):
		return c.Refuse(2, "goes with a length and a port")
	case ok && service != c.Has(2):
		return c.Refuse(2, "goes with a UDP SERVICE, which needs it")
	case c.Has(2):
		addr, err := netip.ParseAddr(c.Text(2))
		if err != nil {
			return c.Refuse(2, "is no IP address")
		}
		s.to = netip.AddrPortFrom(addr, uint16(c.Int(3)))
	}
	return s.ask(c, c.Int(1))
}

// sentSoFar tells how many bytes were taken, and how many of them the peer has
// acknowledged and how many not.
func sentSoFar(c *Call, e *endpoint) Response {
	if _, err := carries(e); err != nil {
		return atengine.Fail(err)
	}
	return e.account(c)
}

func (m *Modem) sendHex(c *Call) Response {
	data, err := hex.DecodeString(c.Text(1))
	if err != nil {
		return c.Refuse(1, "is no hexadecimal text")
	}
	e, err := carries(m.ends.socket(c.Int(0)))
	switch {
	case err != nil:
		return atengine.Fail(err)
	case e.link.carries == addressed:
		return atengine.Fail(OperationNotAllow) // it has no peer to send to
	}
	s := sending{m: m, find: m.ends.socket, id: c.Int(0)}
	s.waiting, s.later = c.Wait()
	return s.send(e, data)
}

var (
	_ = forces("+QISEND", func(m *Modem, c *Call, code Code, f forced) Response {
		if c.Has(1) && c.Int(1) == 0 {
			return atengine.Fail(f)
		}
		return forceSend(m, c, code, f)
	})
	_ = asks("+QISEND", func(m *Modem, c *Call, then Response) Response {
		if c.Has(1) && c.Int(1) == 0 {
			return then
		}
		return askInstead(m, c, m.tcp.settings, c.Int(1), then)
	})
	// AT+QISENDEX has its data already. What may become of it is the same.
	_ = asks("+QISENDEX", func(_ *Modem, _ *Call, then Response) Response { return then })
)
