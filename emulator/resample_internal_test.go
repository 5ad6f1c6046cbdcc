package emulator

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestResampleByHand: one letter at half and at twice the receiver's rate, worked
// out on paper from its bits.
func TestResampleByHand(t *testing.T) {
	for _, c := range []struct {
		name, sent, heard string
		from, to          int
	}{
		// 0 10101010 1, each bit twice as long: 00 11 00 11 00 11 00 11 00 11.
		{"U, twice as slow", "U", "\x66\xe6", 9600, 19200},
		// 0 00101010 1: the low of three is a start bit, then every second bit counts,
		// and what follows the character is rest. Each low of U is over too soon.
		{"T, twice as fast", "T", "\xff", 19200, 9600},
		{"U, twice as fast", "U", "", 19200, 9600},
		{"nothing", "", "", 9600, 115200},
		{"one long low, twelve of the receiver's bits and more", "\x00", "\x00", 9600, 115200},
		{"a low too short for a start bit", "\xff", "", 115200, 9600},
	} {
		if got := string(resample([]byte(c.sent), c.from, c.to)); got != c.heard {
			t.Errorf("%s: %x, want %x", c.name, got, c.heard)
		}
	}
}

// TestResample: rates that are near enough understand each other, others do not,
// and nothing grows beyond what a line can carry.
func TestResample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "sent")
		from := rapid.SampledFrom(rates[1:]).Draw(t, "from")
		percent := rapid.IntRange(-4, 4).Draw(t, "percent")
		if got := resample(p, from, from*(100+percent)/100); !bytes.Equal(got, p) {
			t.Fatalf("%d %% apart: %x", percent, got)
		}
		to := rapid.SampledFrom(rates[1:]).Draw(t, "to")
		got := resample(p, from, to)
		// A low begins a character, and there are at most five in ten bits.
		if len(got) > 5*len(p) {
			t.Fatalf("%d bytes became %d", len(p), len(got))
		}
		if !bytes.Equal(got, resample(p, from, to)) {
			t.Fatal("not the same twice")
		}
	})
	const line = "AT+CSQ\r\n+CSQ: 24,99\r\n\r\nOK\r\n"
	for _, from := range rates[1:] {
		for _, to := range rates[1:] {
			got := resample([]byte(line), from, to)
			if legible := bytes.Contains(got, []byte("OK")) || bytes.Contains(got, []byte("AT")); legible != (from == to) {
				t.Errorf("from %d to %d: %q", from, to, got)
			}
		}
	}
}
