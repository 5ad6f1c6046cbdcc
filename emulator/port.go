package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	serial "github.com/quectel-sim/qsim/port"
)

// Port is a serial device as the modem sees it. The package port has several.
type Port interface {
	Next(buf []byte) (n int, ev serial.Event, err error)
	TryWrite(p []byte) (int, error)
	WaitWritable() error
	Path() string
	io.Closer
}

// Bounds of a port.
const (
	inChunk = 4096 // bytes read from the host at a time, once it has sent as many as:
	inFirst = 256
	inRoom  = 32 * 1024 // bytes of the host that wait: more than a PTY holds
	outRoom = 16 * 1024 // bytes that wait for a host that does not read
)

// port joins a Port to its line. A reader goroutine lends the loop what it read.
// What the line does not take waits in in, which is bounded: while it is full
// the host is pushed back. (It is there because a host that goes is only seen
// behind the last byte it sent.) What the host does not read waits in out, which
// is bounded, too: while it is full nothing is taken from the host or from the
// network.
type port struct {
	m    *Modem
	dev  Port
	name string
	line *atengine.Line[*Modem]

	buf   []byte        // the reader's
	got   []byte        // what it read into buf, and has not been heard yet
	in    byteQueue     // what the line has not taken yet
	full  bool          // in is: the reader waits
	taken chan struct{} // got is used: the reader may read on

	out     []byte // what the host has not taken yet
	wake    chan struct{}
	waiting bool           // the writer waits for the host to read
	open    bool           // a host has it open
	absent  bool           // no host: bytes for it were dropped (ruling 28)
	dtrOff  bool           // DTR is off, and stays so
	resume  *endpoint      // what ATO goes back to; nil: nothing
	running sync.WaitGroup // reader and watcher

	whenDone func()   // what follows the result of the command line that runs; nil: nothing
	late     []string // result codes that AT+QCFG="urcdelay" holds back
	lateDue  time.Time

	captured        *[]byte // takes the output of a command that no host typed
	bentIn, bentOut pacer   // what a Bender or a pause holds back
}

// Attach puts the modem behind p and takes it over: Close closes it. Ports are
// named in the order they come, usbmodem, usbat, uart1; the error is that of one
// too many, or ErrClosed.
func (m *Modem) Attach(p Port) error {
	a := &port{
		m: m, dev: p, buf: make([]byte, inFirst),
		taken: make(chan struct{}, 1),
	}
	full := false
	err := m.do(func() {
		if full = len(m.ports) >= MaxPorts; full {
			return
		}
		a.name = portNames[len(m.ports)]
		a.line = atengine.NewLine(atengine.Config[*Modem]{
			Owner: m, Table: m.table, Output: a, Timers: hostTimers{m}, Policy: policy{},
			Note: func(text string) { m.note(a, text) },
			Idle: a.idle, Hooks: &m.seams.Hooks,
		})
		a.bentIn = pacer{m: m, pass: a.take, moved: a.readOn}
		a.bentOut = pacer{m: m, pass: a.send, moved: a.roomier}
		a.line.Settings = m.serial.line
		m.ports = append(m.ports, a)
		a.running.Go(a.read)
	})
	if full {
		err = fmt.Errorf("a modem has %d ports, not more", MaxPorts)
	}
	if err != nil {
		return errors.Join(err, p.Close())
	}
	return nil
}

// portOf is the port that a command came by.
func (m *Modem) portOf(c *Call) *port {
	for _, p := range m.ports {
		if p.line == c.Line {
			return p
		}
	}
	return nil
}

// MaxPorts is how many ports a modem has at most.
const MaxPorts = 3

const (
	usbATPort = "usbat"
	uartPort  = "uart1"
)

// portNames are what AT+QSSLSTATE and AT+QURCCFG call the ports (ruling 17).
var portNames = []string{"usbmodem", usbATPort, uartPort}

// PortNames are the names of a modem's ports, in the order in which they are
// attached.
func PortNames() []string { return slices.Clone(portNames) }

