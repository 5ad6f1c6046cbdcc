//go:build interop

package interop

import "testing"

const gammuConfig = `[gammu]
device = {device}
connection = at115200
use_locking = no
logfile = {dir}/gammu.log
logformat = textalldate
`

// TestGammuIdentify: gammu finds out who the module and its SIM are.
func TestGammuIdentify(t *testing.T) {
	m := newModem(t)
	run(t, "", []string{
		"Manufacturer         : Quectel", "Model                : unknown (EC200S)",
		"Firmware             : EC200SCNAAR01A05M16", "IMEI                 : 86431405", "SIM IMSI             : 46001",
	}, "gammu", "-c", m.write("gammurc", gammuConfig), "identify")
}

// TestGammuNetwork: it is told which network there is, by its number and its
// name, and in which cell.
func TestGammuNetwork(t *testing.T) {
	m := newModem(t)
	run(t, "", []string{
		"Network state        : home network", "Network              : 460 01 (China Unicom, China), LAC 550A, CID 82E8C80",
		"Packet network state : home network", `Name in phone        : "CHN-UNICOM"`, "GPRS                 : attached",
	}, "gammu", "-c", m.write("gammurc", gammuConfig), "networkinfo")
	m.wantLines("> AT+COPS=3,2", "< OK", "> AT+COPS?", `< +COPS: 0,2,"46001",7`)
}

// TestGammuSends: it sends a message.
func TestGammuSends(t *testing.T) {
	m := newModem(t)
	run(t, "", []string{"OK, message reference="}, "gammu", "-c", m.write("gammurc", gammuConfig),
		"sendsms", "TEXT", "+"+number, "-text", message)
	m.wantSent()
}
