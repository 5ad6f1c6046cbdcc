package vfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A temporary file goes at Open if its writer is dead, and only then.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 1<<20)
	check(t, ufs.SaveSettings("profile", []byte("kept")))
	drop(t, dir, private+"/tmp-DEAD", "half")

	writer, temp, err := ufs.store.(*directory).newTemp()
	check(t, err)
	open(t, dir, 1<<20)
	if got := leftovers(t, dir); len(got) != 1 || got[0] != filepath.Join(dir, temp) {
		t.Errorf("with a writer alive: %q, want %q", got, temp)
	}
	check(t, writer.Close())
	again := open(t, dir, 1<<20)
	if got := leftovers(t, dir); len(got) != 0 {
		t.Errorf("with no writer alive: %q", got)
	}
	settings, err := again.LoadSettings("profile")
	check(t, err)
	if string(settings) != "kept" {
		t.Errorf("settings %q", settings)
	}
}

// Both ways of putting a new file in its place refuse to replace one that came
// there since the store looked.
func TestPlaceNew(t *testing.T) {
	for name, place := range map[string]func(*directory) func(temp, host string) error{
		"link":   func(d *directory) func(temp, host string) error { return d.placeNew },
		"rename": func(d *directory) func(temp, host string) error { return d.placeNewByRename },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ufs := open(t, dir, 1<<20)
			d := ufs.store.(*directory)
			drop(t, dir, "there", "old")
			wantError(t, d.commit("there", []byte("new"), place(d)), fs.ErrExist)
			check(t, d.commit("new", []byte("new"), place(d)))
			wantFile(t, ufs, "there", "old")
			wantFile(t, ufs, "new", "new")
			if got := leftovers(t, dir); len(got) != 0 {
				t.Errorf("left: %q", got)
			}
		})
	}
}

// A file that cannot be put in its place costs nothing but that write, whatever
// the host's reason is.
func TestNotPlaced(t *testing.T) {
	for _, reason := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EACCES, syscall.EIO} {
		dir := t.TempDir()
		ufs := open(t, dir, 1<<20)
		check(t, ufs.WriteFile("a.pem", []byte("old")))
		err := ufs.store.(*directory).commit("a.pem", []byte("new"), func(string, string) error { return reason })
		if !errors.Is(err, reason) {
			t.Errorf("%v, want %v", err, reason)
		}
		wantFile(t, ufs, "a.pem", "old")
		if left := leftovers(t, dir); len(left) > 0 {
			t.Errorf("%v: rubbish %q", reason, left)
		}
		check(t, ufs.WriteFile("a.pem", []byte("new")))
		wantFile(t, ufs, "a.pem", "new")
	}
}

func TestWriteKind(t *testing.T) {
	for cause, want := range map[error]error{
		syscall.ENOSPC: ErrNoSpace,
		syscall.EDQUOT: ErrNoSpace,
		syscall.EFBIG:  ErrTooLarge,
		syscall.EROFS:  ErrWrite,
		syscall.EACCES: ErrWrite,
		syscall.EIO:    ErrWrite,
	} {
		wrapped := errors.Join(&fs.PathError{Op: "write", Path: "x", Err: cause}, os.ErrClosed)
		if got := writeKind(wrapped); got != want {
			t.Errorf("%v is %v, want %v", cause, got, want)
		}
	}
}
