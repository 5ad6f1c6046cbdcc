package bench

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
)

// PrivateControl as Options.Control is a socket of the bench's own, in a
// directory that goes with it.
const PrivateControl = "private"

// Events is the name of the journal among the artifacts.
const Events = "events.ndjson"

// startJournal begins the journal, where anybody will read it.
func (b *Bench) startJournal() error {
	var sinks []journal.Sink
	if dir := b.options.Artifacts; dir != "" {
		f, err := createAlone(filepath.Join(dir, Events))
		if err != nil {
			return cli.Environment("--artifacts", err, "another directory: --artifacts DIR")
		}
		sink := journal.NewNDJSON(f)
		sinks = append(sinks, sink)
		b.atClose(func() error {
			if err := errors.Join(sink.Close(), f.Close()); err != nil {
				return cli.Environment("--artifacts", err, Events+" is not complete")
			}
			return nil
		})
	}
	if len(sinks) > 0 || b.options.Control != "" {
		b.journal = journal.New(b.options.kept(), sinks...)
	}
	return nil
}

// watchers are those who are told of events, before the engine: what a fault
// does follows what it acts on.
func (b *Bench) watchers(first emulator.Observer) emulator.Observer {
	var list observers
	if first != nil {
		list = append(list, first)
	}
	if b.journal != nil {
		list = append(list, b.journal)
	}
	return append(list, b.engine)
}

// keptByAll is how many entries the journals of one process keep together, and
// keptAtLeast how many each of them does.
const (
	keptByAll   = 16 * journal.Size
	keptAtLeast = 256
)

// kept is how many entries a modem's journal keeps.
func (o *Options) kept() int {
	if o.Kept > 0 {
		return o.Kept
	}
	return min(journal.Size, max(keptAtLeast, keptByAll/max(1, o.Count)))
}

// startControl serves the control interface. The modem runs by then; it is
// closed after it.
func (b *Bench) startControl() (err error) {
	if b.options.of == nil { // or all of them have one
		b.control, err = startControl(b.options, b.log, &b.closers, b.target())
	}
	return err
}

// target is the modem as the control interface knows it.
func (b *Bench) target() control.Target {
	t := control.Target{Modem: b.modem, Faults: b.engine, Files: b.files, Journal: b.journal, Device: b.Device()}
	if len(b.links) > 0 {
		t.Link = b.links[0]
	}
	return t
}

// startControl serves the control interface of modems, where there is to be one,
// and returns its address.
func startControl(o Options, log *slog.Logger, c *closers, modems ...control.Target) (string, error) {
	addr := o.Control
	if addr == "" {
		return "", nil
	}
	if addr == PrivateControl {
		dir, err := shortDir()
		if err != nil {
			// Nobody asked for it: the run does without.
			log.Warn("no control socket", "error", err)
			return "", nil
		}
		c.atClose(func() error { return os.RemoveAll(dir) })
		addr = control.UnixPrefix + filepath.Join(dir, privateSocket)
	}
	s, err := control.Serve(control.Options{
		Address: addr, Insecure: o.ControlInsecure, Version: version.Get().Version, Log: log,
	}, modems...)
	if err != nil {
		return "", cli.Environment("--control", err, controlHint(addr))
	}
	c.atClose(s.Close)
	return s.Address(), nil
}

// controlHint is what to do about an address that cannot be served on.
func controlHint(addr string) string {
	if strings.HasPrefix(addr, control.UnixPrefix) {
		return ""
	}
	return "--control unix:PATH is for you alone; port 0 takes a free one"
}

// Control is the address of the control interface, "" where there is none.
func (b *Bench) Control() string { return b.control }
