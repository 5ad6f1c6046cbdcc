package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// tempDir is t.TempDir for a rapid test: one for each run of the property.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "vfs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// wantTidy fails if a store in parent/ufs left its directory, forgot a
// temporary file, or used host names that a case-insensitive host confuses.
func wantTidy(t *rapid.T, parent string) {
	names := func(dir string) []string {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	if outside := names(parent); !slices.Equal(outside, []string{"ufs"}) {
		t.Fatalf("outside the store: %q", outside)
	}
	for _, dir := range []string{parent + "/ufs", parent + "/ufs/" + private} {
		hosts := names(dir)
		for i, a := range hosts {
			if strings.HasPrefix(a, tempPrefix) {
				t.Fatalf("forgotten: %q", a)
			}
			for _, b := range hosts[:i] {
				if strings.EqualFold(a, b) {
					t.Fatalf("host names %q and %q differ in case only", a, b)
				}
			}
		}
	}
}

func TestStoredAsItself(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 1<<20)
	for _, name := range []string{"cacert.pem", "CA.pem", "ca.pem", "..", "a b"} {
		check(t, ufs.Create(name, []byte(name)))
	}
	want := []string{"%2e.", "%63%61%2e%70%65%6d", ".qsim", "CA.pem", "a%20b", "cacert.pem"}
	if got := hostFiles(t, dir); !slices.Equal(got, want) {
		t.Errorf("host files %q, want %q", got, want)
	}
	check(t, ufs.WriteFile("ca.pem", []byte("again")))
	wantFile(t, ufs, "CA.pem", "CA.pem")
	wantFile(t, ufs, "ca.pem", "again")
}

// The store survives the process, and a directory that is only read is not
// changed by it.
func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	check(t, open(t, dir, 1<<20).Create("a", []byte("kept")))
	again := open(t, dir, 1<<20)
	wantFile(t, again, "a", "kept")

	untouched := t.TempDir()
	drop(t, untouched, "a", "by hand")
	ufs := open(t, untouched, 1<<20)
	wantFile(t, ufs, "a", "by hand")
	if got := hostFiles(t, untouched); !slices.Equal(got, []string{"a"}) {
		t.Errorf("host files %q after reading", got)
	}
}

func TestDroppedInByHand(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 1<<20)
	wantNames(t, ufs)
	for _, host := range []string{"ca.pem", "Upper.PEM", "my cert.pem", "100%", "my%2bcert.pem", ".hidden", strings.Repeat("x", 81)} {
		drop(t, dir, host, host)
	}
	check(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
	check(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	check(t, os.Symlink("ca.pem", filepath.Join(dir, "inside")))
	check(t, os.Symlink("/etc/passwd", filepath.Join(dir, "outside")))

	wantNames(t, ufs, "100%", "Upper.PEM", "ca.pem", "inside", "my cert.pem", "my+cert.pem")
	wantFile(t, ufs, "Upper.PEM", "Upper.PEM")
	wantFile(t, ufs, "my cert.pem", "my cert.pem")
	wantFile(t, ufs, "my+cert.pem", "my%2bcert.pem")
	wantFile(t, ufs, "inside", "ca.pem")
	for _, name := range []string{"upper.pem", ".hidden", "directory", "fifo", "outside"} {
		_, err := ufs.ReadFile(name)
		wantError(t, err, ErrNotFound)
	}

	// What has such a name already is neither replaced nor in the way.
	for _, name := range []string{"upper.pem", ".hidden", "directory", "fifo", "outside"} {
		check(t, ufs.Create(name, []byte("new "+name)))
		wantFile(t, ufs, name, "new "+name)
	}
	wantFile(t, ufs, "Upper.PEM", "Upper.PEM")

	// What is there is replaced where it is.
	check(t, ufs.WriteFile("my cert.pem", []byte("replaced")))
	if data, err := os.ReadFile(filepath.Join(dir, "my cert.pem")); err != nil || string(data) != "replaced" {
		t.Errorf("my cert.pem holds %q, %v", data, err)
	}
}

func TestTwoSpellings(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 1<<20)
	drop(t, dir, "a%20b", "escaped")
	wantFile(t, ufs, "a b", "escaped")
	drop(t, dir, "a b", "plain")
	drop(t, dir, "%61%20b", "escaped twice")
	wantFile(t, ufs, "a b", "plain")
	wantNames(t, ufs, "a b")
	infos, err := ufs.List()
	check(t, err)
	if infos[0].Size != int64(len("plain")) {
		t.Errorf("List has the size of another spelling: %d", infos[0].Size)
	}
	check(t, ufs.Remove("a b"))
	wantNames(t, ufs)
	check(t, ufs.Create("a b", nil))
}

