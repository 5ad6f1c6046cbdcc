// Package bench puts a modem on a test bench: it starts one with all that
// surrounds it, in the order in which the parts need each other, and takes it
// down again.
//
//	b, err := bench.Start(bench.Options{Lab: true, Link: "./ttyQ"})
//	defer b.Close()
//	fmt.Println(b.Device()) // a host can open it now
//
// It wires, and holds no behaviour of a modem.
package bench

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/judge"
	"github.com/quectel-sim/qsim/scenarios/scenario"
	"github.com/quectel-sim/qsim/vfs"
)

// Options say which modem stands on the bench and what surrounds it. The zero
// value is an EC200S behind a PTY, on the machine's network.
type Options struct {
	Count      int                // how many modems, of StartAll; 0: 1
	Module     string             // a name of emulator.Modules; "": the default one
	Seed       uint64             // of everything random
	Speed      float64            // of the modem's clock; 0: 1
	RTC        time.Time          // what AT+CCLK? shows at the start; zero: now, or 1970 in a cold boot
	Boot       emulator.Boot      // how it begins; zero: it has long been up
	Quirks     map[string]string  // of emulator.Quirks, by name; the others as the module has them
	UFS        string             // the directory of the file store; "": in memory
	Files      map[string][]byte  // put into the file store where it has none of the name; nil: the lab's
	Lab        bool               // the lab's servers are in reach
	Offline    bool               // the machine's network is not
	ConnectTo  []network.Rule     // connections that lead elsewhere
	Ports      int                // how many ports it has, 1 to emulator.MaxPorts; 0: 1
	Listen     string             // HOST:PORT of a TCP port instead of a PTY; further ports have the next numbers
	Link       string             // a path that leads to the PTY; PATH.1 and so on to those of further ports
	ReadyFile  string             // a file that is there while the modem takes commands
	Artifacts  string             // the directory of the evidence; "": none
	Transcript io.Writer          // gets the transcript as well; nil: nobody
	KeyLog     string             // a file that TLS secrets are added to, in NSS format; "": none
	Log        *slog.Logger       // nil: silent
	Scenario   *scenario.Scenario // what goes wrong, and what is expected of the host; nil: nothing
	Events     emulator.Observer  // is told of what happens, on the modem's loop; nil: nobody

	Control         string // address of the control interface, or PrivateControl; "": none
	ControlInsecure bool   // it may be reached from other machines
	Kept            int    // how many entries a journal keeps for its readers; 0: as many as all modems can afford

	of        *shared // what it has in common with others; nil: it is alone
	firstPort int     // how many port numbers of Listen are those of others
}

// Bench is a running modem and what surrounds it.
type Bench struct {
	options Options
	profile emulator.Profile
	log     *slog.Logger
	files   *vfs.FS
	lab     *lab.Lab           // nil: none
	records map[string]*record // of what passes, by port
	keyLog  *os.File           // nil: none
	devices []string           // one for each port
	links   []string           // one for each, or none
	modem   *emulator.Modem
	engine  *fault.Engine
	judge   *judge.Judge     // nil: nothing is expected
	journal *journal.Journal // nil: nobody reads it
	control string           // the address of its interface
	closers
}

