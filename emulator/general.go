package emulator

import (
	"slices"

	"github.com/quectel-sim/qsim/atengine"
)

// notInCall is <pas> of AT+CPAS for a module that waits for commands (27.007 8.1).
const notInCall = 0

var _ = commands("General",
	&Command{
		Name: "+CPAS", Summary: "activity status: there are no voice calls, so ready", Source: "27.007 8.1, family",
		Test: "+CPAS: (0,3,4)",
		Exec: func(*Modem, *Call) Response { return atengine.Infof("+CPAS: %d", notInCall) },
	},
	&Command{
		Name: "+GCAP", Summary: "capabilities of the module", Source: "V.250 6.1.9, field",
		Exec: func(*Modem, *Call) Response { return atengine.Info("+GCAP: +CGSM") },
	},
	&Command{
		Name: "+CEER", Summary: "why the last call ended: there are no calls, so never anything", Source: "27.007 6.10, field",
		Exec: func(*Modem, *Call) Response { return atengine.Info("+CEER: No report available") },
	},
	&Command{
		Name: "+CLAC", Summary: "the commands that the module has", Source: "27.007 8.37",
		Exec: func(m *Modem, _ *Call) Response {
			rows := m.table.Commands()
			names := make([]string, len(rows))
			for i, row := range rows {
				names[i] = "AT" + row.Name
			}
			slices.Sort(names)
			return atengine.Info(names...)
		},
	},
)
