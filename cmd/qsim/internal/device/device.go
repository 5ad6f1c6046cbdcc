// Package device opens a modem's device as a host program does: a serial device
// by its path, ours or a real one, or the TCP port of qsim run --listen.
package device

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/quectel-sim/qsim/scenarios/chat"
)

// Device is an open device. It knows deadlines, and can be closed and opened
// again.
type Device interface {
	chat.Device
	io.Closer
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Open opens the device at path, or at tcp://HOST:PORT. A rate other than 0, in
// bits per second, is set first; TCP has none.
func Open(path string, rate int) (Device, error) {
	if address, ok := strings.CutPrefix(path, "tcp://"); ok {
		if rate != 0 {
			return nil, fmt.Errorf("%s has no rate to set", path)
		}
		return dial(address)
	}
	if rate == 0 {
		return opened(chat.OpenTTY(path))
	}
	// The rate stays when the device is opened anew, and chat.OpenTTY leaves it
	// alone; held open until then so that nothing resets it in between.
	f, err := openRated(path, rate)
	if err != nil {
		return nil, err
	}
	tty, err := chat.OpenTTY(path)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		return nil, errors.Join(closeErr, tty.Close())
	}
	return opened(tty, err)
}

// opened keeps a nil *chat.TTY from becoming a Device that is not nil.
func opened(tty *chat.TTY, err error) (Device, error) {
	if err != nil {
		return nil, err
	}
	return tty, nil
}

// dialTime bounds a connection to a port that is on a network after all.
const dialTime = 10 * time.Second

// tcp is a modem's TCP port.
type tcp struct {
	address string
	mu      sync.Mutex // guards conn; not held during Read and Write
	conn    net.Conn   // nil once closed
}

func dial(address string) (Device, error) {
	conn, err := net.DialTimeout("tcp", address, dialTime)
	if err != nil {
		return nil, err
	}
	return &tcp{address: address, conn: conn}, nil
}

func (t *tcp) current() (net.Conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil {
		return nil, net.ErrClosed
	}
	return t.conn, nil
}

func (t *tcp) Read(p []byte) (int, error) {
	conn, err := t.current()
	if err != nil {
		return 0, err
	}
	return conn.Read(p)
}

func (t *tcp) Write(p []byte) (int, error) {
	conn, err := t.current()
	if err != nil {
		return 0, err
	}
	return conn.Write(p)
}

func (t *tcp) SetReadDeadline(at time.Time) error {
	conn, err := t.current()
	if err != nil {
		return err
	}
	return conn.SetReadDeadline(at)
}

func (t *tcp) SetWriteDeadline(at time.Time) error {
	conn, err := t.current()
	if err != nil {
		return err
	}
	return conn.SetWriteDeadline(at)
}

// Reopen connects anew.
func (t *tcp) Reopen() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil {
		return net.ErrClosed
	}
	err := t.conn.Close()
	t.conn = nil
	if err != nil {
		return err
	}
	t.conn, err = net.DialTimeout("tcp", t.address, dialTime)
	return err
}

func (t *tcp) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil {
		return nil
	}
	conn := t.conn
	t.conn = nil
	return conn.Close()
}

// Bounds of Ask.
const (
	answerTime = 500 * time.Millisecond // that the answer may take
	maxSaid    = 4096                   // bytes that may come before the OK: unsolicited codes
)

// Ask opens the device at path and asks whether a modem is there that answers
// AT with OK. The error tells why not.
func Ask(path string) (err error) {
	dev, err := Open(path, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	by := time.Now().Add(answerTime)
	if err := errors.Join(dev.SetReadDeadline(by), dev.SetWriteDeadline(by)); err != nil {
		return err
	}
	if _, err := dev.Write([]byte("AT\r")); err != nil {
		return err
	}
	var said []byte
	buf := make([]byte, 256)
	for !strings.Contains(string(said), "\r\nOK\r\n") {
		n, err := dev.Read(buf)
		said = append(said, buf[:n]...)
		switch {
		case err == nil && len(said) <= maxSaid:
		case err == nil:
			return errors.New("it talks, but does not answer AT with OK")
		case errors.Is(err, os.ErrDeadlineExceeded) && len(said) == 0:
			return errors.New("it does not answer AT")
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("it answers AT with %q", said)
		default:
			return err
		}
	}
	return nil
}
