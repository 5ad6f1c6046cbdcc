//go:build interop

package interop

import (
	"strings"
	"testing"
)

// TestChat: chat gets to CONNECT with what the script of the module's maker says.
func TestChat(t *testing.T) {
	m := newModem(t)
	// chat speaks through its standard input and output, as under pppd.
	run(t, "", []string{"CONNECT", " -- got it"},
		"sh", "-c", `exec chat -s -S -v -f testdata/quectel.chat <"$1" >"$1"`, "chat", m.device)
	m.wantLines("> ATI;+CSUB;+CSQ;+CPIN?;+COPS?;+CGREG?;&D2", "< Quectel", "< SubEdition: V01", "< +CSQ: 24,99", "< OK",
		`> AT+CGDCONT=1,"IP","3gnet",,0,0`, "< OK", "> ATD*99#", "< CONNECT")
}

const wvdialConfig = `[Dialer Defaults]
Modem = {device}
Modem Type = Analog Modem
Baud = 115200
Init1 = ATZ
Init2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0
Init3 = AT+CGDCONT=1,"IP","3gnet"
Phone = *99#
Username = none
Password = none
Stupid Mode = yes
Carrier Check = no
Dial Attempts = 1
Auto Reconnect = no
PPPD Path = /bin/true
`

// TestWvdial: wvdial gets to CONNECT with its usual init strings, and hands over to
// PPP. In the place of pppd is a program that ends at once.
func TestWvdial(t *testing.T) {
	m := newModem(t)
	p := start(t, "", "wvdial", "--config="+m.write("wvdial.conf", wvdialConfig))
	p.until("a connection", func() bool { return strings.Contains(p.said.String(), "Starting PPP immediately.") })
	p.until("a pppd", func() bool { return strings.Contains(p.said.String(), "Starting pppd at") })
	m.wantLines("> ATZ", "< OK", "> ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0", "< OK",
		`> AT+CGDCONT=1,"IP","3gnet"`, "< OK", "> ATDT*99#", "< CONNECT")
}
