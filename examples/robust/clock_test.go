package main

import (
	"slices"
	"testing"
)

// The clock is set only where it shows less than can be.
func TestCheckClock(t *testing.T) {
	for shown, sets := range map[string]bool{
		`"26/11/25,12:00:00+32"`: false,
		`"25/12/31,20:00:00-20"`: false,
		`"25/12/30,23:59:59+00"`: true,
		`"70/01/01,00:00:09+00"`: true,
		`"?"`:                    true,
	} {
		t.Run(shown, func(t *testing.T) {
			t.Parallel()
			f := &fake{clock: shown, twist: once("AT+QSSLOPEN", func(f *fake, _ string) {
				f.ok()
				f.urc("+QSSLOPEN: 4,566")
			})}
			got := drive(t, f, nil)
			if got.err != nil || slices.Contains(got.sent, `AT+CCLK="26/01/01,00:00:00+00"`) != sets {
				t.Errorf("%v\n%s\n%q", got.err, got.report, got.sent)
			}
		})
	}
}
