package vfs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

const (
	// private is the directory, in the store's, of what is not a file of the
	// module: temporary files (tmp-*) and settings (nv-*). It is made by the
	// first write, so that a directory that is only read stays as it is.
	private = ".qsim"

	tempPrefix = "tmp-"
)

// commit stores data as the host file host, whole or not at all: it writes a
// temporary file, has place put it at host, and sees to it that all of this
// survives a crash. When it fails, host is as it was, unless it is the last
// step that fails, the one that forces the directory to the disk.
func (d *directory) commit(host string, data []byte, place func(temp, host string) error) error {
	f, temp, err := d.newTemp()
	if err != nil {
		return err
	}
	err = write(f, data)
	if err == nil {
		err = place(temp, host)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(temp), f.Close())
	}
	// Closed only now: until here the lock on f kept others from sweeping it.
	if err := f.Close(); err != nil {
		return err
	}
	return d.syncDir(path.Dir(host))
}

// write writes data and forces it to the disk.
func write(f *os.File, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// placeNew puts temp at host if nothing is there, and fails with fs.ErrExist if
// something is. A link does both in one step, so nothing that another process
// or the user puts there at this moment is lost.
func (d *directory) placeNew(temp, host string) error {
	err := d.root.Link(temp, host)
	switch {
	case err == nil:
		// If this fails, a second name of the file stays until the next Open.
		_ = d.root.Remove(temp)
		return nil
	case errors.Is(err, fs.ErrExist):
		return err
	default:
		return d.placeNewByRename(temp, host)
	}
}

// placeNewByRename is placeNew for host file systems without links (FAT, some
// network ones). It looks first, which is the best they offer.
func (d *directory) placeNewByRename(temp, host string) error {
	if _, err := d.root.Lstat(host); err == nil {
		return &fs.PathError{Op: "rename", Path: host, Err: fs.ErrExist}
	}
	return d.root.Rename(temp, host)
}

// newTemp makes an empty temporary file and locks it, to tell the sweep of
// another process that its writer lives. The lock goes with the file's closing,
// however the process ends.
func (d *directory) newTemp() (*os.File, string, error) {
	if err := d.makePrivate(); err != nil {
		return nil, "", err
	}
	// A sweep may come between making and locking; ten in a row do not.
	for range 10 {
		temp := private + "/" + tempPrefix + rand.Text()
		f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, "", err
		}
		locked := tryLock(f)
		if _, err := d.root.Lstat(temp); err == nil && !errors.Is(locked, syscall.EWOULDBLOCK) {
			return f, temp, nil // on a host file system without locks too
		}
		if err := f.Close(); err != nil {
			return nil, "", err
		}
	}
	return nil, "", fmt.Errorf("%s: temporary files vanish", private)
}

// makePrivate makes the private directory if it is missing.
func (d *directory) makePrivate() error {
	err := d.root.Mkdir(private, 0o755)
	switch {
	case err == nil:
		return d.syncDir(".")
	case errors.Is(err, fs.ErrExist):
		return nil
	default:
		return err
	}
}

// sweep removes temporary files whose writer is gone. What it cannot remove
// stays: it takes space on the host's disk and does no other harm, and a
// directory that cannot be written to must still open.
func (d *directory) sweep() {
	names, err := d.hostNames(private)
	if err != nil {
		return // most often because there is none yet
	}
	for _, name := range names {
		if strings.HasPrefix(name, tempPrefix) {
			d.sweepOne(private + "/" + name)
		}
	}
}

func (d *directory) sweepOne(temp string) {
	f, err := d.root.OpenFile(temp, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	if tryLock(f) == nil {
		_ = d.root.Remove(temp) // see sweep
	}
	_ = f.Close() // nothing was written
}

// tryLock takes the lock of an open file without waiting. The error is
// EWOULDBLOCK while another has it.
func tryLock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var locked error
	err = conn.Control(func(fd uintptr) {
		locked = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB)
	})
	return errors.Join(err, locked)
}

// syncDir forces a directory of the store to the disk, so that what was put
// into it or taken from it stays so. A host file system that has no such thing
// is taken as it is.
func (d *directory) syncDir(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
