package lab

import (
	"time"

	"github.com/quectel-sim/qsim/sntp"
)

// ntpSpecs are time servers, and what passes for one.
var ntpSpecs = []udpSpec{
	{NTP, ntpHost, sntp.Port, sntp.Answer, "tells the time of the machine (SNTP)"},
	{NTPSilent, ntpHost, 124, func([]byte, time.Time) []byte { return nil }, "never answers"},
	{NTPRefuses, ntpHost, 125, func(request []byte, _ time.Time) []byte { return sntp.Refuse(request) }, "answers that it does not want to be asked (a kiss of death)"},
}
