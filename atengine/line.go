package atengine

import "time"

// Output takes what the line writes to the host. Write accepts everything; Room
// says how much more is welcome, and a line asks it before it makes more. Write
// may not keep p.
type Output interface {
	Write(p []byte)
	Room() int
}

// Timers is the time of the host side: guard times and timeouts that the host
// must meet. f runs on the goroutine that owns the line, and never after Stop.
type Timers interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) Stopper
}

// Stopper stops a timer.
type Stopper interface{ Stop() }

// Policy is a module's say in the result of each command: it maps an error to
// the wire, and may keep books of both (AT+QIGETERROR). err is nil for a
// command that did what it should; r is the result it asked for. c.Command is
// nil where there is none: an unknown command, a malformed or too long line.
type Policy[M any] interface {
	Result(m M, c *Call[M], r Result, err error) Result
}

// Config is what a Line is made of. Owner, Table, Output, Timers and Policy
// must be there.
type Config[M any] struct {
	Owner  M
	Table  *Table[M]
	Output Output
	Timers Timers
	Policy Policy[M]
	Hooks  *Hooks[M] // nil: none
	// Note is told what the host cannot see: input dropped, a payload cut.
	Note func(text string)
	// Idle is called when the line could take unsolicited output again.
	Idle func()
}

// Bounds of a line.
const (
	MaxLine  = 2048 // bytes of a command line; a longer one is an ERROR
	maxAhead = 2048 // bytes typed while a command runs (ruling 25)
	maxURCs  = 128  // unsolicited result codes that wait
	// typingHold is how long a half-typed line holds back URCs after its last
	// byte (ruling 24).
	typingHold = 5 * time.Second
)

type state uint8

const (
	collecting state = iota // the command state
	running                 // inside a command's handler, or between two
	busy                    // a command answers later
	prompting
	uploading
	downloading
	transparent
)

// Line is one serial port of a modem.
type Line[M any] struct {
	Settings
	cfg   Config[M]
	state state
	w     []byte // bytes for the host, collected until flush

	buf      []byte // the command line being typed
	tooLong  bool
	last     []byte    // the last command line's body, for A/
	cur      []byte    // the command line being run
	rest     []byte    // what of cur has not been run
	ahead    []byte    // typed while busy
	dropped  int       // bytes of ahead that had no room
	lastByte time.Time // when the host last sent something
	afterCR  bool      // the last byte that was used ended a command line
	hostLF   bool      // this host ends its lines with CR LF (ruling 23)
	orphan   bool      // the host that gave the running line has gone

	call Call[M]
	name [32]byte // scratch for the parser
	seq  uint64   // counts commands, so that a late Completion is known

	reply  Response  // what After sees
	judged bool      // After has seen the answer and holds it back
	early  *Response // of a handler that finishes before it returns that it waits

	prompt   *Prompt
	upload   *Upload
	download *Download
	stream   *Transparent
	data     []byte // collected by prompt and upload
	idle     Stopper
	esc      escape

	surplus int // bytes past a prompt's bound
	slack   int // pluses owed to a transparent connection
	unsent  int // bytes that a transparent connection has been offered

	heldEcho []byte // of a line being typed, see Hooks.HoldEcho

	urcs     []string
	urcDrops int
	cached   bool    // HoldURCs
	hold     Stopper // ends the hold of a half-typed line
	feeding  bool
	resets   int // how often Reset was called
}

// NewLine returns a line in the command state with factory settings.
func NewLine[M any](cfg Config[M]) *Line[M] {
	if cfg.Note == nil {
		cfg.Note = func(string) {}
	}
	if cfg.Idle == nil {
		cfg.Idle = func() {}
	}
	l := &Line[M]{Settings: Factory(), cfg: cfg}
	l.call.Line = l
	return l
}

// Feed takes bytes from the host and returns how many it used. It uses fewer
// than all when the host must be pushed back: offer the rest again once Output
// has room, or after Resume.
func (l *Line[M]) Feed(p []byte) int {
	if len(l.urcs) > 0 || len(l.ahead) > 0 {
		l.catchUp() // with what came before p
	}
	n := 0
	if len(p) > 0 && (l.occupied() || len(l.ahead) == 0) {
		l.lastByte = l.cfg.Timers.Now()
		n = l.feed(p)
	}
	l.flush()
	return n
}

func (l *Line[M]) feed(p []byte) int {
	n, resets := 0, l.resets
	for n < len(p) {
		if l.answering() && l.room() <= 0 {
			break
		}
		used := l.feedState(p[n:])
		if l.resets != resets {
			return len(p) // what follows was for the module that is gone
		}
		n += used
		if used == 0 {
			break
		}
	}
	return n
}

// occupied reports whether a command runs, so that what the host types waits.
func (l *Line[M]) occupied() bool { return l.state == running || l.state == busy }

// answering reports whether what the host sends now makes output, so that it
// must wait for room.
func (l *Line[M]) answering() bool {
	return l.state == collecting || l.state == prompting ||
		l.state == uploading && l.upload.AckEvery > 0
}

// room is how much more the output welcomes, what waits for flush counted.
func (l *Line[M]) room() int { return l.cfg.Output.Room() - len(l.w) }

// feedState hands p to the present state, which may change it, and returns how
// many bytes that state took.
func (l *Line[M]) feedState(p []byte) int {
	switch l.state {
	case running, busy:
		return l.feedAhead(p)
	case prompting:
		return l.feedPrompt(p)
	case uploading:
		return l.feedUpload(p)
	case downloading:
		return l.feedDownload(p)
	case transparent:
		return l.feedTransparent(p)
	}
	return l.feedCommand(p)
}

