package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// UnixPrefix begins an address that is a Unix socket: unix:/run/qsim.sock.
const UnixPrefix = "unix:"

// CheckAddress tells what is wrong with an address to serve on, or to call: it
// is unix:PATH or HOST:PORT. nil: nothing that can be seen.
func CheckAddress(addr string) error {
	if path, ok := strings.CutPrefix(addr, UnixPrefix); ok {
		if path == "" {
			return errors.New("unix: wants a path")
		}
		return nil
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is neither unix:PATH nor HOST:PORT", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port from 0 to 65535", addr)
	}
	return nil
}

// listen opens the address. shown is what a client calls.
func listen(addr string, insecure bool) (l net.Listener, shown string, err error) {
	if err := CheckAddress(addr); err != nil {
		return nil, "", err
	}
	if path, ok := strings.CutPrefix(addr, UnixPrefix); ok {
		path, err := filepath.Abs(path)
		if err != nil {
			return nil, "", err
		}
		l, err := listenUnix(path)
		return l, UnixPrefix + path, err
	}
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, "", err
	}
	if !insecure && !tcp.IP.IsLoopback() {
		return nil, "", fmt.Errorf("%s can be reached from other machines, and nobody is asked who he is: "+
			"use 127.0.0.1 or a Unix socket, or say that it may be insecure", addr)
	}
	l, err = net.ListenTCP("tcp", tcp)
	if err != nil {
		return nil, "", err
	}
	return l, l.Addr().String(), nil
}

// maxSocketPath is the longest path of a socket in bytes: that of macOS, which is
// the shorter one.
const maxSocketPath = 103

// socket is a Unix socket that takes its file along when it is closed.
type socket struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// listenUnix opens a socket that nobody but its user can open: it gets its name
// when it has its mode. The directory is locked meanwhile, so that of two that
// start at once one sees the other.
func listenUnix(path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	// Always the same one: what a killed process leaves is the next one's.
	temporary := filepath.Join(dir, ".qsim.next")
	if n := max(len(path), len(temporary)); n > maxSocketPath {
		return nil, fmt.Errorf("the path of %d bytes is too long for a socket: %d at the most", n, maxSocketPath)
	}
	unlock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := errors.Join(free(path), free(temporary)); err != nil {
		return nil, err
	}
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(temporary, 0o600)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(temporary))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{l, path, info}, nil
}

// free refuses a path that is in use. The socket of a process that has gone is
// not: nobody answers there.
func free(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there already, and is no socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("%s is in use by another process", path), conn.Close())
	case errors.Is(err, unix.ECONNREFUSED):
		return nil
	}
	return fmt.Errorf("%s is there already, and does not say whose it is: %w", path, err)
}

// lockTime is far longer than anybody needs a directory for.
const lockTime = 2 * time.Second

// lockDirectory keeps others of us from a directory.
func lockDirectory(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	for end := time.Now().Add(lockTime); ; time.Sleep(5 * time.Millisecond) {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil // which gives the lock back
		}
		if time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("%s is locked: %w", dir, err), f.Close())
		}
	}
}

// Close closes the socket and removes its file, if it is still that.
func (s *socket) Close() error {
	err := s.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		return err
	}
	if now, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(now, s.info) {
		if removed := os.Remove(s.path); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	return err
}
