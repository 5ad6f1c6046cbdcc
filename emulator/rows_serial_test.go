package emulator_test

import "maps"

// Strings for the parameters of AT+QCFG.
func init() {
	maps.Copy(samples, map[string]string{
		"bandval": "f", "ltebandval": "400a0e189f", "tdsbandval": "a0e189f",
		"typeri": "pulse", "risignaltype": "physical",
	})
}
