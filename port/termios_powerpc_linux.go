//go:build ppc64 || ppc64le

package port

import "golang.org/x/sys/unix"

// The ioctls whose termios has the rate as a number: on PowerPC the first ones
// had it from the start.
const (
	getTermios      = unix.TCGETS
	setTermiosFlush = unix.TCSETSF
)
