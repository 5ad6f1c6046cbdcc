package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

// Transcript is the name of the transcript among the artifacts.
const Transcript = "transcript.chat"

// record is the transcript of what passes between the host of a port and the
// modem.
type record struct {
	*chat.Recorder
	err    error // the first one
	opened bool  // a host has had the device open
}

// transcriptOf is the name of a port's transcript: the first one's is Transcript,
// that of another has its name in it, transcript-usbat.chat.
func transcriptOf(port int) string {
	if port == 0 {
		return Transcript
	}
	base, ext := strings.TrimSuffix(Transcript, filepath.Ext(Transcript)), filepath.Ext(Transcript)
	return base + "-" + emulator.PortNames()[port] + ext
}

// startRecord opens the transcripts, one for each port.
func (b *Bench) startRecord() error {
	b.records = map[string]*record{}
	dir := b.options.Artifacts
	if dir == "" {
		b.recordTo(0, b.options.Transcript, func() error { return nil })
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cli.Environment("--artifacts", err, "")
	}
	for i := range max(1, b.options.Ports) {
		f, err := createAlone(filepath.Join(dir, transcriptOf(i)))
		if err != nil {
			return cli.Environment("--artifacts", err, "another directory: --artifacts DIR")
		}
		var to io.Writer = f
		if i == 0 && b.options.Transcript != nil {
			to = io.MultiWriter(f, b.options.Transcript)
		}
		b.recordTo(i, to, f.Close)
	}
	return nil
}

// recordTo records a port to w, unless it is nil, and has done called at the end.
func (b *Bench) recordTo(port int, w io.Writer, done func() error) {
	if w == nil {
		return
	}
	r := &record{Recorder: chat.NewRecorder(w)}
	name := emulator.PortNames()[port]
	b.records[name] = r
	b.atClose(func() error {
		if err := errors.Join(r.err, r.Close(), done()); err != nil {
			return cli.Environment("--artifacts", err, "the transcript is not complete")
		}
		return nil
	})
	title := fmt.Sprintf("qsim %s, %s, seed %d", version.Get().Version, b.profile.Name, b.options.Seed)
	if port > 0 {
		title += ", port " + name
	}
	r.keep(r.Note(title))
}

// createAlone creates a file, or empties it unless another qsim is writing it:
// one that runs inside qsim exec has the same QSIM_ARTIFACTS.
func createAlone(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if lock(f, unix.LOCK_EX|unix.LOCK_NB) != nil {
		err = fmt.Errorf("another qsim writes %s", path)
	} else {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// lock takes the lock of an open file, as flock(2) does.
func lock(f *os.File, how int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var locked error
	err = conn.Control(func(fd uintptr) { locked = unix.Flock(int(fd), how) })
	return errors.Join(err, locked)
}

// keep remembers the first error, which Close tells: a modem does not stop
// because its transcript cannot be written.
func (r *record) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// watch hears what a modem does, on its loop: bytes and openings go to the
// transcript of their port, all of it to the log where that is told in detail.
type watch struct {
	log     *slog.Logger       // nil: not in detail
	records map[string]*record // by port
	next    emulator.Observer
}

var (
	_ emulator.Observer = (*watch)(nil)
	_ emulator.Wire     = (*watch)(nil)
)

// newWatch is nil where nobody would look.
func newWatch(log *slog.Logger, records map[string]*record, next emulator.Observer) *watch {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		log = nil
	}
	if log == nil && len(records) == 0 {
		return nil
	}
	return &watch{log: log, records: records, next: next}
}

// Event takes an event of the modem.
func (w *watch) Event(e emulator.Event) {
	if r := w.records[e.Port]; r != nil && e.Kind == emulator.HostOpen {
		if r.opened {
			r.keep(r.Reopened())
		}
		r.opened = true
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
	if r := w.records[port]; r != nil {
		r.keep(r.Record(side, p, time.Now()))
	}
	if w.log != nil {
		w.log.Debug(who, "port", port, "n", len(p), "bytes", string(p[:min(len(p), loggedBytes)]))
	}
}
