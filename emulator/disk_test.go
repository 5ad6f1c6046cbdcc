package emulator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/vfs"
)

// provokedElsewhere is in the environment of a process in which a provocation
// may change what it finds.
const provokedElsewhere = "QSIM_TEST_PROVOKED_ELSEWHERE"

// elsewhere runs this provocation in a process of its own, in which it calls f.
// Where the machine does not allow such a process, the test is skipped.
func (p provoker) elsewhere(as *syscall.SysProcAttr, f func()) {
	p.t.Helper()
	if os.Getenv(provokedElsewhere) != "" {
		f()
		return
	}
	var name []string
	for _, part := range strings.Split(p.t.Name(), "/") {
		name = append(name, "^"+regexp.QuoteMeta(part)+"$")
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", strings.Join(name, "/"))
	cmd.Env = append(os.Environ(), provokedElsewhere+"=1")
	cmd.SysProcAttr = as
	out, err := cmd.CombinedOutput()
	switch text := string(out); {
	case len(out) == 0 && err != nil, strings.Contains(text, "--- SKIP: "+p.t.Name()):
		p.t.Skipf("%v\n%s", err, text)
	case err != nil || !strings.Contains(text, "--- PASS: "+p.t.Name()):
		p.t.Errorf("%v\n%s", err, text)
	}
}

// onFullDisk has f come by the error on a modem whose disk is full, but for the
// file a, and can be freed.
func (p provoker) onFullDisk(f func(b *bench, free func())) {
	p.t.Helper()
	p.onDisk("size=64k", func(files *vfs.FS, dir string) {
		if err := files.Create("a", []byte("hello")); err != nil {
			p.t.Fatal(err)
		}
		filler := filepath.Join(filepath.Dir(dir), "filler")
		p.on(emulator.Options{Files: files}, func(b *bench) {
			if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err == nil {
				b.t.Fatal("the disk takes everything")
			}
			f(b, func() {
				if err := os.Remove(filler); err != nil {
					b.t.Fatal(err)
				}
			})
		})
		left, err := filepath.Glob(filepath.Join(dir, ".qsim", "tmp-*"))
		if err != nil || len(left) > 0 {
			p.t.Errorf("left behind: %v %v", left, err)
		}
	})
}

// limitFiles bounds the size of this process's files, in bytes.
func (p provoker) limitFiles(bytes uint64) {
	p.t.Helper()
	// The runtime ignores SIGXFSZ, so that a write fails.
	if err := setFileLimit(bytes); err != nil {
		p.t.Skip(err)
	}
}
