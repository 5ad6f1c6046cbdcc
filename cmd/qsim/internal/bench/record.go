package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

// Transcript is the name of the transcript among the artifacts.
const Transcript = "transcript.chat"

// record is the transcript of what passes between host and modem.
type record struct {
	*chat.Recorder
	err    error // the first one
	opened bool  // a host has had the device open
}

// startRecord opens the transcript.
func (b *Bench) startRecord() error {
	dir := b.options.Artifacts
	if dir == "" {
		b.recordTo(b.options.Transcript, func() error { return nil })
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cli.Environment("--artifacts", err, "")
	}
	f, err := createAlone(filepath.Join(dir, Transcript))
	if err != nil {
		return cli.Environment("--artifacts", err, "another directory: --artifacts DIR")
	}
	var to io.Writer = f
	if b.options.Transcript != nil {
		to = io.MultiWriter(f, b.options.Transcript)
	}
	b.recordTo(to, f.Close)
	return nil
}

// recordTo records to w, unless it is nil, and has done called at the end.
func (b *Bench) recordTo(w io.Writer, done func() error) {
	if w == nil {
		return
	}
	b.record = &record{Recorder: chat.NewRecorder(w)}
	b.atClose(func() error {
		if err := errors.Join(b.record.err, b.record.Close(), done()); err != nil {
			return cli.Environment("--artifacts", err, "the transcript is not complete")
		}
		return nil
	})
	title := fmt.Sprintf("qsim %s, %s, seed %d", version.Get().Version, b.profile.Name, b.options.Seed)
	b.record.keep(b.record.Note(title))
}

// createAlone creates a file, or empties it unless another qsim is writing it:
// one that runs inside qsim exec has the same QSIM_ARTIFACTS.
func createAlone(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	var locked error
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { locked = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
	}
	if err == nil && locked != nil {
		err = fmt.Errorf("another qsim writes %s", path)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// keep remembers the first error, which Close tells: a modem does not stop
// because its transcript cannot be written.
func (r *record) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// watch hears what a modem does, on its loop: bytes and openings go to the
// transcript, all of it to the log where that is told in detail.
type watch struct {
	log    *slog.Logger // nil: not in detail
	record *record      // nil: none
	next   emulator.Observer
}

var (
	_ emulator.Observer = (*watch)(nil)
	_ emulator.Wire     = (*watch)(nil)
)

// newWatch is nil where nobody would look.
func newWatch(log *slog.Logger, r *record, next emulator.Observer) *watch {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		log = nil
	}
	if log == nil && r == nil {
		return nil
	}
	return &watch{log: log, record: r, next: next}
}

// Event takes an event of the modem.
func (w *watch) Event(e emulator.Event) {
	if w.record != nil && e.Kind == emulator.HostOpen {
		if w.record.opened {
			w.record.keep(w.record.Reopened())
		}
		w.record.opened = true
	}
	// A note is in the log already.
	if w.log != nil && e.Kind != emulator.Noted {
		w.log.LogAttrs(context.Background(), slog.LevelDebug, string(e.Kind), attributes(e)...)
	}
	if w.next != nil {
		w.next.Event(e)
	}
}

// attributes are the fields of an event that say something.
func attributes(e emulator.Event) (attrs []slog.Attr) {
	if e.Port != "" {
		attrs = append(attrs, slog.String("port", e.Port))
	} else if e.Kind != emulator.URCSent {
		attrs = append(attrs, slog.Int("id", e.Client))
	}
	if e.Bytes != 0 {
		attrs = append(attrs, slog.Int("bytes", e.Bytes))
	}
	if e.Text != "" {
		attrs = append(attrs, slog.String("text", e.Text))
	}
	return attrs
}

// loggedBytes of a chunk are shown in the log.
const loggedBytes = 160

// Wire takes bytes of the line.
func (w *watch) Wire(port string, dir emulator.Direction, p []byte) {
	side, who := chat.Modem, "modem"
	if dir == emulator.FromHost {
		side, who = chat.Host, "host"
	}
	if w.record != nil {
		w.record.keep(w.record.Record(side, p, time.Now()))
	}
	if w.log != nil {
		w.log.Debug(who, "port", port, "n", len(p), "bytes", string(p[:min(len(p), loggedBytes)]))
	}
}
