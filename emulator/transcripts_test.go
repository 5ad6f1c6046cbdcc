package emulator_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTranscripts plays each session of testdata against a modem of its own:
// all behind a pipe, those of the seed's chapter 3 behind a real PTY as well. A
// first line such as
//
//	# modem: module=EG912Y speed=20 boot=cold rtc=2021-08-25T12:00:00Z pin=4711 quirk.no-pdp=error
//
// says what modem it is.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".chat"), func(t *testing.T) {
			t.Parallel()
			newBench(t, modemOf(t, file)).playFile(name)
		})
		if strings.HasPrefix(name, "seed-") {
			t.Run(strings.TrimSuffix(name, ".chat")+"/pty", func(t *testing.T) {
				t.Parallel()
				newBench(t, benchOptions{pty: true}).playFile(name)
			})
		}
	}
}

// modemOf reads the first line of a session.
func modemOf(t *testing.T, file string) (o benchOptions) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	words, ok := strings.CutPrefix(line, "# modem: ")
	if !ok {
		return o
	}
	for word := range strings.FieldsSeq(words) {
		key, value, _ := strings.Cut(word, "=")
		var err error
		quirk, isQuirk := strings.CutPrefix(key, "quirk.")
		switch {
		case isQuirk:
			if o.quirks == nil {
				o.quirks = map[string]string{}
			}
			o.quirks[quirk] = value
		case key == "module":
			o.module = value
		case key == "pin":
			o.pin = value
		case key == "boot" && value == "cold":
			o.boot.Cold = true
		case key == "speed":
			o.speed, err = strconv.ParseFloat(value, 64)
		case key == "rtc":
			o.rtc, err = time.Parse(time.RFC3339, value)
		default:
			err = errors.New("no such word")
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", file, word, err)
		}
	}
	return o
}
