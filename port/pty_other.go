//go:build !linux && !darwin

package port

import (
	"errors"
	"fmt"
	"runtime"
)

// PTY is a pseudo-terminal; there is none on this system.
type PTY struct{ *PipePort }

// OpenPTY fails: only Linux and macOS have the PTYs this package knows.
func OpenPTY() (*PTY, error) {
	return nil, fmt.Errorf("port: open a PTY on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// Baud fails as OpenPTY does.
func (*PTY) Baud() (int, error) { return 0, errors.ErrUnsupported }
