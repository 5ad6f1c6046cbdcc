package bench

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	privatePrefix = "qsim-"   // of a directory for one socket
	privateSocket = "control" // in it
)

// maxSocket is how long the path of a socket may be (unix(7)), with room for its
// name.
const maxSocket = 90

// shortDir makes a directory for a socket: where temporary files go, or in /tmp
// where that path is too long or is not there.
func shortDir() (string, error) {
	sweep(os.TempDir())
	dir, err := os.MkdirTemp("", privatePrefix)
	if err == nil && len(dir) <= maxSocket {
		return dir, nil
	}
	if err == nil {
		err = os.Remove(dir)
	}
	short, failure := os.MkdirTemp("/tmp", privatePrefix)
	if failure != nil {
		return "", errors.Join(err, failure)
	}
	return short, nil
}

// sweep removes from a directory the private sockets of processes that were
// killed: nobody answers there. What another user has made stays, wherever it may
// lead, and so does what cannot be removed; it does no harm.
func sweep(temporary string) {
	sockets, err := filepath.Glob(filepath.Join(temporary, privatePrefix+"*", privateSocket))
	if err != nil {
		return // the directory's name has a pattern in it
	}
	for _, path := range sockets {
		if owned(filepath.Dir(path)) && dead(path) && os.Remove(path) == nil {
			_ = os.Remove(filepath.Dir(path)) // if that was all there is
		}
	}
}

// owned reports whether a path is a directory of this user, and no link to one.
func owned(path string) bool {
	var info unix.Stat_t
	return unix.Lstat(path, &info) == nil && info.Mode&unix.S_IFMT == unix.S_IFDIR && int(info.Uid) == os.Geteuid()
}

// dead reports whether a path is a socket at which nobody listens any more.
func dead(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return errors.Is(err, unix.ECONNREFUSED)
	}
	_ = conn.Close() // nothing was said
	return false
}
