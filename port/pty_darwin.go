package port

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// slaveWatch is not there on macOS: a PTY looks for its host.
type slaveWatch struct{ wake chan struct{} }

func watchSlave(string) (*slaveWatch, error) { return nil, errors.ErrUnsupported }

func (*slaveWatch) stop() error   { return nil }
func (*slaveWatch) sawOpen() bool { return false }
func (*slaveWatch) settle() error { return nil }

// slaveOpenOrUnread tells whether a slave of this master is open, or one was
// and left bytes behind. At end of file a master is readable too, so the bytes
// are counted (inferred; not measured on macOS).
func slaveOpenOrUnread(master uintptr) (bool, error) {
	seen, err := poll(master, unix.POLLIN)
	if err != nil || seen&unix.POLLHUP == 0 {
		return err == nil, err
	}
	n, err := unix.IoctlGetInt(int(master), unix.TIOCOUTQ)
	return n > 0, os.NewSyscallError("ioctl TIOCOUTQ", err)
}

// forgetHost makes a PTY whose last slave has closed as new: nothing left to
// read, raw mode. On macOS both ends share one terminal, and setting it with
// TIOCSETAF drops the unread bytes.
func forgetHost(master uintptr) error {
	return setTermios(master, setRaw)
}

// makeRaw puts a new slave in raw mode at the factory rate.
func makeRaw(slave uintptr) error {
	return setTermios(slave, func(t *unix.Termios) {
		setRaw(t)
		t.Ispeed, t.Ospeed = factoryBaud, factoryBaud
	})
}

func setTermios(fd uintptr, change func(*unix.Termios)) error {
	t, err := unix.IoctlGetTermios(int(fd), unix.TIOCGETA)
	if err != nil {
		return os.NewSyscallError("ioctl TIOCGETA", err)
	}
	change(t)
	return os.NewSyscallError("ioctl TIOCSETAF", unix.IoctlSetTermios(int(fd), unix.TIOCSETAF, t))
}

// setRaw is cfmakeraw(3). The baud rate stays.
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
	t, err := unix.IoctlGetTermios(int(master), unix.TIOCGETA)
	if err != nil {
		return 0, os.NewSyscallError("ioctl TIOCGETA", err)
	}
	return int(t.Ospeed), nil
}
