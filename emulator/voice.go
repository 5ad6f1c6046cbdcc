package emulator

import "github.com/quectel-sim/qsim/atengine"

// voice is what is left of voice calls: there are none.
type voice struct{ clip int }

var _ = commands("Calls",
	&Command{
		Name: "A", Summary: "answer: nobody calls, so NO CARRIER", Source: "V.250 6.3.5", Last: true,
		Exec: func(*Modem, *Call) Response { return atengine.End(atengine.NoCarrier) },
	},
	&Command{
		Name: "+CHUP", Summary: "hang up voice calls: there are none", Source: "27.007 6.5", Test: "OK",
		Exec: func(*Modem, *Call) Response { return Response{} },
	},
	&Command{
		Name: "+CLCC", Summary: "list of calls: there are none", Source: "27.007 7.18", Test: "OK",
		Exec: func(*Modem, *Call) Response { return Response{} },
	},
	&Command{
		Name: "+CLIP", Summary: "number of a caller: stored and told, nobody calls", Source: "27.007 7.6",
		Params: []atengine.Param{atengine.Int("n", 0, 1)},
		// <m> is 2: whether the network has the service is not known.
		Read: func(m *Modem, _ *Call) Response { return atengine.Infof("+CLIP: %d,2", m.voice.clip) },
		Write: func(m *Modem, c *Call) Response {
			m.voice.clip = c.Int(0)
			return Response{}
		},
	},
)
