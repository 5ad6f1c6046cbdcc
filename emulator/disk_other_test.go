//go:build !linux

package emulator_test

import (
	"errors"

	"github.com/quectel-sim/qsim/vfs"
)

func (p provoker) onDisk(string, func(files *vfs.FS, dir string)) {
	p.t.Helper()
	p.t.Skip("only Linux mounts a disk for everybody")
}

func setFileLimit(uint64) error { return errors.New("the runtime may not ignore SIGXFSZ here") }
