//go:build !linux && !darwin

package device

import (
	"errors"
	"fmt"
	"os"
)

// openRated fails: only on Linux and macOS is it known how.
func openRated(path string, rate int) (*os.File, error) {
	return nil, fmt.Errorf("set %s to %d bit/s: %w", path, rate, errors.ErrUnsupported)
}