// read is the reader goroutine.
func (a *port) read() {
	opened, closed, received := a.hostOpened, a.hostClosed, a.received
	for {
		n, ev, err := a.dev.Next(a.buf)
		if err != nil {
			return
		}
		act := received
		switch ev {
		case serial.HostOpen:
			act = opened
		case serial.HostClose:
			act = closed
		default:
			a.got = a.buf[:n]
		}
		if !a.m.post(act) {
			return
		}
		select {
		case <-a.taken:
		case <-a.m.quit:
			return
		}
		switch { // most hosts never send that much, and most devices have no host
		case ev == serial.HostClose:
			if len(a.buf) > inFirst {
				a.buf = make([]byte, inFirst)
			}
		case n == len(a.buf) && n < inChunk:
			a.buf = make([]byte, inChunk)
		}
	}
}

func (a *port) hostOpened() {
	a.open, a.absent, a.dtrOff = true, false, false
	a.m.event(Event{Kind: HostOpen, Port: a.name})
	a.m.hostCame()
	a.taken <- struct{}{}
}

// hostClosed comes behind all that the host sent. What is still not taken then
// has nowhere to go, unless the connection keeps the port (AT&D0).
func (a *port) hostClosed() {
	a.open = false
	a.m.event(Event{Kind: HostClose, Port: a.name})
	if waiting := a.bentOut.drop(); waiting || len(a.out) > 0 {
		a.out = a.out[:0]
		a.m.note(a, "the host went: output that waited for it is dropped")
	}
	a.consume()
	a.line.HostClosed()
	a.m.dtrDropped(a)
	a.m.ends.hostClosed(a)
	if n := a.in.len(); !a.line.Transparent() {
		if held := a.bentIn.drop(); held || n > 0 {
			a.in.pop(n)
			a.m.note(a, "the host went: what it had sent last is dropped")
		}
	}
	a.taken <- struct{}{}
}

func (a *port) received() {
	if a.m.wire != nil {
		a.m.wire.Wire(a.name, FromHost, a.got)
	}
	a.got = a.heard(a.got)
	a.full = true
	a.hear()
}

// hear passes on what was read. Where somebody watches, all that a line leads to
// at once comes before the next one is heard, whether the host has sent
// that by then or not.
func (a *port) hear() {
	for len(a.got) > 0 {
		n := len(a.got)
		if s := &a.m.seams; (s.Before != nil || s.Lines != nil || s.Route != nil) && !a.line.Transparent() {
			n = lineEnd(a.got)
		}
		p := a.got[:n]
		a.got = a.got[n:]
		a.pass(p)
		if len(a.got) > 0 && len(a.m.next) > 0 {
			a.m.later(a.hearOn)
			return
		}
	}
	a.readOn()
}

// hearOn is hear, once nothing else is to come first.
func (a *port) hearOn() {
	if len(a.m.next) > 0 {
		a.m.later(a.hearOn)
		return
	}
	a.hear()
}

// lineEnd is how many bytes of p are a line with its CR, and an LF behind it, or
// may be the one that ends with A/.
func lineEnd(p []byte) int {
	n := bytes.IndexByte(p, '\r')
	if n < 0 {
		n = len(p) - 1
	}
	if slash := bytes.IndexByte(p[:n+1], '/'); slash >= 0 {
		n = slash
	}
	if n++; n < len(p) && p[n] == '\n' {
		n++
	}
	return n
}

// pass bends bytes of the host, and takes them when their time has come.
func (a *port) pass(p []byte) {
	if bend := a.m.seams.Bend; bend != nil {
		if pieces, bent := bend.Bend(a.name, FromHost, p); bent {
			a.bentIn.push(pieces...)
			return
		}
	}
	if a.bentIn.holds() {
		a.bentIn.push(Piece{Bytes: p})
	} else {
		a.take(p)
	}
}

// take feeds the line with bytes of the host, and keeps what it does not use.
func (a *port) take(p []byte) {
	used := 0
	if why := a.deaf(); why != "" {
		a.ignore(len(p), why)
		used = len(p)
	} else if a.in.len() == 0 {
		used = a.line.Feed(p)
	}
	a.in.push(p[used:])
	a.unstick(used)
}

