package vfs

import (
	"errors"
	"fmt"
	"syscall"
)

// What can go wrong. Each error of this package wraps exactly one of these
// (ask errors.Is), with the name of the file and, where the host's file system
// is to blame, its error. The numbers are those of +CME ERROR for file commands
// (seed document [2], family).
var (
	ErrNotFound = errors.New("file not found")            // CME 405
	ErrName     = errors.New("invalid file name")         // CME 406
	ErrExist    = errors.New("file already exists")       // CME 407
	ErrWrite    = errors.New("failed to write the file")  // CME 409
	ErrOpen     = errors.New("failed to open the file")   // CME 410
	ErrRead     = errors.New("failed to read the file")   // CME 411
	ErrReadOnly = errors.New("file is read-only")         // CME 414
	ErrClosed   = errors.New("file is not open")          // CME 416
	ErrList     = errors.New("failed to list the files")  // CME 417 or, of Usage, 419
	ErrRemove   = errors.New("failed to remove the file") // CME 418
	ErrNoSpace  = errors.New("no space")                  // CME 420
	ErrTooLarge = errors.New("file too large")            // CME 423
	ErrOpened   = errors.New("file is open already")      // CME 426
)

// fail makes the error of an operation on a file. The cause may be nil.
func fail(op, name string, kind, cause error) error {
	if cause == nil {
		return fmt.Errorf("%s %q: %w", op, name, kind)
	}
	return fmt.Errorf("%s %q: %w: %w", op, name, kind, cause)
}

// writeKind tells a host that is full, or that limits the size of a file, from
// one that cannot write at all.
func writeKind(cause error) error {
	switch {
	case errors.Is(cause, syscall.ENOSPC), errors.Is(cause, syscall.EDQUOT):
		return ErrNoSpace
	case errors.Is(cause, syscall.EFBIG):
		return ErrTooLarge
	default:
		return ErrWrite
	}
}
