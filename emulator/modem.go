package emulator

import (
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/vfs"
)

// Options say which modem it is and what surrounds it. The zero value of each
// field is usable.
type Options struct {
	Module  string            // a name of Modules; "": EC200S
	Seed    uint64            // of everything random, the IMEI and SIM included
	Clock   *clock.Clock      // nil: at the speed of the wall clock
	Network network.Network   // nil: the machine's
	Files   *vfs.FS           // nil: in memory, with the module's capacity
	RTC     time.Time         // what AT+CCLK? shows at the start; zero: now, or 1970 in a cold boot
	Boot    Boot              // zero: it has long been up
	PIN     string            // of the SIM, where one is asked for; "": 1234
	Quirks  map[string]string // of Quirks, by name; the others as the module has them
	Log     *slog.Logger      // nil: silent
	Events  Observer          // nil: nobody watches
	Wire    Wire              // nil: nobody listens
	KeyLog  io.Writer         // TLS secrets in NSS format, from several goroutines; nil: none
}

// Aliases that let a command's row read well.
type (
	// Command is one row of the module's table.
	Command = atengine.Command[*Modem]
	// Call is one command being run.
	Call = atengine.Call[*Modem]
	// Response is what a command answers.
	Response   = atengine.Response
	variant    = atengine.Variant[*Modem]
	completion = atengine.Completion[*Modem]
)

// Modem is one virtual module.
type Modem struct {
	*loop
	profile Profile
	table   *atengine.Table[*Modem]
	clock   *clock.Clock
	random  *rand.Rand
	net     network.Network
	files   *vfs.FS
	ram     *vfs.FS // nil: the module has none
	log     *slog.Logger
	events  Observer
	wire    Wire
	keyLog  io.Writer
	seams   Seams

	quirks  map[string]string // in effect, all of them; others have them, too
	ports   []*port
	power   power
	sim     sim
	slot    simSlot
	book    phoneBook
	sense   sensors
	sms     smsService
	ussd    ussd
	serial  serialSettings
	config  config
	id      identity
	rtc     rtc
	radio   radio
	pdp     packetDomain
	ends    endpoints
	ssl     sslService
	voice   voice
	handles openFiles
	tcp     socketService
	result  resultStore

	indications indications
	nitz        nitz
	errands     errands

	urcsLost int // URCs for a port that there is not
}

// New starts a modem that is registered and takes commands as soon as a port is
// attached, unless Options.Boot says otherwise. Close ends it.
func New(o Options) (*Modem, error) {
	profile, err := lookupProfile(o.Module)
	if err != nil {
		return nil, err
	}
	b, err := profile.build(o.Quirks)
	if err != nil {
		return nil, err
	}
	sim, err := newSIM(o.PIN)
	if err != nil {
		return nil, err
	}
	m := &Modem{
		loop:    newLoop(),
		profile: profile,
		table:   b.table,
		quirks:  b.quirks,
		sim:     sim,
		clock:   o.Clock,
		random:  clock.Random(o.Seed),
		net:     o.Network,
		files:   o.Files,
		log:     o.Log,
		events:  o.Events,
		wire:    o.Wire,
		keyLog:  o.KeyLog,
	}
	if m.clock == nil {
		m.clock = clock.New(1)
	}
	if m.net == nil {
		m.net = &network.System{}
	}
	if m.files == nil {
		m.files = vfs.NewMemory(profile.UFS)
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	m.id = newIdentity(profile, o.Seed, m.random)
	m.radio = newRadio()
	m.nitz = newNITZ()
	m.sms.set = factorySMS()
	m.startPower(o.Boot, o.RTC)
	m.pdp = newPacketDomain()
	m.ends.setUp(m.quirks[quirkSharedIDs] == "on")
	m.ends.ports.next = firstPort + uint16(m.random.IntN(lastPort-firstPort))
	m.ssl.init()
	m.sense = newSensors(m.random)
	m.clearRAM()
	m.tcp.init()
	if err := m.loadSettings(); err != nil {
		return nil, err
	}
	if o.RTC.IsZero() && m.nitz.heard != nil {
		m.followNetwork()
	}
	m.raiseDefault()
	m.pdp.events = domainEvents{} // of long ago
	if err := m.loadMessages(); err != nil {
		return nil, err
	}
	go m.run(m.shutDown)
	return m, nil
}

// Module is the module's name, as AT+CGMM prints it.
func (m *Modem) Module() string { return m.profile.Name }

// IMEI is the module's, 15 digits. It does not change.
func (m *Modem) IMEI() string { return m.id.imei }

// ErrClosed is what calls on a closed modem return.
var ErrClosed = errors.New("the modem is closed")

// Close ends the modem: its connections are cut, its ports closed. It returns
// when its goroutines have ended.
func (m *Modem) Close() error {
	m.end()
	var errs []error
	for _, p := range m.ports {
		errs = append(errs, p.close())
	}
	m.ends.wait.Wait()
	m.errands.wait.Wait()
	return errors.Join(errs...)
}

// shutDown is the loop's last act.
func (m *Modem) shutDown() {
	m.handles.losePower()
	for e := range m.ends.all {
		e.release()
	}
	m.errands.losePower()
}

// do runs f on the loop and waits for it. It is for callers outside the modem.
func (m *Modem) do(f func()) error {
	done := make(chan struct{})
	if !m.post(func() { f(); close(done) }) {
		return ErrClosed
	}
	select {
	case <-done:
		return nil
	case <-m.ended:
		return ErrClosed
	}
}
