package emulator_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTranscripts plays each session of testdata against a modem of its own:
// all behind a pipe, those of the seed's chapter 3 behind a real PTY as well.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".chat"), func(t *testing.T) {
			t.Parallel()
			newBench(t, benchOptions{}).playFile(name)
		})
		if strings.HasPrefix(name, "seed-") {
			t.Run(strings.TrimSuffix(name, ".chat")+"/pty", func(t *testing.T) {
				t.Parallel()
				newBench(t, benchOptions{pty: true}).playFile(name)
			})
		}
	}
}
