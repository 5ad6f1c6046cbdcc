package bench

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// shortTemp is a directory whose path leaves room for that of a socket.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestSweep: the private socket of a process that was killed goes with the next
// start; what lives, and what is no socket, stays.
func TestSweep(t *testing.T) {
	dir := shortTemp(t)
	t.Setenv("TMPDIR", dir)
	listen := func(name string) *net.UnixListener {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, name, "control"), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		return l
	}
	for _, name := range []string{"qsim-1", "qsim-2"} {
		if err := listen(name).Close(); err != nil {
			t.Fatal(err)
		}
	}
	defer listen("qsim-3").Close()
	if err := os.Mkdir(filepath.Join(dir, "qsim-4"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"qsim-2/mine", "qsim-4/control"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Another's directory, which a link in the temporary one leads to.
	elsewhere := shortTemp(t)
	if err := os.Symlink(elsewhere, filepath.Join(dir, "qsim-5")); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(elsewhere, "control"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b := start(t, Options{Control: PrivateControl})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := filepath.Glob(filepath.Join(dir, "*/*"))
	for i := range got {
		got[i], _ = filepath.Rel(dir, got[i])
	}
	if want := []string{"qsim-2/mine", "qsim-3/control", "qsim-4/control", "qsim-5/control"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("left: %q %v, want %q", got, err, want)
	}
	if dirs, _ := filepath.Glob(filepath.Join(dir, "*")); len(dirs) != 4 {
		t.Errorf("left: %q", dirs)
	}
}

// TestKilledBetween: what a process leaves that was killed in the midst of
// placing its ready file, its socket or its link is the next one's to remove.
func TestKilledBetween(t *testing.T) {
	dir := shortTemp(t)
	ready, link, socket := filepath.Join(dir, "ready"), filepath.Join(dir, "ttyQ"), filepath.Join(dir, "ctl")
	if err := os.WriteFile(filepath.Join(dir, ".ready.next"), []byte("half of something that is longer than what follows{}}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/pts/9999", link+".next"); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, ".qsim.next"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	b := start(t, Options{ReadyFile: ready, Link: link, Control: "unix:" + socket})
	data, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReady(data); err != nil || r.Device != b.Device() {
		t.Errorf("%+v, %v", r, err)
	}
	if info, err := os.Stat(ready); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	var names []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"ctl", "ready", "ttyQ", "ttyQ.lock"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("there are %q (%v), want %q", names, err, want)
	}
}
