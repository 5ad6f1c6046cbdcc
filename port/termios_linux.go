//go:build !ppc64 && !ppc64le

package port

import "golang.org/x/sys/unix"

// The ioctls whose termios has the rate as a number.
const (
	getTermios      = unix.TCGETS2
	setTermiosFlush = unix.TCSETSF2
)
