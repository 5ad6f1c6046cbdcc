package vfs

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestHostNames(t *testing.T) {
	for _, test := range []struct{ name, host string }{
		{"cacert.pem", "cacert.pem"},
		{"CA.pem", "CA.pem"},
		{"user_key-2+a=b@c~.pem", "user_key-2+a=b@c~.pem"},
		{".", "%2e"},
		{"..", "%2e."},
		{"../../etc/passwd", "%2e.%2f..%2fetc%2fpasswd"},
		{"/etc/passwd", "%2fetc%2fpasswd"},
		{".qsim", "%2eqsim"},
		{".qsim/nv-at", "%2eqsim%2fnv-at"},
		{"my cert.pem", "my%20cert.pem"},
		{"100%", "100%25"},
		{"%41", "%2541"},
		{"ü", "%c3%bc"},
		{"\xff\r\n", "%ff%0d%0a"},
		{"*", "%2a"},
		{`a\b:c`, "a%5cb%3ac"},
	} {
		if got := hostName(test.name); got != test.host {
			t.Errorf("%q is stored as %q, want %q", test.name, got, test.host)
		}
		if got, ok := fileName(test.host); !ok || got != test.name {
			t.Errorf("%q is read as %q, %v, want %q", test.host, got, ok, test.name)
		}
	}
}

// What a user may drop into the directory, and what it is called then.
func TestForeignHostNames(t *testing.T) {
	const none = ""
	for _, test := range []struct{ host, name string }{
		{"CA.PEM", "CA.PEM"},
		{"my cert.pem", "my cert.pem"},
		{"ü.pem", "ü.pem"},
		{"100%.pem", "100%.pem"},
		{"100%2", "100%2"},
		{"%zz", "%zz"},
		{"%00", "%00"}, // a name has no NUL, so this is no escape
		{"%4A%4a", "JJ"},
		{strings.Repeat("%61", MaxName), strings.Repeat("a", MaxName)},
		{strings.Repeat("a", MaxName+1), none},
		{strings.Repeat("%61", MaxName+1), none},
		{".DS_Store", none},
		{".qsim", none},
		{"", none},
	} {
		if got, ok := fileName(test.host); got != test.name && ok || ok != (test.name != none) {
			t.Errorf("%q is read as %q, %v, want %q", test.host, got, ok, test.name)
		}
	}
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"a":                            true,
		"..":                           true,
		"\xff":                         true,
		strings.Repeat("x", MaxName):   true,
		"":                             false,
		"a\x00":                        false,
		strings.Repeat("x", MaxName+1): false,
		strings.Repeat("x", 300):       false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
	}
}

// FuzzName: each valid name has two host names, both of which any host file
// system can hold inside the directory, and both lead back to it.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"cacert.pem", "..", "a/b", ".qsim", "%41", "A\xff\x00", strings.Repeat("Ü", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !ValidName(name) {
			return
		}
		for _, host := range []string{hostName(name), hostNameEscaped(name)} {
			if !filepath.IsLocal(host) || filepath.Base(host) != host || host[0] == '.' {
				t.Errorf("%q is stored outside, as %q", name, host)
			}
			if len(host) > 255 || strings.IndexFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
				t.Errorf("%q is stored as %q, which not every host can hold", name, host)
			}
			if back, ok := fileName(host); !ok || back != name {
				t.Errorf("%q is stored as %q and read as %q, %v", name, host, back, ok)
			}
		}
		if setting := settingsName(name); len("nv-"+setting) > 255 || strings.ToLower(setting) != setting {
			t.Errorf("setting %q is stored as %q", name, setting)
		}
	})
}

// FuzzHostName: no name found in a directory does harm, and what it is taken
// for is a valid name.
func FuzzHostName(f *testing.F) {
	for _, seed := range []string{"cacert.pem", "%", "%4", "%4g", "%00", "%2e%2e", ".x", "\xff%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if name, ok := fileName(host); ok && !ValidName(name) {
			t.Errorf("%q is read as %q", host, name)
		}
	})
}

// FuzzNameInStore takes a name all the way: through a directory and through
// memory, beside a file whose name differs in case.
func FuzzNameInStore(f *testing.F) {
	for _, seed := range []string{"cacert.pem", "..", "a/b", ".qsim", "%41", "A\xff", "\x00"} {
		f.Add(seed)
	}
	directory := open(f, f.TempDir(), 1<<20)
	f.Fuzz(func(t *testing.T, name string) {
		for _, ufs := range []*FS{directory, NewMemory(1 << 20)} {
			err := ufs.Create(name, []byte(name))
			if !ValidName(name) {
				wantError(t, err, ErrName)
				continue
			}
			check(t, err)
			if other := swapCase(name); other != name {
				check(t, ufs.Create(other, []byte(other)))
				wantFile(t, ufs, other, other)
				check(t, ufs.Remove(other))
			}
			wantFile(t, ufs, name, name)
			wantNames(t, ufs, name)
			check(t, ufs.Remove(name))
		}
	})
}

// swapCase changes the case of the ASCII letters of a name.
func swapCase(name string) string {
	swapped := []byte(name)
	for i, b := range swapped {
		if 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' {
			swapped[i] = b ^ 0x20
		}
	}
	return string(swapped)
}
