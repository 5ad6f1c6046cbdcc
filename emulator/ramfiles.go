package emulator

import "github.com/quectel-sim/qsim/atengine"

// ramFileCommands are the commands on files that the EC2x and BG9x have beside
// RAM:, and the family has not (quirk ram-files).
var ramFileCommands = []string{"+QFTUCAT", "+QFFLUSH"}

var _ = commands("Files",
	&Command{
		Name: "+QFTUCAT", Summary: "cut an open file off at its position (quirk ram-files)", Source: "field (EC2x, BG9x)", Class: classFile,
		Params: []atengine.Param{fileHandle},
		Write: onFile(func(_ *Modem, _ *Call, f *openFile) Response {
			err := f.file.Truncate(f.position)
			f.written = f.written || err == nil
			return atengine.Fail(err)
		}),
	},
	&Command{
		Name: "+QFFLUSH", Summary: "put what was written to an open file into the store (quirk ram-files)", Source: "field (EC2x, BG9x)", Class: classFile,
		Params: []atengine.Param{fileHandle},
		Write: onFile(func(m *Modem, c *Call, f *openFile) Response {
			return atengine.Fail(m.storeFile(c, f, f.file.Sync))
		}),
	},
)
