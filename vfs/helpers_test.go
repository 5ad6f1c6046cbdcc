package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func open(t testing.TB, dir string, capacity int64) *FS {
	t.Helper()
	ufs, err := Open(dir, capacity)
	check(t, err)
	t.Cleanup(func() { check(t, ufs.Close()) })
	return ufs
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func wantFile(t testing.TB, ufs *FS, name, content string) {
	t.Helper()
	data, err := ufs.ReadFile(name)
	check(t, err)
	if string(data) != content {
		t.Fatalf("%q holds %q, want %q", name, data, content)
	}
}

func wantNames(t testing.TB, ufs *FS, want ...string) {
	t.Helper()
	infos, err := ufs.List()
	check(t, err)
	got := make([]string, 0, len(infos))
	for _, info := range infos {
		got = append(got, info.Name)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("files %q, want %q", got, want)
	}
}

// drop puts a file into a directory by hand.
func drop(t testing.TB, dir, host, content string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, host), []byte(content), 0o600))
}

// hostFiles returns the names of what is in a directory of the host, sorted.
func hostFiles(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// leftovers returns the temporary files in a store's directory.
func leftovers(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, private, tempPrefix+"*"))
	check(t, err)
	return found
}
