package emulator_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/vfs"
)

// outside is what there is beside a file store: names and content of all below
// dir, but for what is below the store.
func outside(t *testing.T, dir, store string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all[path] = e.Type().String()
		if path == store {
			return filepath.SkipDir
		}
		if e.Type().IsRegular() {
			data, err := os.ReadFile(path)
			all[path] += string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// aFileError is how a command about files fails.
var aFileError = regexp.MustCompile(`^\r\n\+CME ERROR: 4(?:05|06|13|15|25)\r\n$`)

// TestHostileNames: names that would lead out of the directory of the file store,
// or that are none. Each command about them fails with a code, or is about a file
// of just that name in the store: nothing outside it is read, made, changed or
// deleted. Outside lies what the module would trust: the lab's CA.
func TestHostileNames(t *testing.T) {
	parent := t.TempDir()
	store := filepath.Join(parent, "ufs")
	files, err := vfs.Open(store, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	b := newBench(t, benchOptions{files: files})
	ca := b.lab.Files()["cacert.pem"]
	for _, name := range []string{"canary", "ufs2", "a"} {
		if err := os.WriteFile(filepath.Join(parent, name), ca, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := outside(t, parent, store)
	h := newHost(t, b.dev)
	h.ask("ATE0")
	h.ask(`AT+QIACT=1;+QSSLCFG="seclevel",1,1`)

	const taken = "" // as the name of a file
	for _, c := range []struct{ name, upload string }{
		{"..", taken},
		{".", taken},
		{"../canary", taken},
		{"../ufs/../canary", taken},
		{"UFS:../canary2", taken},
		{"ufs:/../canary", taken},
		{"UFS:UFS:../canary", taken},
		{"../a\x00b", taken}, // the line drops the NUL (V.250 5.2.2)
		{"x/../../canary", taken},
		{"*/../../canary", taken},
		{`..\canary`, taken},
		{"%2e%2e/canary", taken},
		{"%2e%2e%2fcanary", taken},
		{"\xff\xfe\xc0\xae\xc0\xaf", taken},
		{".qsim", taken},
		{".qsim/nv-at", taken},
		{"/../ufs2", taken},
		{strings.Repeat("../", 26) + "a", taken}, // 79 bytes
		{strings.Repeat("x", vfs.MaxName), taken},
		{strings.Repeat("x", vfs.MaxName+1), "406"},
		{strings.Repeat("x", 300), "425"},
		{strings.Repeat("../", 99) + "etc", "425"},
		{"/", "415"},
		{"../", "415"},
		{"", "425"},
		{"\x00", "425"},
		{"UFS:", "406"},
		{"SD:../canary", "406"},
		{"RAM:../canary", "406"},
		{"..:canary", "406"},
	} {
		t.Run(fmt.Sprintf("%.20q", c.name), func(t *testing.T) {
			h.t = t
			for _, command := range []string{`+QFLST="%s"`, `+QFDEL="%s"`, `+QFDWL="%s"`, `+QFMD5="%s"`, `+QFOPEN="%s",2`} {
				if got := h.ask(fmt.Sprintf("AT"+command, c.name)); !aFileError.MatchString(got) {
					t.Errorf("%s: %q", command, got)
				}
			}
			// A name that is too long for the parameter leaves the setting as it was.
			got := h.ask(fmt.Sprintf(`AT+QSSLCFG="cacert",1,"%s"`, c.name))
			if want := map[bool]string{false: "\r\nOK\r\n", true: "\r\nERROR\r\n"}[len(c.name) > 84]; got != want {
				t.Errorf("cacert: %q", got)
			}
			h.ask(`AT+QSSLOPEN=1,1,4,"echo.lab",4433,0`)
			if got := h.take(openURC); !strings.HasSuffix(got, ": 4,566\r\n") {
				t.Errorf("an open with that CA: %q", got)
			}

			got = h.ask(fmt.Sprintf(`AT+QFUPL="%s",3`, c.name))
			if c.upload != taken {
				if got != "\r\n+CME ERROR: "+c.upload+"\r\n" {
					t.Errorf("QFUPL: %q", got)
				}
				return
			}
			h.send("abc")
			if got += h.take(final); got != "\r\nCONNECT\r\n\r\n+QFUPL: 3,262\r\n\r\nOK\r\n" {
				t.Errorf("QFUPL: %q", got)
			}
			if got := h.ask(fmt.Sprintf(`AT+QFDWL="%s"`, c.name)) + h.take(final); got != "\r\nCONNECT\r\nabc\r\n+QFDWL: 3,262\r\n\r\nOK\r\n" {
				t.Errorf("QFDWL: %q", got)
			}
		})
	}
	h.t = t
	if got := h.ask("AT"); got != "\r\nOK\r\n" {
		t.Errorf("AT: %q", got)
	}

	if diff := cmp.Diff(before, outside(t, parent, store)); diff != "" {
		t.Errorf("outside of the store:\n%s", diff)
	}
	inside, err := os.ReadDir(store)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range inside {
		if !e.Type().IsRegular() && e.Name() != ".qsim" {
			t.Errorf("%s in the store: %v", e.Name(), e.Type())
		}
	}
	if got := h.ask(`AT+QFDEL="*"`); got != "\r\nOK\r\n" {
		t.Errorf("AT+QFDEL: %q", got)
	}
	if list, err := files.List(); err != nil || len(list) > 0 {
		t.Errorf("still there: %v, %v", list, err)
	}
	if diff := cmp.Diff(before, outside(t, parent, store)); diff != "" {
		t.Errorf("outside of the store, when all files are deleted:\n%s", diff)
	}
}
