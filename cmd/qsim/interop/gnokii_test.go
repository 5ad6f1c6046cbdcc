//go:build interop

package interop

import "testing"

const gnokiiConfig = `[global]
port = {device}
model = AT
connection = serial
serial_baudrate = 115200
use_locking = no
[flags]
[logging]
debug = off
`

// TestGnokiiIdentify: gnokii finds out who the module is.
func TestGnokiiIdentify(t *testing.T) {
	m := newModem(t)
	run(t, "", []string{
		"IMEI         : 86431405", "Manufacturer : Quectel", "Model        : EC200S", "Revision     : EC200SCNAAR01A05M16",
	}, "gnokii", "--config", m.write("gnokiirc", gnokiiConfig), "--identify")
}

// TestGnokiiSends: it sends a message.
func TestGnokiiSends(t *testing.T) {
	m := newModem(t)
	run(t, message, []string{"Send succeeded"}, "gnokii", "--config", m.write("gnokiirc", gnokiiConfig),
		"--sendsms", "+"+number)
	m.wantSent()
}
