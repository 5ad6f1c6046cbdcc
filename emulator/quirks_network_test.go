package emulator_test

import (
	"github.com/quectel-sim/qsim/emulator/network"
)

const (
	offline = "> AT+COPS=2\n< OK\n< +QIURC: \"pdpdeact\",1\n"
	scanned = `+COPS: (2,"CHN-UNICOM","UNICOM","46001",7),(3,"CHINA MOBILE","CMCC","46000",7),(3,"CHN-CT","CT","46011",7)`
	// again leaves the network and comes back to it.
	again = offline + "> AT+COPS=0\n< OK\n@wait 1s\n"
)

// Quirks of the radio and of the network's time.
func init() {
	none := network.Offline{}
	for _, q := range []struct{ name, value, script string }{
		{"qcsq", "absent", "> AT+QCSQ\n< ERROR\n> AT+QCSQ=?\n< ERROR\n"},
		{"qcsq", "present", "> AT+QCSQ\n< +QCSQ: \"LTE\",-65,-83,135,-15\n< OK\n"},
		{"creg-act", "7", "> AT+CGREG=2;+CGREG?\n< +CGREG: 2,1,\"550A\",\"82E8C80\",7\n< OK\n"},
		{"creg-act", "100", "> AT+CGREG=2;+CGREG?;+COPS?\n< +CGREG: 2,1,\"550A\",\"82E8C80\",100\n< +COPS: 0,0,\"CHN-UNICOM\",7\n< OK\n"},
		{"qnwinfo-none", "bare", offline + "> AT+QNWINFO\n< +QNWINFO: No Service\n< OK\n"},
		{"qnwinfo-none", "quoted", offline + "> AT+QNWINFO\n< +QNWINFO: \"No Service\"\n< OK\n"},
		{"cops-list", "gap", "> AT+COPS=?\n< " + scanned + ",,(0-4),(0-2)\n< OK\n"},
		{"cops-list", "no-gap", "> AT+COPS=?\n< " + scanned + ",(0-4),(0-2)\n< OK\n"},
		{"cops-scan", "kept", "> AT+CREG=1;+COPS=?\n< " + scanned + ",,(0-4),(0-2)\n< OK\n@quiet 1m\n"},
		{"cops-scan", "lost", "> AT+CREG=1\n< OK\n> AT+COPS=?\n< +COPS: (1" + scanned[len("+COPS: (2"):] + ",,(0-4),(0-2)\n< OK\n" +
			"< +CREG: 2\n< +QIURC: \"pdpdeact\",1\n< +CREG: 1\n@quiet 1m\n"},
		{"ctzu-effect", "reboot", "> AT+CTZU=3\n< OK\n" + again + "> AT+CCLK?\n< +CCLK: \"00/01/01,00:00:{s}+00\"\n< OK\n"},
		{"ctzu-effect", "now", "> AT+CTZU=3\n< OK\n" + again + "> AT+CCLK?\n< +CCLK: \"00/01/01,08:00:{s}+32\"\n< OK\n"},
	} {
		quirkScripts = append(quirkScripts, quirkScript{q.name, q.value, none, q.script})
	}
	quirkScripts = append(quirkScripts,
		quirkScript{"clock-digits", "zone", &timeServer{}, askTime + timeCame + "> AT+CCLK?\n< +CCLK: \"00/01/01,08:00:{x}+32\"\n< OK\n"},
		quirkScript{"clock-digits", "utc", &timeServer{}, askTime + "< +QNTP: 0,\"2000/01/01,00:{m}:{s}+32\"\n> AT+CCLK?\n< +CCLK: \"00/01/01,00:00:{x}+32\"\n< OK\n"},
	)
}