// feedAhead keeps what a host types while a command runs. It is echoed when it
// is used.
func (l *Line[M]) feedAhead(p []byte) int {
	room := maxAhead - len(l.ahead)
	take := min(len(p), room)
	l.ahead = append(l.ahead, p[:take]...)
	if take < len(p) {
		if l.dropped == 0 {
			l.cfg.Note("input while a command runs is over its bound: dropped")
		}
		l.dropped += len(p) - take
	}
	return len(p)
}

// feedCommand collects a command line, up to and including its end, as long as
// there is room for the echo.
func (l *Line[M]) feedCommand(p []byte) int {
	end, full := l.cr(), len(l.w)+l.room()
	for i, b := range p {
		if len(l.w) >= full {
			return i
		}
		if b == '\n' && l.afterCR && end != '\n' {
			l.afterCR, l.hostLF = false, true
			continue
		}
		l.afterCR = false
		switch {
		case b == end:
			l.echo(b)
			l.afterCR = true
			used := i + 1
			if used < len(p) && p[used] == '\n' && end != '\n' {
				// It came before anything could be answered.
				used++
				l.afterCR, l.hostLF = false, true
			}
			l.endOfLine()
			return used
		case b == l.s[5]:
			if len(l.buf) > 0 {
				l.buf = l.buf[:len(l.buf)-1]
				l.echo(b, ' ', b)
			}
		case b == '/' && len(l.buf) > 0 && l.buf[len(l.buf)-1]|0x20 == 'a' && findAT(l.buf) < 0:
			l.echo(b)
			l.buf, l.tooLong = l.buf[:0], false
			l.run(l.last)
			return i + 1
		default:
			l.echo(b)
			l.keep(b)
		}
	}
	return len(p)
}

func (l *Line[M]) echo(p ...byte) {
	hold := l.cfg.Hooks != nil && l.cfg.Hooks.HoldEcho || len(l.heldEcho) > 0 // to the line's end
	switch {
	case !l.Echo:
	case !hold:
		l.w = append(l.w, p...)
	default:
		if len(l.heldEcho)+len(p) > maxHeld {
			l.w = append(l.w, l.heldEcho...)
			l.heldEcho = l.heldEcho[:0]
		}
		l.heldEcho = append(l.heldEcho, p...)
	}
}

// keep adds b to the line being typed. Control characters are echoed but do not
// count (V.250 5.2.2).
func (l *Line[M]) keep(b byte) {
	switch {
	case b < ' ' || b == 0x7f:
	case len(l.buf) >= MaxLine:
		l.tooLong = true
	default:
		l.buf = append(l.buf, b)
	}
}

// endOfLine runs what was typed. A line without AT is no command line: it is
// ignored (V.250 5.2.1).
func (l *Line[M]) endOfLine() {
	line, tooLong := l.buf, l.tooLong
	l.buf, l.tooLong = l.buf[:0], false
	at := findAT(line)
	switch {
	case at < 0:
		l.releaseEcho()
		l.idleAgain()
	case tooLong:
		l.releaseEcho()
		l.call = Call[M]{Line: l, args: l.call.args[:0]}
		l.finish(l.cfg.Policy.Result(l.cfg.Owner, &l.call, Error, ErrTooLong))
	default:
		l.last = append(l.last[:0], line[at:]...)
		l.run(line[at:])
	}
}

// typing reports whether a command line is half typed, so that a URC would land
// in the middle of it.
func (l *Line[M]) typing() bool {
	if l.state != collecting {
		return false
	}
	for _, b := range l.buf {
		if b|0x20 == 'a' {
			return true
		}
	}
	return false
}

// HostClosed is what a line does when the host closes the device or DTR drops:
// half a line is forgotten, a data phase ends, and a transparent one as AT&D
// says (rulings 26 and 27). A command that runs goes on; a data phase that it
// begins later is ended at once.
func (l *Line[M]) HostClosed() {
	l.buf, l.tooLong, l.heldEcho = l.buf[:0], false, l.heldEcho[:0]
	l.afterCR, l.hostLF = false, false
	l.ahead, l.dropped = l.ahead[:0], 0
	l.unsent = 0
	l.orphan = l.occupied()
	if !l.hangUp() && l.state == collecting {
		l.stopHold()
		l.idleAgain() // no half-typed line holds it back any more
	}
	l.flush()
}

// hangUp ends the data phase that the line is in, and reports whether it did.
func (l *Line[M]) hangUp() bool {
	switch l.state {
	case prompting:
		l.endPrompt(HungUp)
	case uploading:
		l.endUpload(HungUp)
	case downloading:
		l.endDownload(HungUp)
	case transparent:
		if l.DTR == 0 {
			return false
		}
		l.leave(HungUp, l.DTR == 1)
	default:
		return false
	}
	return true
}

// Reset puts the line into its state after power on, with the settings s. What
// runs is forgotten: its Completion does nothing any more, and neither Done nor
// Left of its data phase is called. Called from within Feed, it drops the rest
// of what was fed.
func (l *Line[M]) Reset(s Settings) {
	l.flush()
	l.stopIdle()
	l.stopHold()
	l.esc.stop()
	l.seq++
	owner := l.cfg
	*l = Line[M]{Settings: s, cfg: owner, seq: l.seq, last: l.last[:0], resets: l.resets + 1}
	l.call.Line = l
}

// Transparent reports whether the port belongs to a connection.
func (l *Line[M]) Transparent() bool { return l.state == transparent }

// flush gives the collected bytes to the output in one write.
func (l *Line[M]) flush() {
	if len(l.w) > 0 {
		l.cfg.Output.Write(l.w)
		l.w = l.w[:0]
	}
}
