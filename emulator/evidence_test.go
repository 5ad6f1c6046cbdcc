package emulator_test

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
)

// evidence are where sessions with a modem are written down, byte for byte.
var evidence = []string{"testdata/*.chat", "../scenarios/seed/*.chat"}

// evidenceInGo are forms whose answer no session can hold: tests are about them.
var evidenceInGo = map[string]string{"+CLAC exec": "TestCLAC"}

// TestRowsHaveEvidence: each command that is built is in a session of the
// testdata, in each of the forms that it has.
func TestRowsHaveEvidence(t *testing.T) {
	typed := map[string]bool{}
	for _, pattern := range evidence {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			for _, form := range typedIn(t, file) {
				typed[form] = true
			}
		}
	}
	for _, g := range emulator.Groups() {
		for _, row := range g.Commands {
			for _, form := range row.Forms() {
				if form.String() == "test" {
					continue // TestTestForms
				}
				if key := row.Name + " " + form.String(); !typed[key] && evidenceInGo[key] == "" {
					t.Errorf("no session has AT%s in its %s form", row.Name, form)
				}
			}
		}
	}
}

// commandHead is the name and the form of one command of a line.
var commandHead = regexp.MustCompile(`^\s*(\+[A-Z0-9]+|&[A-Z]|[A-Z])[0-9]*\s*(=\?|\?|=)?`)

// typedIn are the commands of the host's lines of a session, with their forms.
func typedIn(t *testing.T, file string) (forms []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		line, host := strings.CutPrefix(in.Text(), "> ")
		upper := strings.ToUpper(line)
		if !host || !strings.HasPrefix(upper, "AT") {
			continue
		}
		for rest := range strings.SplitSeq(upper[2:], ";") {
			for {
				m := commandHead.FindStringSubmatch(rest)
				if m == nil {
					break
				}
				form := map[string]string{"": "exec", "?": "read", "=": "write", "=?": "test"}[m[2]]
				forms = append(forms, m[1]+" "+form)
				if strings.HasPrefix(m[1], "+") {
					break
				}
				rest = rest[len(m[0]):]
			}
		}
	}
	return forms
}
