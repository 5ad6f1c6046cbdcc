package chat

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// Times that the recorder judges by.
const (
	guardTime = 900 * time.Millisecond // a silence around +++ from which on it is written
	guardMax  = 2 * time.Second        // the longest one that is written
	hostPause = 200 * time.Millisecond // after it, what the host sent is not the same line any more
	lineGap   = 100 * time.Millisecond // after it, what the modem says is not the same line any more
)

// Bounds of the recorder, in bytes.
const (
	recordPending = 4096 // of each side, waiting for the rest of a line
	recordRaw     = 80   // of one raw line
)

// Recorder makes a transcript of the bytes that pass between a host and a
// modem. The bytes of each side in the transcript are exactly the recorded
// ones, and no byte of the modem stands before a byte of the host that it came
// after, except the echo of a line, which the transcript implies.
//
// A command line gets the form > TEXT, framed answers get < TEXT and <| TEXT,
// all else is raw. @echo is written where the modem's echo starts or stops.
// Silence is written as @wait before and after +++, which needs it, and nowhere
// else; @timeout is written where the modem took long.
//
// A line is written as soon as it is complete; the Recorder keeps no more than
// the line under way. It may be used from several goroutines.
type Recorder struct {
	mu      sync.Mutex
	w       io.Writer
	out     bytes.Buffer // whole lines, not written yet
	err     error        // the first error of w
	echo    bool         // as the transcript says so far
	timeout time.Duration
	host    []byte        // sent, not in the transcript yet
	modem   []byte        // said after host, except an echo of it; not in the transcript yet
	framed  bool          // the transcript's last bytes of the modem are a < or <| line
	prompt  bool          // the transcript's last bytes of the modem ask for data
	guard   bool          // the transcript's last bytes of the host are +++
	silence time.Duration // of the host, before host[0]
	last    [Modem + 1]time.Time
}

// NewRecorder writes a transcript to w. Whoever opened w closes it, after the
// Recorder.
func NewRecorder(w io.Writer) *Recorder {
	return &Recorder{w: w, echo: true, timeout: DefaultTimeout}
}

// Record adds bytes that dir sent at the given time. Calls must come in the
// order of the bytes. The error is the first one of the writer.
func (r *Recorder) Record(dir Dir, p []byte, at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(p) > 0 && r.err == nil {
		part := p[:min(len(p), recordPending)]
		p = p[len(part):]
		if dir == Host {
			r.fromHost(part, at)
		} else {
			r.fromModem(part, at)
		}
		r.last[dir] = at
	}
	return r.push()
}

// Note adds a comment.
func (r *Recorder) Note(text string) error { return r.mark(Step{Op: OpComment, Text: text}) }

// Section adds the title of a section.
func (r *Recorder) Section(title string) error {
	if plain(title) == "" {
		title = "-"
	}
	return r.mark(Step{Op: OpSection, Text: title})
}

// Reopened says that the host has closed and opened the device.
func (r *Recorder) Reopened() error { return r.mark(Step{Op: OpReopen}) }

// Close writes what is left. It does not close the writer.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	return r.push()
}

// mark writes a step that is no bytes, after all bytes before it.
func (r *Recorder) mark(step Step) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	r.line(step)
	return r.push()
}

// fromHost takes bytes of the host.
func (r *Recorder) fromHost(p []byte, at time.Time) {
	if len(r.modem) > 0 && !r.echoing() {
		r.settle()
	}
	gap := since(at, r.last[Host])
	if len(r.modem) == 0 && r.paused(gap) || len(r.host)+len(p) > recordPending {
		r.settle()
	}
	if len(r.host) == 0 {
		r.silence = gap
	}
	r.host = append(r.host, p...)
}

// fromModem takes bytes of the modem, and writes what has become clear.
func (r *Recorder) fromModem(p []byte, at time.Time) {
	if slow := min(since(at, r.last[Host]), since(at, r.last[Modem])); slow > r.timeout/2 {
		r.timeout = min(MaxDuration, (2*slow).Truncate(time.Second)+time.Second)
		r.line(Step{Op: OpTimeout, Duration: r.timeout})
	}
	stale := since(at, r.last[Modem]) >= lineGap && !r.echoing()
	if stale || len(r.modem)+len(p) > recordPending {
		r.settleModem()
	}
	r.modem = append(r.modem, p...)
	r.reduce()
}

// since is the time from before to at; none if there was no before.
func since(at, before time.Time) time.Duration {
	if before.IsZero() {
		return 0
	}
	return at.Sub(before)
}

// echoing reports whether the modem has so far said the start of what the host
// sent, and nothing else.
func (r *Recorder) echoing() bool {
	return len(r.host) > 0 && bytes.HasPrefix(r.host, r.modem)
}

// paused reports whether, after this silence, the host goes on with something
// new. Command lines and +++ may be typed by hand.
func (r *Recorder) paused(silence time.Duration) bool {
	switch {
	case r.typing():
		return false
	case string(r.host) == "+" || string(r.host) == "++":
		return silence >= guardTime
	}
	return silence >= hostPause
}

// typing reports whether the host has sent the start of a command line.
func (r *Recorder) typing() bool {
	return len(r.host) > 0 && r.isCommand() && !bytes.Contains(r.host, []byte("\r"))
}

// isCommand reports whether host may be, or start with, a command line.
func (r *Recorder) isCommand() bool {
	prefix := r.host[:min(2, len(r.host))]
	return !r.prompt && bytes.EqualFold(prefix, []byte("AT")[:len(prefix)])
}

