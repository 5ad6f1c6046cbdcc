//go:build linux || darwin

package device

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openRated opens a serial device and sets its rate, in bits per second.
func openRated(path string, rate int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	conn, err := f.SyscallConn()
	if err == nil {
		var ioctl error
		if err = conn.Control(func(fd uintptr) { ioctl = setRate(int(fd), rate) }); err == nil {
			err = ioctl
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set %s to %d bit/s: %w", path, rate, err), f.Close())
	}
	return f, nil
}

func setRate(fd, rate int) error {
	t, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	putRate(t, rate)
	return unix.IoctlSetTermios(fd, setTermios, t)
}
