package emulator

import (
	"slices"

	"github.com/quectel-sim/qsim/atengine"
)

// serialSettings are what the serial commands set for the module as a whole.
type serialSettings struct {
	line    atengine.Settings // what a new port begins with
	rate    int               // AT+IPR, in bit/s; 0 is automatic
	uart    uart              // the line itself
	flow    int               // AT+IFC: 0 none, 2 RTS/CTS
	urcPort string            // AT+QURCCFG; "": the default (ruling 18)
}

const factoryRate = 115200

// The one framing of AT+ICF, and the parity that goes with it: eight data bits
// and one stop bit leave no room for a parity, whatever is set.
const (
	framing8N1 = 3
	noParity   = 3
)

// rates are the line rates of the family; 0 is automatic.
var rates = []int{0, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}

func newSerialSettings() serialSettings {
	return serialSettings{line: atengine.Factory(), rate: factoryRate}
}

var _ = atFactory(func(m *Modem) { m.serial.flow = 0 })

var _ = commands("Serial",
	&Command{
		Name: "+IPR", Summary: "line rate", Source: "V.250 6.2.10, family",
		Params: []atengine.Param{atengine.OneOf("rate", rates...)},
		Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+IPR: %d", m.serial.rate) },
		Write: func(m *Modem, c *Call) Response {
			m.setRate(m.portOf(c), c.Int(0))
			return Response{}
		},
	},
	&Command{
		Name: "+IFC", Summary: "flow control: stored and told", Source: "V.250 6.2.12, family",
		Params: []atengine.Param{
			atengine.OneOf("dce_by_dte", 0, 2),
			atengine.OneOf("dte_by_dce", 0, 2).Or(0),
		},
		Plain: true,
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+IFC: %d,%d", m.serial.flow, m.serial.flow)
		},
		Write: func(m *Modem, c *Call) Response {
			if c.Has(1) && c.Int(1) != c.Int(0) {
				return c.Refuse(1, "differs: both directions are alike on this platform")
			}
			m.serial.flow = c.Int(0)
			return Response{}
		},
	},
	&Command{
		Name: "+ICF", Summary: "character framing, 8N1 alone", Source: "V.250 6.2.11, EC2x",
		Test: "+ICF: (3),(3)",
		Params: []atengine.Param{
			atengine.OneOf("format", framing8N1),
			atengine.OneOf("parity", noParity).Or(noParity),
		},
		Read:  func(*Modem, *Call) Response { return atengine.Infof("+ICF: %d,%d", framing8N1, noParity) },
		Write: func(*Modem, *Call) Response { return Response{} },
	},
	&Command{
		Name: "+QURCCFG", Summary: "the port that unsolicited result codes go to", Source: "family, ruling 18",
		Variants: []variant{{
			Key:    "urcport",
			Params: []atengine.Param{atengine.Str("urcportvalue", 1, 16).Opt().As(`("usbat","usbmodem","uart1")`)},
			Query: func(m *Modem, _ *Call) Response {
				return atengine.Infof(`+QURCCFG: "urcport","%s"`, m.urcPortName())
			},
			Write: (*Modem).setURCPort,
		}},
	},
)

// setURCPort is stored at once, also the name of a port that the modem lacks.
func (m *Modem) setURCPort(c *Call) Response {
	name := c.Text(0)
	if !slices.Contains(portNames, name) {
		return c.Refuse(0, "is no port")
	}
	if err := m.store(func(s *stored) { s.URCPort = name }); err != nil {
		return atengine.Fail(err)
	}
	m.serial.urcPort = name
	return Response{}
}