// unstick goes on with what waits when the line stopped for want of room that
// the host has then made at once: no writer will come back for it.
func (a *port) unstick(used int) {
	if used > 0 && a.in.len() > 0 && len(a.out) == 0 {
		a.m.later(a.consume)
	}
}

// readOn lets the reader read on, if it waits and there is room.
func (a *port) readOn() {
	if a.full && len(a.got) == 0 && a.in.len()+a.bentIn.size < inRoom {
		a.full = false
		a.taken <- struct{}{}
	}
}

// consume feeds the line with what waits.
func (a *port) consume() {
	n := a.in.len()
	if n == 0 {
		return
	}
	used := n
	if why := a.deaf(); why != "" {
		a.ignore(n, why)
	} else {
		used = a.line.Feed(a.in.peek(n))
	}
	a.in.pop(used)
	a.readOn()
	a.unstick(used)
}

// idle is the line ready for anything: what connections hold for it, and what
// the host sent while it could not be taken.
func (a *port) idle() {
	if f := a.whenDone; f != nil {
		a.whenDone = nil
		f()
	}
	a.m.ends.lineFree(a)
	if a.in.len() > 0 {
		a.m.later(a.consume)
	}
}

// Write queues p for the host, and sends what the host takes at once.
func (a *port) Write(p []byte) {
	if a.captured != nil {
		*a.captured = append(*a.captured, p...)
		return
	}
	if bend := a.m.seams.Bend; bend != nil {
		if pieces, bent := bend.Bend(a.name, ToHost, p); bent {
			a.bentOut.push(pieces...)
			return
		}
	}
	if a.bentOut.holds() {
		a.bentOut.push(Piece{Bytes: p})
		return
	}
	a.send(p)
}

// Pause holds back all further output for d on the modem's clock.
func (a *port) Pause(d time.Duration) { a.bentOut.push(Piece{Wait: d}) }

func (a *port) send(p []byte) {
	p = a.said(p)
	if len(a.out) == 0 {
		p = p[a.try(p):]
	}
	if len(p) > 0 {
		a.out = append(a.out, p...)
		a.wait()
	}
}

// try gives the host what it takes now and returns how much of p is done with.
func (a *port) try(p []byte) int {
	n, err := a.dev.TryWrite(p)
	if a.m.wire != nil && n > 0 {
		a.m.wire.Wire(a.name, ToHost, p[:n])
	}
	if err == nil {
		return n
	}
	if !a.absent {
		a.absent = true
		a.m.note(a, "no host: output is dropped")
	}
	return len(p)
}

// Room is how many more bytes may wait for the host.
func (a *port) Room() int { return outRoom - len(a.out) - a.bentOut.size }

// wait lets the writer goroutine tell when the host reads again. It exists from
// the first time a host did not keep up.
func (a *port) wait() {
	if a.waiting {
		return
	}
	a.waiting = true
	if a.wake == nil {
		a.wake = make(chan struct{}, 1)
		a.running.Go(a.watch)
	}
	a.wake <- struct{}{}
}

// watch is the writer goroutine: it writes nothing, it waits.
func (a *port) watch() {
	writable := a.writable
	for {
		select {
		case <-a.wake:
		case <-a.m.quit:
			return
		}
		// Without a host there is nothing to wait for: what is queued is dropped.
		err := a.dev.WaitWritable()
		if errors.Is(err, net.ErrClosed) || !a.m.post(writable) {
			return
		}
	}
}

func (a *port) writable() {
	a.waiting = false
	n := a.try(a.out)
	a.out = append(a.out[:0], a.out[n:]...)
	if len(a.out) > 0 {
		a.wait()
	}
	a.roomier()
}

// roomier goes on when enough of what the host had to read is gone.
func (a *port) roomier() {
	if a.Room() > outRoom/2 {
		a.goOn()
	}
}

// goOn continues what stopped for want of room: here, or in a connection.
func (a *port) goOn() {
	a.line.Resume()
	a.m.ends.lineFree(a)
	a.consume()
}

func (a *port) close() error {
	err := a.dev.Close()
	a.running.Wait()
	return err
}
