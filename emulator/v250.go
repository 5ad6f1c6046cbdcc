package emulator

import "github.com/quectel-sim/qsim/atengine"

// What dial-up programs set before they dial, and a module has nothing behind.
var _ = commands("Calls",
	&Command{
		Name: "+FCLASS", Summary: "service class: data is the only one", Source: "T.31 8.2", Test: "0",
		Params: []atengine.Param{atengine.Int("class", 0, 0)},
		Read:   func(*Modem, *Call) Response { return atengine.Info("0") },
		Write:  func(*Modem, *Call) Response { return Response{} },
	},
	&Command{
		Name: "L", Summary: "loudness: there is no speaker", Source: "V.250 6.3.13",
		Params: []atengine.Param{atengine.Int("value", 0, 3).Or(0)},
		Exec:   func(*Modem, *Call) Response { return Response{} },
	},
	&Command{
		Name: "M", Summary: "speaker mode: there is no speaker", Source: "V.250 6.3.14",
		Params: []atengine.Param{atengine.Int("value", 0, 2).Or(0)},
		Exec:   func(*Modem, *Call) Response { return Response{} },
	},
)
