package emulator

import (
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
)

// dialRunes are what a dial string may have (V.250 6.3.1, 27.007 6.2), and the
// ; of a voice call.
const dialRunes = "0123456789*#+ABCDTP,W!@>IGig;\" "

var _ = commands("Calls",
	&Command{
		Name: "D", Summary: "dial: PPP gets no answer, and NO CARRIER after 90 s; a voice call gets it at once", Last: true, Max: 90e9,
		Source: "V.250 6.3.1, 27.007 10.2.1.1, family",
		Params: []atengine.Param{atengine.Str("dialstring", 1, 255).Rest()},
		Exec: func(m *Modem, c *Call) Response {
			text := c.Text(0)
			if i := strings.IndexFunc(strings.ToUpper(text), func(r rune) bool { return !strings.ContainsRune(dialRunes, r) }); i >= 0 {
				return c.Refuse(0, "has characters that cannot be dialled")
			}
			if id, ok := dialledContext(text); ok {
				return m.dial(m.portOf(c), id)
			}
			return atengine.End(atengine.NoCarrier)
		},
	},
	&Command{
		Name: "+CGDATA", Summary: "data call: PPP gets no answer, and NO CARRIER after 90 s", Last: true, Max: 90e9,
		Source: "27.007 10.1.12, family",
		Params: []atengine.Param{atengine.Str("L2P", 0, 8), cid.Or(1)},
		Test:   `+CGDATA: ("PPP")`,
		Write: func(m *Modem, c *Call) Response {
			if !strings.EqualFold(c.Text(0), "PPP") {
				return c.Refuse(0, "is not PPP")
			}
			return m.dial(m.portOf(c), c.Int(1))
		},
	},
	&Command{
		Name: "H", Summary: "hang up", Source: "V.250 6.3.6, family", Max: 90e9,
		Params: []atengine.Param{atengine.Int("n", 0, 0).Or(0)},
		Exec: func(m *Modem, c *Call) Response {
			if call := m.callOn(m.portOf(c)); call != nil {
				call.end("ATH")
			}
			return Response{}
		},
	},
	&Command{
		Name: "+QPPPDROP", Summary: "end the data call of whichever port", Source: "family",
		Exec: func(m *Modem, c *Call) Response {
			switch call := m.pdp.call; {
			case call == nil:
			case call.port == m.portOf(c):
				call.end("AT+QPPPDROP")
			default:
				call.carrierLost("AT+QPPPDROP")
			}
			return Response{}
		},
	},
)

// dialledContext is the context that a dial string asks for: *99# is 1, and
// *99***N# or *99*ADDRESS*PPP*N# is N (27.007 10.2.1.1). A T or P before it is of
// no account. ok is false for anything else.
func dialledContext(text string) (id int, ok bool) {
	text = strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	text = strings.TrimLeft(text, "TP")
	text, ok = strings.CutPrefix(text, "*99")
	if !ok {
		return 0, false
	}
	text, ok = strings.CutSuffix(text, "#")
	if !ok {
		return 0, false
	}
	if text == "" {
		return 1, true
	}
	fields := strings.Split(text, "*") // the first is empty: text begins with *
	if fields[0] != "" || len(fields) > 4 {
		return 0, false
	}
	if len(fields) > 2 && fields[2] != "" && fields[2] != "PPP" && fields[2] != "1" {
		return 0, false // <L2P>: 1 is PPP
	}
	if len(fields) < 4 || fields[3] == "" {
		return 1, true
	}
	id, err := strconv.Atoi(fields[3])
	return id, err == nil && id >= 1 && id <= maxContexts
}
