package bench

import (
	"errors"
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
		b.journal = journal.New(0, sinks...)
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

// startControl serves the control interface. The modem runs by then; it is
// closed after it.
func (b *Bench) startControl() error {
	addr := b.options.Control
	if addr == "" {
		return nil
	}
	if addr == PrivateControl {
		dir, err := shortDir()
		if err != nil {
			// Nobody asked for it: the run does without.
			b.log.Warn("no control socket", "error", err)
			return nil
		}
		b.atClose(func() error { return os.RemoveAll(dir) })
		addr = control.UnixPrefix + filepath.Join(dir, privateSocket)
	}
	s, err := control.Serve(addr, b.options.ControlInsecure, control.Target{
		Modem: b.modem, Faults: b.engine, Files: b.files, Journal: b.journal, Version: version.Get().Version,
	}, b.log)
	if err != nil {
		return cli.Environment("--control", err, controlHint(addr))
	}
	b.control = s.Address()
	b.atClose(s.Close)
	return nil
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
