package emulator

// Bits of an asynchronous character, 8N1: a start bit (low), eight data bits, the
// lowest first, and a stop bit (high). Between characters the line is high.
const (
	frameBits = 10
	dataBits  = 8
)

// resample is what a receiver at rate to makes of p, sent back to back at rate
// from, both in bit/s and more than 0. The same bytes and rates always give the
// same garbage.
//
// It is what a UART does: a falling edge begins a character; half a bit later,
// by the receiver's own clock, the line must still be low; then each bit is
// sampled in its middle. What stands where the stop bit should be decides
// nothing: a framing error delivers the character, too, as the drivers of a host
// in raw mode do, but the line must be high again before another one can begin.
// Rates less than 5 % apart therefore understand each other.
func resample(p []byte, from, to int) []byte {
	// Time is counted in units of 1/(2*from*to) s, so that half a bit of either
	// side is a whole number of them.
	bit, half := int64(2*from), int64(from) // of the receiver
	sent := int64(2 * to)                   // a bit of the sender
	total := int64(len(p)) * frameBits
	high := func(n int64) bool { // bit n of the sender
		if n >= total {
			return true
		}
		switch i := n % frameBits; i {
		case 0:
			return false
		case frameBits - 1:
			return true
		default:
			return p[n/frameBits]>>(i-1)&1 == 1
		}
	}
	var out []byte
	for n := int64(0); ; {
		for n < total && high(n) {
			n++
		}
		if n >= total {
			return out
		}
		at := n*sent + half
		if high(at / sent) { // a glitch, too short for a start bit
			n = at / sent
			continue
		}
		var b byte
		for i := range dataBits {
			at += bit
			if high(at / sent) {
				b |= 1 << i
			}
		}
		out = append(out, b)
		at += bit // the stop bit
		for n = at / sent; n < total && !high(n); {
			n++ // a framing error: first the line must rest
		}
	}
}
