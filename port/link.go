package port

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Linked is a symbolic link with a name that stays, to a device whose number
// does not.
//
// A lock file beside it, its name with ".lock" added, holds the process number
// of the owner and is locked as long as the owner lives, however it ends. So a
// link whose lock is free is a dead process's and is replaced; everything else
// at that place belongs to somebody and is not touched.
type Linked struct {
	path   string
	target string
	lock   *os.File
	once   sync.Once
	err    error // of Close
}

// lockLimit is more than a lock file of ours ever holds.
const lockLimit = 32

// Link makes path a symbolic link to target, a terminal device. What is at path
// already is replaced if it is such a link and its lock is free. The error names
// what is in the way and what to do about it.
func Link(path, target string) (*Linked, error) {
	if !isTerminal(target) {
		return nil, fmt.Errorf("port: link %s: target %s is not a terminal device", path, target)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("port: link %s: %w", path, err)
	}
	l := &Linked{path: path, target: target, lock: lock}
	if err := l.place(); err != nil {
		return nil, fmt.Errorf("port: link %s: %w", path, errors.Join(err, l.unlock()))
	}
	return l, nil
}

// Path is the link.
func (l *Linked) Path() string { return l.path }

// Close removes the link, if it is still this one, and its lock.
func (l *Linked) Close() error {
	l.once.Do(func() {
		if now, err := os.Readlink(l.path); err == nil && now == l.target {
			l.err = os.Remove(l.path)
		}
		l.err = errors.Join(l.err, l.unlock())
	})
	return l.err
}

// unlock removes the lock file while it is still locked, so that nobody else's
// is removed.
func (l *Linked) unlock() error {
	return errors.Join(os.Remove(l.lock.Name()), l.lock.Close())
}

// place puts the link in its place. The lock is held.
func (l *Linked) place() error {
	next := l.path + ".next"
	if err := clearLink(next); err != nil { // left behind by one killed right here
		return err
	}
	err := os.Symlink(l.target, l.path)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := ours(l.path); err != nil {
		return err
	}
	// Replaced in one step: at no moment is the name missing.
	if err := os.Symlink(l.target, next); err != nil {
		return err
	}
	if err := os.Rename(next, l.path); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return nil
}

// clearLink removes a link that Link may have made; nothing there is fine.
func clearLink(path string) error {
	err := ours(path)
	if err == nil {
		return os.Remove(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// ours tells whether what is at path is a link that Link may have made.
func ours(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSymlink {
		return fmt.Errorf("%s exists and is not a link to a terminal: remove it or choose another name", path)
	}
	target, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if !isTerminal(target) {
		return fmt.Errorf("%s exists and links to %s, not to a terminal: remove it or choose another name", path, target)
	}
	return nil
}

// isTerminal tells by its name whether a link's target is a pseudo-terminal:
// /dev/pts/5 on Linux, /dev/ttys005 on macOS. The device itself may be long
// gone.
func isTerminal(target string) bool {
	if target != filepath.Clean(target) {
		return false
	}
	number, ok := strings.CutPrefix(target, "/dev/pts/")
	if !ok {
		number, ok = strings.CutPrefix(target, "/dev/ttys")
	}
	return ok && number != "" && !strings.Contains(number, "/")
}

// lockFile takes the lock at path and writes our process number into it.
func lockFile(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
		if errors.Is(err, unix.ELOOP) {
			return nil, fmt.Errorf("lock file %s is a link: remove it or choose another name", path)
		}
		if err != nil {
			return nil, err
		}
		again, err := lockOpened(f)
		if err == nil && !again {
			return f, nil
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
}

// lockOpened locks an opened lock file. It must be opened again when its owner
// removed it in between.
func lockOpened(f *os.File) (again bool, err error) {
	path := f.Name()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("lock file %s is not a regular file: remove it or choose another name", path)
	}
	var lockErr error
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { lockErr = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
	}
	if err != nil {
		return false, err
	}
	holder, err := lockHolder(f)
	if err != nil {
		return false, err
	}
	if errors.Is(lockErr, unix.EWOULDBLOCK) {
		return false, fmt.Errorf("in use by process %s (lock file %s): stop it or choose another name", holder, path)
	}
	if lockErr != nil {
		return false, os.NewSyscallError("flock", lockErr)
	}
	now, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(now, info) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if err := f.Truncate(0); err != nil {
		return false, err
	}
	_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return false, err
}

// lockHolder is the process number in a lock file, "unknown" when there is none
// yet. A file that holds anything else is not a lock of ours.
func lockHolder(f *os.File) (string, error) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, lockLimit))
	if err != nil {
		return "", err
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return "unknown", nil
	}
	if _, err := strconv.ParseUint(string(text), 10, 32); err != nil {
		return "", fmt.Errorf("%s is not a lock file of ours: move it or choose another name", f.Name())
	}
	return string(text), nil
}
