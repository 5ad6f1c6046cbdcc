package vfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Mode is what a file is opened for.
type Mode uint8

// The modes, with the numbers of AT+QFOPEN (family FILE application note).
const (
	Update   Mode = iota // read and write what is there; made, empty, if there is nothing
	Truncate             // read and write, from nothing
	ReadOnly             // must be there
)

// File is an open file, for access at any place in it. Get one from
// FS.OpenFile.
//
// The file in the store stays what it is until Sync or Close puts the new
// content in its place, whole, in one step. Before that nothing but the File
// shows what was written: not List, not ReadFile, and after a kill at any moment
// the file is the old one. The space that the new content takes is taken as it
// is written, so that Close does not find the store full.
//
// A File is safe for concurrent use.
type File struct {
	fs       *FS
	name     string
	readOnly bool

	// Under the lock of fs.
	data    []byte
	changed bool // data is not what the store has
	closed  bool
}

// OpenFile opens a file. No file can be open twice. One that Update or Truncate
// makes is in the store at once, empty. Errors: ErrName, ErrOpened, ErrNotFound
// in mode ReadOnly, those of ReadFile for what is there and of Create for what
// is made.
func (f *FS) OpenFile(name string, mode Mode) (*File, error) {
	if !ValidName(name) {
		return nil, fail("open", name, ErrName, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[name] != nil {
		return nil, fail("open", name, ErrOpened, nil)
	}
	file := &File{fs: f, name: name, readOnly: mode == ReadOnly}
	if err := file.load(mode); err != nil {
		return nil, err
	}
	f.open[name] = file
	return file, nil
}

// load reads the file as the mode has it, or makes it.
func (o *File) load(mode Mode) error {
	f := o.fs
	info, err := f.store.stat(o.name)
	switch {
	case err == nil && mode == Truncate:
		o.changed = info.Size > 0
	case err == nil:
		o.data, err = f.store.read(o.name, f.capacity)
	case errors.Is(err, ErrNotFound) && mode != ReadOnly:
		if err = f.fits("open", o.name, 0); err == nil {
			err = f.store.create(o.name, nil)
		}
	}
	return err
}

// Name is the file's name.
func (o *File) Name() string { return o.name }

// Size is how long the file is, in bytes, what was written counted; 0 once it is
// closed.
func (o *File) Size() int64 {
	o.fs.mu.RLock()
	defer o.fs.mu.RUnlock()
	return int64(len(o.data))
}

// ReadAt is that of io.ReaderAt. What was written is read. Errors: io.EOF,
// ErrClosed, ErrRead, also of an offset below 0.
func (o *File) ReadAt(p []byte, offset int64) (int, error) {
	o.fs.mu.RLock()
	defer o.fs.mu.RUnlock()
	switch {
	case o.closed:
		return 0, fail("read", o.name, ErrClosed, nil)
	case offset < 0:
		return 0, fail("read", o.name, ErrRead, errOffset(offset))
	case offset >= int64(len(o.data)):
		return 0, io.EOF
	}
	if err := o.fs.medium("read", o.name, ErrRead); err != nil {
		return 0, err
	}
	n := copy(p, o.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes all of p at an offset, or nothing. What lies between the end of
// the file and an offset behind it becomes zeros. Errors: ErrClosed,
// ErrReadOnly, ErrNoSpace, ErrTooLarge, ErrList, ErrWrite, also of an offset
// below 0.
func (o *File) WriteAt(p []byte, offset int64) (int, error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if err := o.writable(); err != nil {
		return 0, err
	}
	if offset < 0 {
		return 0, fail("write", o.name, ErrWrite, errOffset(offset))
	}
	if err := o.takes(offset, len(p)); err != nil || len(p) == 0 {
		return 0, err
	}
	if err := o.fs.medium("write", o.name, ErrWrite); err != nil {
		return 0, err
	}
	if missing := offset + int64(len(p)) - int64(len(o.data)); missing > 0 {
		o.data = append(o.data, make([]byte, missing)...)
	}
	o.changed = true
	return copy(o.data[offset:], p), nil
}

// Takes tells whether WriteAt would find room for so many bytes at an offset.
// Errors: those of WriteAt.
func (o *File) Takes(offset int64, length int) error {
	o.fs.mu.RLock()
	defer o.fs.mu.RUnlock()
	if err := o.writable(); err != nil {
		return err
	}
	return o.takes(offset, length)
}

// takes is Takes of a file that is open. What the file has taken already it may
// use, however full the store has become.
func (o *File) takes(offset int64, length int) error {
	f := o.fs
	size := offset + int64(length)
	switch {
	case size < offset: // more than a number can tell
		return fail("write", o.name, ErrTooLarge, nil)
	case allocated(size) <= allocated(int64(len(o.data))):
		return nil
	}
	return f.fits("write", o.name, size)
}

// Truncate cuts the file off behind size bytes; a shorter one stays as it is.
// Errors: ErrClosed, ErrReadOnly, ErrWrite of a size below 0.
func (o *File) Truncate(size int64) error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if err := o.writable(); err != nil {
		return err
	}
	if size < 0 {
		return fail("truncate", o.name, ErrWrite, errOffset(size))
	}
	if size < int64(len(o.data)) {
		o.data, o.changed = bytes.Clone(o.data[:size]), true
	}
	return nil
}

func (o *File) writable() error {
	switch {
	case o.closed:
		return fail("write", o.name, ErrClosed, nil)
	case o.readOnly:
		return fail("write", o.name, ErrReadOnly, nil)
	}
	return nil
}

// Sync puts what was written into the store, whole or not at all. Errors:
// ErrClosed, ErrWrite, ErrOpen, and ErrNoSpace or ErrTooLarge when the host is
// full or limits its files.
func (o *File) Sync() error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if o.closed {
		return fail("sync", o.name, ErrClosed, nil)
	}
	return o.sync()
}

func (o *File) sync() error {
	if !o.changed {
		return nil
	}
	err := o.fs.store.replace(o.name, o.data)
	o.changed = err != nil
	return err
}

// Close puts what was written into the store, as Sync does, and closes the file
// in any case: when it fails, the file in the store is the old one, and what was
// written is lost. Errors: those of Sync.
func (o *File) Close() error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if o.closed {
		return fail("close", o.name, ErrClosed, nil)
	}
	err := o.sync()
	o.leave()
	return err
}

// Discard closes the file as a loss of power does: what was written since the
// last Sync is lost. It does nothing to a file that is closed.
func (o *File) Discard() {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	o.leave()
}

func (o *File) leave() {
	if o.closed {
		return
	}
	o.closed, o.data = true, nil
	delete(o.fs.open, o.name)
}

func errOffset(offset int64) error { return fmt.Errorf("at byte %d", offset) }
