package device

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

func putRate(t *unix.Termios, rate int) {
	t.Ispeed, t.Ospeed = uint64(rate), uint64(rate)
}
