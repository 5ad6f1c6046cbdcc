//go:build soak

package soak

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
)

var (
	long   = flag.Duration("for", 3*time.Minute, "how long")
	seed   = flag.Uint64("seed", uint64(time.Now().Unix()), "of the hosts")
	modems = flag.Int("modems", 24, "how many modems")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counts are what all hosts have done together.
type counts struct {
	opened atomic.Int64 // connections
	echoed atomic.Int64 // bytes that came back as they went
	mu     sync.Mutex
	acts   map[string]int
}

// TestSoak lets the hosts loose, and looks at the process before and after.
func TestSoak(t *testing.T) {
	t.Logf("-seed %d, %d modems, %v", *seed, *modems, *long)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ufs := filepath.Join(t.TempDir(), "ufs")
	before := measure(t, temporary, ufs)
	f, err := bench.StartAll(bench.Options{
		Count: *modems, Seed: *seed, Speed: 50, Lab: true, UFS: ufs, Control: bench.PrivateControl, Kept: 16,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		after := measure(t, temporary, ufs)
		after.files = before.files // the store's stay
		before.within(t, "when all has ended", after, 0)
	}()
	all := &counts{acts: map[string]int{}}
	var hosts []*host
	for i, m := range f.Ready().Modems {
		c, err := ctl.New(f.Ready().Control)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Choose(i)
		hosts = append(hosts, &host{
			number: i, path: m.Device, control: c, faulty: i%3 == 2, counts: all,
			random: rand.New(rand.NewPCG(*seed, uint64(i))),
		})
	}
	// Once through all that there is, so that what is made at the first use is there.
	each(t, hosts, func(h *host) error {
		if err := h.remember(); err != nil {
			return err
		}
		for _, rule := range faults {
			if err := errors.Join(h.arm(rule), h.calm()); err != nil {
				return err
			}
		}
		for _, a := range slices.Concat(valid, hostile) {
			if err := h.run(a, false); err != nil {
				return err
			}
		}
		return h.rest()
	})
	if t.Failed() {
		return
	}
	base := measure(t, temporary, ufs)
	end := time.Now().Add(*long)
	each(t, hosts, func(h *host) error {
		for time.Now().Before(end) {
			acts := valid
			if h.random.IntN(2) == 0 {
				acts = hostile
			}
			if err := h.run(acts[h.random.IntN(len(acts))], h.faulty); err != nil {
				return err
			}
		}
		return h.rest()
	})
	base.within(t, "when all hosts have gone", measure(t, temporary, ufs), *modems)
	for _, name := range slices.Sorted(maps.Keys(all.acts)) {
		t.Logf("%6d x %s", all.acts[name], name)
	}
	t.Logf("%d connections, %.1f MiB echoed as they went", all.opened.Load(), float64(all.echoed.Load())/(1<<20))
}

// each lets all hosts work at the same time. The first failure of each is told.
func each(t *testing.T, hosts []*host, work func(*host) error) {
	t.Helper()
	var running sync.WaitGroup
	for _, h := range hosts {
		running.Go(func() {
			if err := work(h); err != nil {
				t.Errorf("modem %d: %v", h.number, errors.Join(err, h.close()))
				h.control.Close()
			}
		})
	}
	running.Wait()
}

// run has the host do one act, and then find its modem as it was. Under a fault
// only that counts.
func (h *host) run(a act, fault bool) error {
	if err := h.recover(); err != nil {
		state, failure := h.control.Bytes(context.Background(), http.MethodGet, "/v1/state", nil, "")
		return fmt.Errorf("after %s: %w; %s%v", h.last, err, state, failure)
	}
	h.last = a.name
	h.patience = patience
	if fault {
		h.patience = 2 * time.Second
		rule := faults[h.random.IntN(len(faults))]
		if err := h.arm(rule); err != nil {
			return err
		}
		h.last += " under " + rule
	}
	err := a.do(h)
	if fault {
		err = h.calm()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	h.counts.mu.Lock()
	h.counts.acts[a.name]++
	h.counts.mu.Unlock()
	return nil
}

// rest leaves the modem in peace.
func (h *host) rest() error {
	err := errors.Join(h.recover(), h.commands("AT&F"), h.close())
	h.control.Close()
	return err
}

// fork are other chances, out of the host's.
func (h *host) fork() *rand.Rand { return rand.New(rand.NewPCG(h.random.Uint64(), h.random.Uint64())) }

// size is what a process has.
type size struct {
	goroutines, descriptors int
	heap                    uint64 // bytes in use
	files                   []string
}

// measure waits until the process has come to rest, and looks at it.
func measure(t *testing.T, dirs ...string) size {
	t.Helper()
	var now size
	for range 100 {
		last := now
		now = size{goroutines: runtime.NumGoroutine(), descriptors: entries(t, "/proc/self/fd")}
		if now.goroutines == last.goroutines && now.descriptors == last.descriptors {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	runtime.GC()
	runtime.GC() // what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	now.heap = m.HeapAlloc
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				now.files = append(now.files, path)
			}
			return nil // a directory that is not there has no files
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return now
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("not Linux: ", err)
	}
	return len(list)
}

// Room for what is kept on purpose: caches of the libraries and of TLS sessions,
// buffers that grew.
const (
	heapOfProcess = 8 << 20
	heapOfModem   = 64 << 10
)

// within fails the test when there is more than before. A modem may have one more
// goroutine, which waits for hosts that do not read.
func (s size) within(t *testing.T, when string, now size, modems int) {
	t.Helper()
	t.Logf("%s: %d goroutines (%d before), %d descriptors (%d), heap %d KiB (%d)", when,
		now.goroutines, s.goroutines, now.descriptors, s.descriptors, now.heap>>10, s.heap>>10)
	if now.goroutines > s.goroutines+modems {
		stacks := make([]byte, 1<<20)
		t.Errorf("%s there are %d goroutines, and were %d\n%s", when, now.goroutines, s.goroutines, stacks[:runtime.Stack(stacks, true)])
	}
	if now.descriptors > s.descriptors {
		t.Errorf("%s there are %d descriptors, and were %d", when, now.descriptors, s.descriptors)
	}
	if most := s.heap + heapOfProcess + uint64(modems)*heapOfModem; now.heap > most {
		t.Errorf("%s the heap is %d KiB, and was %d", when, now.heap>>10, s.heap>>10)
	}
	if !slices.Equal(now.files, s.files) {
		t.Errorf("%s there are other files: %q, and were %q", when, now.files, s.files)
	}
}
