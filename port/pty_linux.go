package port

import (
	"os"

	"golang.org/x/sys/unix"
)

// slaveOpenOrUnread tells whether a slave of this master is open, or one was
// and left bytes behind.
func slaveOpenOrUnread(master uintptr) (bool, error) {
	seen, err := poll(master, unix.POLLIN)
	return seen&unix.POLLHUP == 0 || seen&unix.POLLIN != 0, err
}

// forgetHost makes a PTY whose last slave has closed as new: nothing left to
// read, raw mode. It goes through the master, whose ioctls for terminal settings
// act on the slave.
//
// Unread output sits in two places, each with its own way to be emptied
// (measured, Linux 6.18: 22,048 bytes in all): TCOFLUSH on the master drops what
// is on its way but leaves the 4,095 bytes that have arrived; TCSETSF drops
// those. In this order nothing moves from the one to the other in between. What
// the host sent to the modem is touched by neither.
func forgetHost(master uintptr) error {
	if err := unix.IoctlSetInt(int(master), unix.TCFLSH, unix.TCOFLUSH); err != nil {
		return os.NewSyscallError("ioctl TCFLSH", err)
	}
	t, err := unix.IoctlGetTermios(int(master), getTermios)
	if err != nil {
		return os.NewSyscallError("ioctl TCGETS", err)
	}
	// A next host may be here already. Then its settings stay, whatever they
	// are, and TCSETSF only drops the bytes.
	seen, err := poll(master, 0)
	if err != nil {
		return err
	}
	if seen&unix.POLLHUP != 0 {
		setRaw(t)
	}
	return os.NewSyscallError("ioctl TCSETSF", unix.IoctlSetTermios(int(master), setTermiosFlush, t))
}

// makeRaw puts a new slave in raw mode at the factory rate. The rate is set by
// its flag: one set as a number alone reads as rate 0 in older programs.
func makeRaw(slave uintptr) error {
	t, err := unix.IoctlGetTermios(int(slave), getTermios)
	if err != nil {
		return os.NewSyscallError("ioctl TCGETS", err)
	}
	setRaw(t)
	t.Cflag = t.Cflag&^unix.CBAUD | unix.B115200
	t.Ispeed, t.Ospeed = factoryBaud, factoryBaud
	return os.NewSyscallError("ioctl TCSETSF", unix.IoctlSetTermios(int(slave), setTermiosFlush, t))
}

// setRaw is cfmakeraw(3), but for the control characters that only matter
// outside raw mode. The baud rate stays.
func setRaw(t *unix.Termios) {
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR |
		unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB
	t.Cflag |= unix.CS8 | unix.CREAD
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
}

// baudOf is the slave's rate in bits per second.
func baudOf(master uintptr) (int, error) {
	t, err := unix.IoctlGetTermios(int(master), getTermios)
	if err != nil {
		return 0, os.NewSyscallError("ioctl TCGETS", err)
	}
	return int(t.Ospeed), nil
}
