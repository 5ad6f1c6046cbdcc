package emulator_test

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/quectel-sim/qsim/vfs"
)

// onDisk calls f, in a process of its own, with a store in a directory on a disk
// that was mounted with some options. The kernel lets everybody do so among
// mounts and users of one's own, unless the machine's owner forbids it.
func (p provoker) onDisk(options string, f func(files *vfs.FS, dir string)) {
	p.t.Helper()
	as := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	p.elsewhere(as, func() {
		disk := p.t.TempDir()
		if err := syscall.Mount("disk", disk, "tmpfs", 0, options); err != nil {
			p.t.Skip("mount: ", err)
		}
		p.t.Cleanup(func() {
			if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
				p.t.Error(err)
			}
		})
		dir := filepath.Join(disk, "ufs")
		f(p.store(dir, 1<<20), dir)
	})
}

func setFileLimit(bytes uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