// Start starts the modem. When it returns the modem takes commands, and the
// ready file says so. Its errors are *cli.Failure.
func Start(o Options) (*Bench, error) {
	b := &Bench{options: o, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler))}
	for _, step := range []func() error{
		b.clearReadyFile, b.chooseModule, b.openFiles, b.startLab, b.provideFiles, b.scenarioFiles,
		b.startRecord, b.startJournal, b.prepareFaults, b.openKeyLog, b.startModem, b.startControl, b.writeReadyFile,
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// Device is what a host opens: the path of a PTY, or with Listen tcp://HOST:PORT.
// Of several it is the first.
func (b *Bench) Device() string { return b.Devices()[0] }

// Devices are what hosts open, one for each port of the modem.
func (b *Bench) Devices() []string { return b.devices }

// Log is where the modem's log goes.
func (b *Bench) Log() *slog.Logger { return b.log }

// Lab is the lab, or nil where there is none.
func (b *Bench) Lab() *lab.Lab { return b.lab }

// Close ends the modem and removes the link, its lock and the ready file.
func (b *Bench) Close() error { return b.close() }

func (b *Bench) chooseModule() (err error) {
	b.profile, err = Module(b.options.Module)
	return err
}

// Module finds a module by name, in any case; "" is the default one.
func Module(name string) (emulator.Profile, error) {
	p, err := emulator.LookupModule(name)
	if err == nil {
		return p, nil
	}
	names := ModuleNames()
	return p, cli.Usage("", cli.DidYouMean(name, names, "the modules are "+strings.Join(names, ", ")),
		"there is no module %q", name)
}

// ModuleNames are the names of all modules.
func ModuleNames() []string {
	var names []string
	for _, p := range emulator.Modules() {
		names = append(names, p.Name)
	}
	return names
}

func (b *Bench) openFiles() (err error) {
	if b.options.UFS == "" {
		b.files = vfs.NewMemory(b.profile.UFS)
	} else if b.files, err = vfs.Open(b.options.UFS, b.profile.UFS); err != nil {
		return cli.Environment("--ufs", err, "another directory, or none: then the files are in memory")
	} else if err := unix.Access(b.options.UFS, unix.W_OK); err != nil {
		// Good enough for what is in it, and the host is told by AT+CMEE.
		b.log.Warn("nothing can be stored in the directory of --ufs", "directory", b.options.UFS, "error", err)
	}
	b.atClose(b.files.Close)
	return nil
}

func (b *Bench) startLab() (err error) {
	if b.options.of != nil {
		b.lab = b.options.of.lab
		return nil
	}
	b.lab, err = startLab(b.options, &b.closers)
	return err
}

// startLab starts the lab, where there is to be one.
func startLab(o Options, c *closers) (*lab.Lab, error) {
	if !o.Lab {
		return nil, nil
	}
	// What the network does by itself keeps the modem's time (ruling 20).
	interval := time.Duration(float64(time.Second) / cmp.Or(o.Speed, 1))
	l, err := lab.Start(lab.Options{Interval: interval})
	if err != nil {
		return nil, cli.Environment("--lab", err, "")
	}
	c.atClose(l.Close)
	return l, nil
}

func (b *Bench) speed() float64 { return cmp.Or(b.options.Speed, 1) }

// provideFiles gives the file store what the lab needs. A file of that name is
// the user's and stays; a store that takes no file is still good for the rest.
func (b *Bench) provideFiles() error {
	files := b.options.Files
	if files == nil && b.lab != nil {
		files = b.lab.Files()
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := b.files.Create(name, files[name])
		if err != nil && !errors.Is(err, vfs.ErrExist) {
			b.log.Warn("the file store lacks a file of the lab", "error", err)
		}
	}
	return nil
}

// reach is the network as the modem sees it.
func (b *Bench) reach() network.Network {
	var reach network.Network = network.System{}
	if b.options.Offline {
		reach = network.Offline{}
	}
	if b.lab != nil {
		reach = b.lab.Network(reach)
	}
	rules := b.options.ConnectTo
	if b.options.Scenario != nil {
		rules = append(slices.Clone(rules), b.options.Scenario.Setup.Redirects()...)
	}
	return network.Redirect(rules, reach)
}

// openKeyLog opens the file for what a capture needs to be read. It is added to,
// since several runs may share it.
func (b *Bench) openKeyLog() (err error) {
	if b.options.KeyLog == "" {
		return nil
	}
	b.keyLog, err = os.OpenFile(b.options.KeyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return cli.Environment("--keylog", err, "")
	}
	b.atClose(b.keyLog.Close)
	return nil
}

// startModem starts the modem behind its port.
func (b *Bench) startModem() error {
	options := emulator.Options{
		Module: b.profile.Name, Seed: b.options.Seed, Clock: clock.New(b.speed()),
		Network: b.reach(), Files: b.files, RTC: b.clockAtStart(), Boot: b.options.Boot, Quirks: b.options.Quirks, Log: b.log, Events: b.options.Events,
	}
	if b.keyLog != nil {
		options.KeyLog = b.keyLog
	}
	first := b.options.Events
	if w := newWatch(b.log, b.records, first); w != nil {
		first, options.Wire = w, w
	}
	options.Events = b.watchers(first)
	m, err := emulator.New(options)
	if err != nil {
		return cli.Environment("start the "+b.profile.Name, err, "")
	}
	b.atClose(m.Close)
	if err := b.attachFaults(m); err != nil {
		return err
	}
	for i := range max(1, b.options.Ports) {
		p, err := b.openPort(i)
		if err != nil {
			return err
		}
		if err := m.Attach(p); err != nil {
			return cli.Environment("start the "+b.profile.Name, err, "")
		}
		b.devices = append(b.devices, p.Path())
	}
	if err := b.setUp(m); err != nil {
		return err
	}
	return b.placeLinks()
}

// Ready describes the running modem.
func (b *Bench) Ready() Ready {
	r := Ready{
		Device:  b.Device(),
		Control: b.control,
		Devices: b.devices,
		Module:  b.profile.Name,
		Seed:    b.options.Seed,
		PID:     os.Getpid(),
		Version: version.Get().Version,
	}
	if len(b.links) > 0 {
		r.Link = b.links[0]
	}
	if b.options.Listen != "" {
		r.Listen = b.Device()
	}
	if b.lab != nil {
		r.Lab = b.lab.Services()
	}
	return r
}
