package emulator

import (
	"slices"
	"testing"
)

// A sender that sends all the time allocates nothing, and mixes up no records.
func TestBatchKeepsRecordsApart(t *testing.T) {
	var next, spare batch
	round := func() {
		for i := range 10 {
			next.add(make([]byte, 100)[:10*i], 10*i)
		}
		next, spare = spare, batch{data: next.data[:0], ends: next.ends[:0]}
	}
	round()
	round()
	if n := testing.AllocsPerRun(50, round); n > 0 {
		t.Errorf("%v allocations for ten records", n)
	}
	for _, p := range []string{"a", "", "bcd", "ef"} {
		next.add([]byte(p), len(p))
	}
	var got []string
	for p := range next.records {
		got = append(got, string(p))
	}
	if want := []string{"a", "", "bcd", "ef"}; !slices.Equal(got, want) || next.size != 6 {
		t.Errorf("%q, %d bytes", got, next.size)
	}
	for p := range next.records { // a connection that has failed takes no more
		if string(p) != "a" {
			t.Errorf("%q after the end", p)
		}
		break
	}
}

// What a line ends with is found alike in a short piece and in a long one.
func TestLineEnd(t *testing.T) {
	for text, want := range map[string]int{
		"AT":           2,
		"AT\r":         3,
		"AT\r\nAT\r":   4,
		"A/AT\r":       2,
		"AT+X=\"/\"\r": 7,
		"\r\n":         2,
		"\r":           1,
		"/":            1,
	} {
		if n := lineEnd([]byte(text)); n != want {
			t.Errorf("%q: %d, not %d", text, n, want)
		}
	}
}
