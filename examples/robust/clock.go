package main

import (
	"strings"
	"time"
)

// builtAt is when this program was built, or not much before: its only idea of
// the time, as on a board without a clock of its own. A certificate that ended
// before is out of date, and a clock that shows less was never set.
var builtAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clockForm is the form of AT+CCLK, without the zone.
const clockForm = "06/01/02,15:04:05"

// checkClock sees to it that the module's clock can be used for the dates of
// certificates. A boot sets it to 1970.
func (d *driver) checkClock() error {
	lines, err := d.query("AT+CCLK?", "+CCLK:", 1)
	if err != nil {
		return err
	}
	text := strings.Trim(lines[0], `"`)
	now, err := time.Parse(clockForm, text[:min(len(text), len(clockForm))])
	if err == nil && now.After(builtAt.Add(-24*time.Hour)) { // whatever its zone is
		return nil
	}
	d.report("the clock shows %s: setting it", lines[0])
	return d.command(0, `AT+CCLK="%s+00"`, builtAt.Format(clockForm))
}
