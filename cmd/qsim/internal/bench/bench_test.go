package bench

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o Options) *Bench {
	t.Helper()
	b, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestReady: what the ready file holds is what Ready says, and both go.
func TestReady(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "ttyQ"), filepath.Join(dir, "ready")
	b := start(t, Options{Module: "eg912y", Seed: 9, Lab: true, Link: link, ReadyFile: file})
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseReady(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(jsonOf(t, b.Ready()), jsonOf(t, got)); diff != "" {
		t.Errorf("ready file (-want +got):\n%s", diff)
	}
	if got.Module != "EG912Y" || got.Seed != 9 || got.Link != link || got.PID != os.Getpid() || len(got.Lab) == 0 {
		t.Errorf("got %+v", got)
	}
	if target, err := os.Readlink(link); err != nil || target != b.Device() {
		t.Errorf("the link leads to %q (%v), want %q", target, err, b.Device())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// TestPorts: each port has a device, a link and a transcript of its own, and all
// of it goes.
func TestPorts(t *testing.T) {
	dir := t.TempDir()
	link, out := filepath.Join(dir, "ttyQ"), filepath.Join(dir, "out")
	b := start(t, Options{Ports: 3, Link: link, Artifacts: out})
	r := b.Ready()
	if len(r.Devices) != 3 || r.Device != r.Devices[0] || r.Link != link {
		t.Fatalf("%+v", r)
	}
	for i, path := range []string{link, link + ".1", link + ".2"} {
		if target, err := os.Readlink(path); err != nil || target != r.Devices[i] {
			t.Errorf("%s leads to %q (%v), want %q", path, target, err, r.Devices[i])
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || !slices.Equal(left, []string{out}) {
		t.Errorf("left behind: %v %v", left, err)
	}
	for _, name := range []string{"transcript.chat", "transcript-usbat.chat", "transcript-uart1.chat"} {
		if text, err := os.ReadFile(filepath.Join(out, name)); err != nil || !strings.HasPrefix(string(text), "# qsim ") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	// A link that cannot be had leaves none of the others.
	if err := os.WriteFile(link+".1", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{Ports: 2, Link: link}); err == nil {
		t.Error("a file was taken for a link")
	}
	if _, err := os.Lstat(link); err == nil {
		t.Error("the first link stays")
	}
}

// TestPortNumbers: of several TCP ports each has the next number.
func TestPortNumbers(t *testing.T) {
	for _, c := range []struct {
		addr string
		i    int
		want string
	}{
		{"127.0.0.1:2217", 0, "127.0.0.1:2217"},
		{"[::1]:2217", 2, "[::1]:2219"},
		{":0", 2, ":0"},
		{":65535", 1, ""},
		{"nonsense", 1, ""},
		{":http", 1, ""},
	} {
		if got, err := next(c.addr, c.i); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s and %d: %q, %v", c.addr, c.i, got, err)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadyFileOfAnother is not removed: a later qsim has put its own there.
func TestReadyFileOfAnother(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready")
	b := start(t, Options{ReadyFile: file})
	other := start(t, Options{ReadyFile: file})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReady(data); err != nil || r.Device != other.Device() {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestFailuresLeaveNothing: whatever cannot be had, nothing of the rest stays;
// goleak looks after the goroutines.
func TestFailuresLeaveNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		o    Options
		code int
		what string
	}{
		{"module", Options{Module: "EC21"}, cli.CodeUsage, ""},
		{"ufs", Options{UFS: file}, cli.CodeEnvironment, "--ufs"},
		{"artifacts", Options{Artifacts: filepath.Join(file, "x")}, cli.CodeEnvironment, "--artifacts"},
		{"listen", Options{Listen: l.Addr().String()}, cli.CodeEnvironment, "--listen"},
		{"link", Options{Link: file}, cli.CodeEnvironment, "--link"},
		{"ready file in no directory", Options{ReadyFile: filepath.Join(file, "x")}, cli.CodeEnvironment, "--ready-file"},
		{"ready file that is a directory", Options{ReadyFile: dir}, cli.CodeEnvironment, "--ready-file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Lab = true
			b, err := Start(tt.o)
			var f *cli.Failure
			if b != nil || !errors.As(err, &f) {
				t.Fatalf("got %v, %v", b, err)
			}
			if f.Code != tt.code || !strings.HasPrefix(f.What, tt.what) {
				t.Errorf("got code %d, %q", f.Code, f.What)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || !slices.Equal(left, []string{file}) {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestTranscriptIsOnesOwn: two modems do not write the same one.
func TestTranscriptIsOnesOwn(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Artifacts: dir})
	if _, err := Start(Options{Artifacts: dir}); err == nil {
		t.Error("the transcript was taken twice")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, Transcript))
	if err != nil || !strings.HasPrefix(string(text), "# qsim ") {
		t.Errorf("got %q, %v", text, err)
	}
	start(t, Options{Artifacts: dir})
}
