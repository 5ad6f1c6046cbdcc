package emulator_test

import (
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// footprint is what the process holds.
type footprint struct {
	heap       int64 // bytes, garbage not counted
	goroutines int
	files      int // descriptors
}

// heap is how many bytes live on the heap.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func takeFootprint(t *testing.T) footprint {
	t.Helper()
	return footprint{heap(), runtime.NumGoroutine(), descriptors(t)}
}

// within checks that the heap has grown by no more than so many bytes.
func (f footprint) within(t *testing.T, growth int64, when string) {
	t.Helper()
	if now := heap(); now > f.heap+growth {
		t.Errorf("%s: the heap has grown by %d bytes, more than %d", when, now-f.heap, growth)
	}
}

// back waits until no more goroutines and descriptors are there than before, and
// no more of the heap than so many bytes: what has just ended may still be
// tidying up.
func (f footprint) back(t *testing.T, growth int64) {
	t.Helper()
	var now footprint
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		now = takeFootprint(t)
		if now.goroutines <= f.goroutines && now.files <= f.files && now.heap <= f.heap+growth {
			return
		}
	}
	t.Errorf("now %+v, before %+v, and %d more bytes are fine", now, f, growth)
}

// newQuietBench is a bench on which nothing grows beside the modem: no log, no
// list of events, no lab.
func newQuietBench(t *testing.T, pty bool, o emulator.Options) *bench {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	m, err := emulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{t: t, modem: m}
	if pty {
		b.openPTY()
	} else {
		b.openPipe()
	}
	t.Cleanup(func() { b.dev.Close() })
	return b
}
