package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/clock"
)

// rtc is the module's calendar: an offset on the modem's clock, and the zone
// that AT+CCLK shows. Certificates are dated by it (seed 1.5).
type rtc struct {
	clock  *clock.Clock
	offset time.Duration
	zone   int // quarters of an hour east of UTC
}

func newRTC(c *clock.Clock, start time.Time) rtc {
	r := rtc{clock: c}
	if !start.IsZero() {
		r.set(start)
	}
	return r
}

// now is the RTC's time, in its zone.
func (r *rtc) now() time.Time {
	return r.clock.Now().Add(r.offset).In(time.FixedZone("", r.zone*15*60))
}

// set sets the time and takes t's zone.
func (r *rtc) set(t time.Time) {
	_, seconds := t.Zone()
	r.zone = seconds / (15 * 60)
	r.offset = t.Sub(r.clock.Now())
}

// String is the time as AT+CCLK? prints it: "21/08/25,12:00:00+32".
func (r *rtc) String() string {
	t := r.now()
	return fmt.Sprintf("%s%+03d", t.Format("06/01/02,15:04:05"), r.zone)
}

// parseRTC reads "yy/MM/dd,hh:mm:ss±zz". Years from 70 are in the twentieth
// century, so that a clock that was never set can be said. The zone may be
// left out: it is then UTC.
func parseRTC(s string) (time.Time, bool) {
	const layout = "06/01/02,15:04:05"
	if len(s) < len(layout) {
		return time.Time{}, false
	}
	stamp, rest := s[:len(layout)], s[len(layout):]
	zone := 0
	if rest != "" {
		if len(rest) != 3 || rest[0] != '+' && rest[0] != '-' || rest[1] < '0' || rest[1] > '9' || rest[2] < '0' || rest[2] > '9' {
			return time.Time{}, false
		}
		zone = int(rest[1]-'0')*10 + int(rest[2]-'0')
		if rest[0] == '-' {
			zone = -zone
		}
		if zone < -48 || zone > 56 {
			return time.Time{}, false
		}
	}
	t, err := time.ParseInLocation(layout, stamp, time.FixedZone("", zone*15*60))
	if err != nil {
		return time.Time{}, false
	}
	// time.Parse puts 69-99 into the twentieth century; 69 is ours to move.
	if t.Year() == 1969 {
		t = t.AddDate(100, 0, 0)
	}
	return t, true
}

var _ = commands("Clock", &Command{
	Name: "+CCLK", Summary: "the real-time clock", Source: "seed 1.5, 27.007 8.15",
	Params: []atengine.Param{atengine.Str("time", 17, 20)},
	Test:   "OK",
	Read:   func(m *Modem, _ *Call) Response { return atengine.Infof(`+CCLK: "%s"`, m.rtc.String()) },
	Write: func(m *Modem, c *Call) Response {
		t, ok := parseRTC(c.Text(0))
		if !ok {
			return c.Refuse(0, "is no time of the form yy/MM/dd,hh:mm:ss+zz")
		}
		m.rtc.set(t)
		return Response{}
	},
})
