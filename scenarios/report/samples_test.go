package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// began is when the samples began, in a zone other than UTC.
var began = time.Date(2021, 8, 25, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// weird is bytes that could end, break or forge what they stand in.
const weird = "nul \x00 esc \x1b[31m del \x7f c1 \u0085 cdata ]]> tag <script>alert(1)</script> " +
	"bad \xff\xc3( entity &amp; quotes \"'` pipe | star * cr \r lf \n tab \t crlf \r\n " +
	"bidi \u202e line \u2028 nonchar \ufffe percent %0A colon : comma , dollar $x$ ::error::x {{.}}"

// samples are reports as they come about, one for each kind of end.
func samples() map[string]*Report {
	green := Run{
		Scenario: "error-565", About: "The first open ends with 565; the host must open again.",
		File: "error-565.yaml (bundled)", Module: "EC200S", Seed: 42,
		Checks: []Check{
			{Name: "host asks for the error", Status: Passed, File: "error-565.yaml (bundled)", Line: 14, Col: 5, Elapsed: 120 * time.Millisecond},
			{Name: "host opens again", Status: Passed, File: "error-565.yaml (bundled)", Line: 17, Col: 5, Elapsed: 400 * time.Millisecond},
			{Name: "host closes before it ends", Status: Skipped, Message: "no client was open at the end", File: "error-565.yaml (bundled)", Line: 20, Col: 5},
		},
		Fired:      []Fired{{Rule: "QSSLOPEN, nth 1: error 565", File: "error-565.yaml (bundled)", Line: 9, Times: 1}},
		Elapsed:    1234567 * time.Microsecond,
		Transcript: "@section the host is let in\n> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\n< OK\n\n< +QSSLOPEN: 4,565\n> AT+QIGETERROR\n< +QIGETERROR: 565,DNS parse failed\n<| OK\n",
		Output:     "opening\r\nfailed with 565, again\r\nall well\r\n",
	}
	failed := Run{
		Scenario: "broker drops TLS in the middle of a transfer", About: "After the third send the server closes.\nThe host must open again.",
		File: "scenarios/drop.yaml", Module: "EC200S", Seed: 42,
		Checks: []Check{
			{
				Name: "host closes the dead client", Status: Failed, File: "scenarios/drop.yaml", Line: 31, Col: 5, Elapsed: 30 * time.Second,
				Message: "no AT+QSSLCLOSE with clientID 4 came after +QSSLURC: \"closed\",4; the host sent AT+QSSLSEND=4,18 instead, and then nothing",
			},
			{Name: "host opens again", Status: NotReached, Message: "its trigger, AT+QSSLCLOSE, never came", File: "scenarios/drop.yaml", Line: 34, Col: 5},
			{Name: "never powers down", Status: Passed, File: "scenarios/drop.yaml", Line: 36, Col: 5},
		},
		Fired:      []Fired{{Rule: "after tls.sent: close peer", File: "scenarios/drop.yaml", Line: 22, Times: 1}},
		Elapsed:    31 * time.Second,
		Transcript: "# dropped | here\n> AT+QSSLSEND=4,18\n<< \\r\\n>\\x20\n@wait 1.1s\n>> Test data from SSL\n< SEND FAIL\n",
		Output:     "panic: send failed\n",
	}
	hung := Run{
		Scenario: "error-552", Module: "EC200S", Seed: 42, TimedOut: true, Exit: 137, Signal: "SIGKILL", Elapsed: 60 * time.Second,
		Checks: []Check{{Name: "host goes on", Status: NotReached}},
	}
	crashed := Run{
		Scenario: "field-12", Module: "EC200S", Seed: 42, Exit: 139, Signal: "SIGSEGV", Elapsed: 2 * time.Second,
		Checks: []Check{{Name: "host reads all", Status: Passed}},
	}
	exited := Run{Scenario: "plain", Module: "EC200S", Seed: 42, Exit: 3, Elapsed: 5 * time.Millisecond}
	broken := Run{Scenario: "error-574", Module: "EC200S", Seed: 42, Error: "no pseudo-terminal: open /dev/ptmx: permission denied"}
	odd := Run{
		Scenario: weird, About: weird, File: "odd:name,100%.yaml", Module: weird, Seed: 1<<64 - 1, Signal: weird,
		Checks: []Check{
			{Name: weird, Status: Failed, Message: weird, File: "odd:name,100%.yaml", Line: 3, Col: 7},
			{Name: "status from a later version", Status: Status(weird)},
		},
		Fired: []Fired{{Rule: weird, File: weird, Line: 1, Times: 2}}, Transcript: "> " + weird + "\n< " + weird, Output: weird,
	}

	of := func(runs ...Run) *Report {
		return &Report{
			Command: []string{"./host-tests", "-run", "TLS & more", "it's"}, Module: "EC200S", Seed: 42,
			Version: "v0.4.0", Began: began, Elapsed: 95500 * time.Millisecond, Runs: runs,
		}
	}
	return map[string]*Report{
		"green": of(green, Run{Scenario: "none", Module: "EC200S", Seed: 42}),
		"mixed": of(green, failed, hung, crashed, exited, broken),
		"one":   of(failed),
		"empty": {Command: []string{"true"}, Seed: 7},
		"weird": {Command: []string{weird}, Module: weird, Seed: 1<<64 - 1, Version: weird, Began: began, Runs: []Run{odd}},
	}
}

// golden compares what write writes for each sample with a file of testdata.
func golden(t *testing.T, ext string, write func(io.Writer, *Report) error) {
	t.Helper()
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			var got, again bytes.Buffer
			if err := write(&got, r); err != nil {
				t.Fatal(err)
			}
			if err := write(&again, r); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), again.Bytes()) {
				t.Error("the same report gives other bytes the second time")
			}
			path := filepath.Join("testdata", name+ext)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs (go test -update rewrites it)\ngot:\n%s\nwant:\n%s", path, got.Bytes(), want)
			}
		})
	}
}

// errWriter fails at the first byte.
type errWriter struct{}

func (errWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }
