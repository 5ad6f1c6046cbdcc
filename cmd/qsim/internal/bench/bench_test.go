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