func TestMoreThanTheCapacity(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 2*Unit)
	drop(t, dir, "huge", "")
	check(t, os.Truncate(filepath.Join(dir, "huge"), 1<<40)) // sparse
	_, err := ufs.ReadFile("huge")
	wantError(t, err, ErrTooLarge)
	usage, err := ufs.Usage()
	check(t, err)
	if usage != (Usage{Total: 2 * Unit, Free: 0, Used: 1 << 40, Files: 1}) {
		t.Errorf("usage %+v", usage)
	}
	wantError(t, ufs.Create("a", nil), ErrNoSpace)
	check(t, ufs.WriteFile("huge", make([]byte, 2*Unit)))
	if data, err := ufs.ReadFile("huge"); err != nil || len(data) != 2*Unit {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	drop(t, dir, "file", "")
	for _, path := range []string{filepath.Join(dir, "file"), filepath.Join(dir, "file", "below"), ""} {
		_, err := Open(path, 1)
		wantError(t, err, ErrOpen)
	}
}

// A directory that takes no new files, as on a read-only disk: it is made so by
// what even root cannot get around, a file in the place of the private
// directory.
func TestNotWritable(t *testing.T) {
	dir := t.TempDir()
	drop(t, dir, private, "")
	drop(t, dir, "a", "old")
	ufs := open(t, dir, 1<<20)
	wantError(t, ufs.Create("b", []byte("new")), ErrWrite)
	wantError(t, ufs.WriteFile("a", []byte("new")), ErrWrite)
	wantError(t, ufs.SaveSettings("a", []byte("new")), ErrWrite)
	wantFile(t, ufs, "a", "old")
	wantNames(t, ufs, "a")
}

func TestDirectoryRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ufs")
	ufs := open(t, dir, 1<<20)
	check(t, ufs.Create("a", []byte("x")))
	check(t, os.RemoveAll(dir))
	_, listErr := ufs.List()
	_, usageErr := ufs.Usage()
	_, statErr := ufs.Stat("a")
	_, readErr := ufs.ReadFile("a")
	_, loadErr := ufs.LoadSettings("a")
	for _, test := range []struct {
		name      string
		err, want error
	}{
		{"List", listErr, ErrList},
		{"Usage", usageErr, ErrList},
		{"Stat", statErr, ErrOpen},
		{"ReadFile", readErr, ErrOpen},
		{"LoadSettings", loadErr, ErrNotFound},
		{"Create", ufs.Create("b", nil), ErrList},
		{"WriteFile", ufs.WriteFile("a", nil), ErrList},
		{"Remove", ufs.Remove("a"), ErrOpen},
		{"SaveSettings", ufs.SaveSettings("a", nil), ErrWrite},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.err, test.want)
		}
	}
}

func TestClosed(t *testing.T) {
	ufs, err := Open(t.TempDir(), 1<<20)
	check(t, err)
	check(t, ufs.Close())
	_, err = ufs.List()
	wantError(t, err, ErrList)
	wantError(t, err, os.ErrClosed)
	wantError(t, ufs.Create("a", nil), ErrList)
}
