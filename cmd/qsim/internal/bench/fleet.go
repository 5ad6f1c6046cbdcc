package bench

import (
	"cmp"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/lab"
)

// MaxCount is how many modems a process can have. Linux gives all programs
// together fewer PTYs than that, 4,096 unless kernel.pty.max says otherwise.
const MaxCount = 10_000

// Fleet is the modems of one process, often one alone. Several have the lab and the
// control interface in common, and nothing else.
type Fleet struct {
	benches []*Bench
	ready   Ready
	closers
}

// shared is what the modems of a process have in common.
type shared struct {
	lab *lab.Lab // nil: none
}

// StartAll starts as many modems as o.Count says, several at a time. When it
// returns all take commands, and the ready file says so. Its errors are
// *cli.Failure.
func StartAll(o Options) (*Fleet, error) {
	f := &Fleet{}
	start := f.startSeveral
	if o.Count <= 1 {
		start = f.startOne
	}
	if err := start(o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Benches are the modems, by number.
func (f *Fleet) Benches() []*Bench { return f.benches }

// Ready describes what runs.
func (f *Fleet) Ready() Ready { return f.ready }

// Close ends all modems and removes links, locks and the ready file.
func (f *Fleet) Close() error { return f.close() }

func (f *Fleet) startOne(o Options) error {
	b, err := Start(o)
	if err != nil {
		return err
	}
	f.atClose(b.Close)
	f.benches, f.ready = []*Bench{b}, b.Ready()
	return nil
}

func (f *Fleet) startSeveral(o Options) error {
	log := cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if err := clearReadyFile(o.ReadyFile); err != nil {
		return err
	}
	l, err := startLab(o, &f.closers)
	if err != nil {
		return err
	}
	if err := f.startModems(o, &shared{lab: l}); err != nil {
		return err
	}
	targets := make([]control.Target, len(f.benches))
	for i, b := range f.benches {
		targets[i] = b.target()
	}
	address, err := startControl(o, log, &f.closers, targets...)
	if err != nil {
		return err
	}
	f.describe(address)
	debug.FreeOSMemory() // what only the start needed
	return writeReadyFile(o.ReadyFile, f.ready, &f.closers)
}

// startModems starts the modems. After a failure no further ones are begun; it is
// that of the first, by number, that had one.
func (f *Fleet) startModems(o Options, of *shared) error {
	f.benches = make([]*Bench, o.Count)
	f.atClose(f.closeModems)
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		next   int
		failed = o.Count
		err    error
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i, ok = next, next < o.Count && err == nil
		next++
		return i, ok
	}
	for range min(o.Count, 2*runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				b, failure := Start(o.number(i, of))
				mu.Lock()
				if f.benches[i] = b; failure != nil && i < failed {
					failed, err = i, failure
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if err != nil {
		return cli.About("modem "+strconv.Itoa(failed), err)
	}
	return nil
}

// closeModems closes those that were started.
func (f *Fleet) closeModems() error {
	var errs []error
	for i, b := range f.benches {
		if b == nil {
			continue
		}
		if err := b.Close(); err != nil {
			errs = append(errs, cli.About("modem "+strconv.Itoa(i), err))
		}
	}
	return errors.Join(errs...)
}

// number is the options of modem i, from 0: what is a place for one modem becomes
// one for each.
func (o Options) number(i int, of *shared) Options {
	n := strconv.Itoa(i)
	o.Seed += uint64(i)
	o.ReadyFile, o.of = "", of
	if o.Link != "" {
		o.Link += n
	}
	for _, dir := range []*string{&o.UFS, &o.Artifacts} {
		if *dir != "" {
			*dir = filepath.Join(*dir, n)
		}
	}
	o.firstPort = i * max(1, o.Ports)
	if o.Log != nil {
		o.Log = o.Log.With("modem", i)
	}
	return o
}

// describe puts down what runs.
func (f *Fleet) describe(address string) {
	f.ready = f.benches[0].Ready()
	f.ready.Control, f.ready.Devices = address, nil
	for i, b := range f.benches {
		r := b.Ready()
		f.ready.Devices = append(f.ready.Devices, r.Devices...)
		one := Modem{Number: i, Device: r.Device, Link: r.Link, IMEI: b.modem.IMEI(), Seed: r.Seed, UFS: b.options.UFS}
		if len(r.Devices) > 1 {
			one.Devices = r.Devices
		}
		f.ready.Modems = append(f.ready.Modems, one)
	}
}
