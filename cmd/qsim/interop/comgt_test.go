//go:build interop

package interop

import "testing"

// TestComgt: comgt reads the signal and the registration.
func TestComgt(t *testing.T) {
	m := newModem(t)
	run(t, "", []string{"Signal Quality: 24,99"}, "comgt", "-d", m.device, "sig")
	run(t, "", []string{`Registered on Home network: "CHN-UNICOM",7`}, "comgt", "-d", m.device, "reg")
}
