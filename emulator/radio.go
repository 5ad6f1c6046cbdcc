package emulator

import (
	"github.com/quectel-sim/qsim/atengine"
)

// radio is the module's place in the mobile network: registered at home on LTE,
// with a good signal.
type radio struct {
	operator string // long name
	rssi     int    // AT+CSQ, 0-31; -113 dBm + 2 dB each
	area     string // tracking area, four hex digits
	cell     string // cell id, hex
	reports  [3]int // n of CREG, CGREG, CEREG
}

const (
	registeredHome = 1
	actLTE         = 7
)

func newRadio(Profile) radio {
	return radio{operator: "CHN-UNICOM", rssi: 24, area: "550A", cell: "82E8C80"}
}

// registration is one of the three commands that tell of it.
func registration(i int, name, summary, source string) *Command {
	return &Command{
		Name: name, Summary: summary, Source: source,
		Params: []atengine.Param{atengine.Int("n", 0, 2)},
		Read: func(m *Modem, _ *Call) Response {
			n := m.radio.reports[i]
			if n == 2 {
				return atengine.Infof(`%s: %d,%d,"%s","%s",%d`, name, n, registeredHome, m.radio.area, m.radio.cell, actLTE)
			}
			return atengine.Infof("%s: %d,%d", name, n, registeredHome)
		},
		Write: func(m *Modem, c *Call) Response {
			m.radio.reports[i] = c.Int(0)
			return Response{}
		},
	}
}

var _ = commands("Network",
	registration(0, "+CREG", "registration, circuit switched", "27.007 7.2"),
	registration(1, "+CGREG", "registration, GPRS", "27.007 10.1.20"),
	registration(2, "+CEREG", "registration, EPS", "27.007 10.1.22"),
	&Command{
		Name: "+CSQ", Summary: "signal quality", Source: "27.007 8.5, family",
		Test: "+CSQ: (0-31,99),(0-7,99)",
		Exec: func(m *Modem, _ *Call) Response { return atengine.Infof("+CSQ: %d,99", m.radio.rssi) },
	},
	&Command{
		Name: "+COPS", Summary: "operator: the query form", Source: "27.007 7.3",
		Test: "OK",
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof(`+COPS: 0,0,"%s",%d`, m.radio.operator, actLTE)
		},
	},
	&Command{
		Name: "+CPIN", Summary: "SIM state: the query form", Source: "27.007 8.3",
		Test: "OK",
		Read: func(*Modem, *Call) Response { return atengine.Info("+CPIN: READY") },
	},
	&Command{
		Name: "+CFUN", Summary: "level of function: the query form", Source: "27.007 8.2",
		Test: "+CFUN: (0,1,3,4,5),(0,1)",
		Read: func(*Modem, *Call) Response { return atengine.Info("+CFUN: 1") },
	},
	&Command{
		Name: "+CGATT", Summary: "attached to packet service: the query form", Source: "27.007 10.1.9",
		Test: "+CGATT: (0,1)",
		Read: func(*Modem, *Call) Response { return atengine.Info("+CGATT: 1") },
	},
)
