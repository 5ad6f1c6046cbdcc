package vfs

import "strconv"

// Checksum is the running checksum that AT+QFUPL and AT+QFDWL print: the XOR of
// all 16-bit big-endian words, an odd last byte being the high half of a word
// (family FILE application note; equal to what real modules print for the
// certificates in this package's tests). The zero value is the checksum of
// nothing, ready to use.
type Checksum struct {
	sum uint16
	odd bool // the next byte is the low half of a word
}

// Write adds p. It takes all of it and never fails.
func (c *Checksum) Write(p []byte) (int, error) {
	for _, b := range p {
		if c.odd {
			c.sum ^= uint16(b)
		} else {
			c.sum ^= uint16(b) << 8
		}
		c.odd = !c.odd
	}
	return len(p), nil
}

// Sum16 is the checksum of what was written so far.
func (c *Checksum) Sum16() uint16 { return c.sum }

// String is the checksum as the module prints it: lower-case hex without
// leading zeros, "0" for zero.
func (c *Checksum) String() string { return strconv.FormatUint(uint64(c.sum), 16) }

// Sum is the checksum of p.
func Sum(p []byte) uint16 {
	var c Checksum
	_, _ = c.Write(p) // never fails
	return c.Sum16()
}
