//go:build unix

package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"
)

// TTY is a serial device opened by its path, such as the PTY of a modem in
// software or /dev/ttyUSB2: raw, as a host program opens it. It is a [Device]
// and knows deadlines. Its speed is what the system has set for it.
type TTY struct {
	path string
	mu   sync.Mutex // guards file; not held during Read and Write
	file *os.File   // nil once closed
}

var _ Device = (*TTY)(nil)

// OpenTTY opens the device at path for reading and writing and makes it raw. It
// does not become the controlling terminal.
func OpenTTY(path string) (*TTY, error) {
	file, err := openRaw(path)
	if err != nil {
		return nil, err
	}
	return &TTY{path: path, file: file}, nil
}

func openRaw(path string) (*os.File, error) {
	file, err := openThere(path)
	if err != nil {
		return nil, err
	}
	// SyscallConn and not Fd: Fd would make the file blocking, and its
	// deadlines useless.
	conn, err := file.SyscallConn()
	if err == nil {
		var raw error
		if err = conn.Control(func(fd uintptr) { _, raw = term.MakeRaw(int(fd)) }); err == nil {
			err = raw
		}
	}
	if err != nil {
		_ = file.Close() // the reason is err
		return nil, fmt.Errorf("make %s raw: %w", path, err)
	}
	return file, nil
}

// openThere opens a device. Linux can for a moment not find a PTY that is there,
// while others of its number have just gone and are looked for (measured: twice in
// 40,000, with nothing else on the machine), so it is asked more than once.
func openThere(path string) (*os.File, error) {
	const tries, pause = 3, 5 * time.Millisecond
	for try := 1; ; try++ {
		file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
		if try == tries || !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
		time.Sleep(pause)
	}
}

// current is the open file.
func (t *TTY) current() (*os.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil, os.ErrClosed
	}
	return t.file, nil
}

// Read reads what the modem says. A device that has ended is io.EOF.
func (t *TTY) Read(p []byte) (int, error) {
	file, err := t.current()
	if err != nil {
		return 0, err
	}
	return file.Read(p)
}

// Write sends bytes of the host.
func (t *TTY) Write(p []byte) (int, error) {
	file, err := t.current()
	if err != nil {
		return 0, err
	}
	return file.Write(p)
}

// SetReadDeadline bounds Read, as that of os.File.
func (t *TTY) SetReadDeadline(at time.Time) error {
	file, err := t.current()
	if err != nil {
		return err
	}
	return file.SetReadDeadline(at)
}

// SetWriteDeadline bounds Write, as that of os.File.
func (t *TTY) SetWriteDeadline(at time.Time) error {
	file, err := t.current()
	if err != nil {
		return err
	}
	return file.SetWriteDeadline(at)
}

// Reopen closes the device and opens it again by its path.
func (t *TTY) Reopen() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return os.ErrClosed
	}
	err := t.file.Close()
	t.file = nil
	if err != nil {
		return err
	}
	t.file, err = openRaw(t.path)
	return err
}

// Close closes the device. Read and Write under way return.
func (t *TTY) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil
	}
	file := t.file
	t.file = nil
	return file.Close()
}
