package emulator_test

import "github.com/quectel-sim/qsim/emulator"

// having are the options of a modem that has a command which others lack.
func having(name string) emulator.Options {
	if name == "+QCSQ" {
		return emulator.Options{Quirks: map[string]string{"qcsq": "present"}}
	}
	return emulator.Options{}
}
