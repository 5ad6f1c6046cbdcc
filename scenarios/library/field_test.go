package library_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/scenarios/library"
)

// fieldRows are the reports from the field that concern the family, and those of
// other modules that hosts meet most, by the numbers that the tags have.
var fieldRows = map[string]int{
	"stack-rot": 1, "tls-errors-collapse": 2, "sni-off": 3, "expired-accepted": 4, "state-lport-zero": 5,
	"recv-edge-only": 6, "id-stuck-closing": 7, "push-flood": 8, "late-data-after-close": 9, "closed-before-data": 10,
	"urc-in-response": 12, "glued-lines": 14, "slow-close": 15, "late-open": 16, "lying-send-ok": 20,
	"data-lost-on-close": 21, "pdp-drift": 24, "single-pdp": 25, "pdpdeact": 27, "ntp-tz": 32, "urc-other-port": 34,
	"urc-burst": 35, "reorder-concat": 36, "no-concat": 37, "noise-lines": 38, "reboot-rdy": 40,
	"urc-between-lines": 42, "prompt-steal": 44, "baud-garbage": 47, "hang-after-send-error": 54, "upload-loss": 59,
	"upload-timeout-keep": 60, "cme-mixed": 61, "urc-glued": 74, "prefix-clash": 75, "urc-in-echo": 76,
	"urc-before-prompt": 77,
}

// socketRows are those of them that are about sockets, with the commands of
// sockets.
var socketRows = map[string]int{
	"socket-late-data-after-close": 9, "socket-empty-read": 13, "socket-glued-lines": 14, "socket-slow-close": 15,
	"socket-open-of-another": 16, "socket-zero-poll": 19, "socket-lying-send-ok": 20, "socket-prompt-steal": 44,
	"socket-hang-after-send-error": 54,
}

// TestField: each of these reports has its scenario, no other one has any, and
// each says where the report is.
func TestField(t *testing.T) { testReports(t, "field", fieldRows) }

// TestSockets: the same with those of sockets.
func TestSockets(t *testing.T) { testReports(t, "sockets", socketRows) }

func testReports(t *testing.T, set string, reports map[string]int) {
	t.Helper()
	names, err := library.Set(set)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, name := range names {
		s, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		row := reports[name]
		rows[name] = row
		if !slices.Contains(s.Tags, fmt.Sprintf("row-%d", row)) {
			t.Errorf("%s: the tags %v lack row-%d", name, s.Tags, row)
		}
		if !strings.HasPrefix(s.Source, "field: https://") && !strings.HasPrefix(s.Source, "family: ") {
			t.Errorf("%s: the source is %q", name, s.Source)
		}
	}
	if diff := cmp.Diff(reports, rows); diff != "" {
		t.Errorf("-wanted +there\n%s", diff)
	}
}

// TestOldCA: what lies under the name of the CA certificate where a host is to
// upload its own is as good, but not the same file.
func TestOldCA(t *testing.T) {
	now, err := os.ReadFile("../../lab/pki/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"upload-loss", "upload-timeout-keep", "cme-mixed"} {
		s, err := library.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		old := s.Setup.Files["cacert.pem"].Data
		if !bytes.HasSuffix(old, now) || len(old) == len(now) {
			t.Errorf("%s: the file has %d bytes and does not end with the %d of lab/pki/ca.pem", name, len(old), len(now))
		}
	}
}