// commandLine is the command line that host starts with, its CR included, or
// nil.
func (r *Recorder) commandLine() []byte {
	i := bytes.IndexByte(r.host, '\r')
	if i < 2 || !r.isCommand() {
		return nil
	}
	return r.host[:i+1]
}

// reduce writes all that later bytes cannot put in another form.
func (r *Recorder) reduce() {
	for len(r.host) > 0 && len(r.modem) > 0 {
		line := r.commandLine()
		switch {
		case line != nil && bytes.HasPrefix(r.modem, line):
			if rest := r.host[len(line):]; len(rest) > 0 && string(rest) != "\n" {
				r.sendRaw(len(line)) // a player would wait for the echo before the rest
				continue
			}
			r.sendLine(line, true)
			r.modem = r.modem[len(line):]
		case line != nil && bytes.HasPrefix(line, r.modem), r.typing() && r.echoing():
			return // the rest of the echo is to come
		case line != nil:
			r.sendLine(line, false)
		default:
			r.sendRaw(len(r.host))
		}
	}
	if len(r.host) > 0 {
		return
	}
	for {
		op, n, skip := frame(r.modem, r.framed)
		if n == 0 {
			break
		}
		if op == OpExpectRaw {
			r.raw(op, r.modem[:n])
		} else {
			r.line(Step{Op: op, Data: Literal(string(r.modem[skip : n-2]))})
		}
		r.framed = op != OpExpectRaw
		r.modem = r.modem[n:]
	}
}

// frame finds the first form in the modem's bytes: its length n and where its
// text starts, or n 0 as long as later bytes decide. Inside a frame, a line
// that ends in CR LF belongs to the frame.
func frame(p []byte, framed bool) (op Op, n, skip int) {
	if bytes.HasPrefix([]byte("\r\n"), p) {
		return "", 0, 0 // nothing, or the start of a frame
	}
	if bytes.HasPrefix(p, []byte("\r\n")) {
		skip = 2
	}
	length := bytes.IndexAny(p[skip:], "\r\n")
	if length < 0 {
		return "", 0, 0
	}
	end := skip + length
	switch {
	case p[end] == '\r' && end+1 == len(p):
		return "", 0, 0
	case length == 0 && skip == 2:
		return OpExpectRaw, 2, 0 // CR LF alone; what follows may be a frame
	case p[end] == '\n' || p[end+1] != '\n':
		return OpExpectRaw, end + 1, 0
	case skip == 2:
		return OpExpect, end + 2, 2
	case framed:
		return OpExpectMore, end + 2, 0
	}
	return OpExpectRaw, end, 0 // the CR LF may open a frame
}

// settle writes everything, since nothing later can change it.
func (r *Recorder) settle() {
	for len(r.host) > 0 {
		line := r.commandLine()
		switch {
		case line == nil:
			r.sendRaw(len(r.host))
		case r.echo: // and the echo did not come
			r.sendRaw(len(line))
		default:
			r.sendLine(line, false)
		}
	}
	r.settleModem()
}

// settleModem writes what the modem has said, if the host's part is written.
func (r *Recorder) settleModem() {
	if len(r.host) > 0 && len(r.modem) > 0 {
		r.settle()
		return
	}
	if len(r.host) > 0 {
		return
	}
	r.reduce()
	if len(r.modem) > 0 {
		prompt := bytes.HasSuffix(r.modem, []byte("> "))
		r.raw(OpExpectRaw, r.modem)
		r.modem, r.framed, r.prompt = nil, false, prompt
	}
}

// sendLine writes the command line that host starts with.
func (r *Recorder) sendLine(line []byte, echo bool) {
	if r.echo != echo {
		r.echo = echo
		r.line(Step{Op: OpEcho, On: echo})
	}
	text := string(line[:len(line)-1])
	r.beforeHost(false)
	r.line(Step{Op: OpSend, Data: Literal(text)})
	r.host = r.host[len(line):]
}

// sendRaw writes the first n bytes of host.
func (r *Recorder) sendRaw(n int) {
	r.beforeHost(string(r.host[:n]) == "+++")
	r.raw(OpSendRaw, r.host[:n])
	r.host = r.host[n:]
}

// beforeHost writes the silence before a line of the host, if it is part of a
// guard time.
func (r *Recorder) beforeHost(escape bool) {
	if (escape || r.guard) && r.silence >= guardTime {
		wait := min(guardMax, (r.silence + 99*time.Millisecond).Truncate(100*time.Millisecond))
		r.line(Step{Op: OpWait, Duration: wait})
	}
	r.guard, r.silence = escape, 0
	r.framed = false
}

// raw writes raw lines, cut after a text's LF and where they would be long.
func (r *Recorder) raw(op Op, p []byte) {
	for len(p) > 0 {
		n := min(len(p), recordRaw)
		text := n - len(bytes.TrimLeft(p[:n], "\r\n")) // where it starts
		if i := bytes.IndexByte(p[text:n], '\n'); i >= 0 {
			n = text + i + 1
		}
		r.line(Step{Op: op, Data: Literal(string(p[:n]))})
		p = p[n:]
	}
}

// line adds one line to the transcript.
func (r *Recorder) line(step Step) {
	switch step.Op {
	case OpExpect, OpExpectMore, OpExpectRaw:
		r.guard = false // the modem has taken +++, one way or the other
		r.prompt = false
	}
	r.out.WriteString(step.String())
	r.out.WriteByte('\n')
}

// push writes the lines that are complete.
func (r *Recorder) push() error {
	if r.err == nil && r.out.Len() > 0 {
		_, r.err = r.out.WriteTo(r.w)
	}
	if r.err != nil {
		r.host, r.modem = nil, nil
		r.out.Reset()
	}
	return r.err
}
