//go:build linux && !ppc64 && !ppc64le

package device

import "golang.org/x/sys/unix"

// The ioctls whose termios has the rate as a number, any number.
const (
	getTermios = unix.TCGETS2
	setTermios = unix.TCSETS2
)

func putRate(t *unix.Termios, rate int) {
	t.Cflag = t.Cflag&^unix.CBAUD | unix.BOTHER
	t.Ispeed, t.Ospeed = uint32(rate), uint32(rate)
}
