package emulator_test

import "github.com/quectel-sim/qsim/emulator"

var _ = onIdle(`\r\n\+CME ERROR: (3|12|16)\r\n`, "+CLCK") // the PIN is another, until it is blocked

func init() {
	samples["fac"], samples["facility"], samples["storage"] = "SC", "SC", "SM"
}

// having are options of a modem that has a command that others lack.
func having(name string) emulator.Options {
	switch name {
	case "+QTEMP":
		return emulator.Options{Module: "EC200T"}
	case "+QCSQ":
		return emulator.Options{Quirks: map[string]string{"qcsq": "present"}}
	case "+CCID":
		return emulator.Options{Quirks: map[string]string{"iccid": "ccid"}}
	case "+QFTUCAT", "+QFFLUSH":
		return emulator.Options{Quirks: map[string]string{"ram-files": "yes"}}
	}
	return emulator.Options{}
}
