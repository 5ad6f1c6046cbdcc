package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// A device is a serial device: a tty, or a TCP connection to one.
type device interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

// dialTime bounds the opening of a device over TCP.
const dialTime = 5 * time.Second

// openDevice opens a tty by its path, raw, or tcp://HOST:PORT.
func openDevice(name string) (device, error) {
	if address, ok := strings.CutPrefix(name, "tcp://"); ok {
		return net.DialTimeout("tcp", address, dialTime)
	}
	file, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	// SyscallConn and not Fd: Fd would make the file blocking, and Close would
	// no longer end a Read.
	conn, err := file.SyscallConn()
	if err == nil {
		var raw error
		if err = conn.Control(func(fd uintptr) { _, raw = term.MakeRaw(int(fd)) }); err == nil {
			err = raw
		}
	}
	if err != nil {
		return nil, fmt.Errorf("make %s raw: %w", name, errors.Join(err, file.Close()))
	}
	return file, nil
}
