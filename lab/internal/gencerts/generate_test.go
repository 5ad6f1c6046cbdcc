package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// contents reads every file of dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = string(data)
	}
	return out
}

// The committed files are complete and fit together: generating them again
// finds nothing to do. (Ruling 36.)
func TestCommittedFilesAreUpToDate(t *testing.T) {
	committed := contents(t, "../../pki")
	dir := t.TempDir()
	for name, data := range committed {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := generate(dir, false)
	if err != nil || len(written) != 0 {
		t.Errorf("generate wrote %q, %v; want nothing", written, err)
	}
	if !maps.Equal(contents(t, dir), committed) {
		t.Error("generate changed the files")
	}
	if got, want := len(committed), len(keys)+len(certs); got != want {
		t.Errorf("%d files are committed, the tables name %d", got, want)
	}
}

// What is missing or does not fit is made; the rest is kept.
func TestGenerateRepairs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed := contents(t, "../../pki")
	for name, data := range committed {
		write(name, data)
	}
	if err := os.Remove(filepath.Join(dir, "server_ec_key.pem")); err != nil {
		t.Fatal(err)
	}
	write("chained.pem", committed["expired.pem"]) // another issuer's
	write("client.pem", committed["echo.pem"])     // another key's

	written, err := generate(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range written {
		written[i] = filepath.Base(path)
	}
	if want := []string{"server_ec_key.pem", "echo_ec.pem", "chained.pem", "client.pem"}; !slices.Equal(written, want) {
		t.Errorf("generate wrote %q; want %q", written, want)
	}
	if written, err := generate(dir, false); err != nil || len(written) != 0 {
		t.Errorf("the second generate wrote %q, %v; want nothing", written, err)
	}

	write("echo.pem", "no PEM")
	if _, err := generate(dir, false); err == nil {
		t.Error("generate replaced a file it cannot read")
	}
}

func TestForceReplacesEverything(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // into an empty directory, then over what is there
		before := contents(t, dir)
		written, err := generate(dir, true)
		if err != nil || len(written) != len(keys)+len(certs) {
			t.Fatalf("generate wrote %d files, %v; want %d", len(written), err, len(keys)+len(certs))
		}
		for name, data := range contents(t, dir) {
			if before[name] == data {
				t.Errorf("%s is the same as before", name)
			}
		}
	}
}
