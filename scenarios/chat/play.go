package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"time"
)

// What Options means where it is zero.
const (
	DefaultTimeout = 5 * time.Second
	DefaultSettle  = 100 * time.Millisecond
)

// maxPending bounds the modem's bytes that wait to be matched. It is soft by
// one read.
const maxPending = 1 << 20

// Options is what a script does not say itself.
type Options struct {
	// Timeout is how long an expectation may take, and a write of the host, as
	// long as no @timeout says otherwise. 0 means DefaultTimeout.
	Timeout time.Duration

	// Settle is how long after the last step bytes of the modem still count as
	// a mismatch. 0 means DefaultSettle; below 0 only those that have already
	// been read count.
	Settle time.Duration

	// Files holds what @file and @size name. nil means no files.
	Files fs.FS

	// Vars are values of placeholders known beforehand. Play does not change it.
	Vars map[string]string

	// Observe, if set, is called with the bytes of both sides as they pass: the
	// host's just before they are written, the modem's when they arrive, with
	// the title of the @section in which that is. The calls come from the
	// goroutine of Play; the bytes must not be kept or changed.
	Observe func(dir Dir, p []byte, section string)
}

// Result is what a played script did, also one that ended with an error.
type Result struct {
	Steps    int               // steps done, comments and blank lines included
	Sent     int               // bytes of the host
	Received int               // bytes of the modem that matched
	Vars     map[string]string // the values of all names
}

// Device is a device that can be closed and opened again, which @reopen needs.
// If the device knows deadlines, Reopen is called while no Read is under way. If
// it does not, one is, and Reopen must make it return.
type Device interface {
	io.ReadWriter
	Reopen() error
}

// Session is a host on a device: it plays scripts one after another. Between
// NewSession and Close it owns the device's reading side. It is not safe for
// concurrent use.
type Session struct {
	wire    wire
	pending []byte  // of the modem, not matched yet
	before  history // for messages
}

// NewSession starts reading from dev. Whoever opened the device closes it.
//
// If dev has SetReadDeadline and SetWriteDeadline, as an os.File on a tty and a
// net.Conn do, Close interrupts what is under way and leaves the device fit for
// use. If it has not, a Read stays behind until dev is closed or says something
// more: close such a device first, then the Session.
func NewSession(dev io.ReadWriter) *Session {
	s := &Session{wire: wire{dev: dev}}
	s.wire.start()
	return s
}

// Close stops reading. It does not close the device.
func (s *Session) Close() { s.wire.interrupt() }

// Play is the host of script on dev: a Session for this script alone.
func Play(ctx context.Context, dev io.ReadWriter, script *Script, opts Options) (Result, error) {
	s := NewSession(dev)
	defer s.Close()
	return s.Play(ctx, script, opts)
}

// Play plays one script from its start: echo on, no section, the variables of
// opts alone. The error is a [*Mismatch] if the modem did not do as the script
// says; else it tells the line at which ctx, the device or a file failed.
func (s *Session) Play(ctx context.Context, script *Script, opts Options) (Result, error) {
	p := &player{
		Session: s, ctx: ctx, script: script, opts: opts,
		echo: true, timeout: opts.Timeout, settle: opts.Settle,
		result: Result{Vars: map[string]string{}},
	}
	maps.Copy(p.result.Vars, opts.Vars)
	if p.timeout == 0 {
		p.timeout = DefaultTimeout
	}
	if p.settle == 0 {
		p.settle = DefaultSettle
	}
	for i, step := range script.Steps {
		p.index = i
		if err := p.do(step); err != nil {
			return p.result, err
		}
		p.result.Steps++
	}
	return p.result, p.finish()
}

// player is one run of a script.
type player struct {
	*Session
	ctx     context.Context
	script  *Script
	opts    Options
	index   int // of the step
	echo    bool
	section string
	timeout time.Duration
	settle  time.Duration
	result  Result
}

// do performs one step.
func (p *player) do(step Step) error {
	switch step.Op {
	case OpSection:
		p.section = step.Text
	case OpEcho:
		p.echo = step.On
	case OpTimeout:
		p.timeout = step.Duration
	case OpWait:
		_, err := p.pause(step.Duration, func() bool { return false })
		return p.fail(err)
	case OpQuiet:
		return p.quiet(step.Duration)
	case OpReopen:
		return p.reopen()
	case OpSize:
		size, err := fileSize(p.opts.Files, step.Text)
		if err != nil {
			return p.fail(err)
		}
		p.result.Vars[step.Name] = size
	case OpFile:
		content, err := readFile(p.opts.Files, step.Text)
		if err != nil {
			return p.fail(err)
		}
		return p.fail(p.send(content))
	case OpSend, OpSendRaw:
		text, err := step.wire().Expand(p.result.Vars)
		if err != nil {
			return p.fail(err)
		}
		if err := p.send([]byte(text)); err != nil {
			return p.fail(err)
		}
		if step.Op == OpSend && p.echo {
			return p.expect(Literal(text), true)
		}
	case OpExpect, OpExpectMore, OpExpectRaw:
		return p.expect(step.wire(), false)
	}
	return nil
}

// send writes bytes of the host, and goes on reading meanwhile: a modem that
// echoes may not take more before its echo is read.
func (p *player) send(content []byte) error {
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	for len(content) > 0 {
		part := content[:min(len(content), writeSize)]
		content = content[len(part):]
		p.show(Host, part)
		p.before.add(Chunk{Host, part, p.index + 1})
		timer.Reset(p.timeout)
		for done := p.wire.write(part); done != nil; {
			select {
			case err := <-done:
				if err != nil {
					return err
				}
				done = nil
			case b := <-p.source():
				p.take(b)
			case <-timer.C:
				return fmt.Errorf("%w: %d bytes of the host waited %v", errStuck, len(part), p.timeout)
			case <-p.ctx.Done():
				return context.Cause(p.ctx)
			}
		}
		p.result.Sent += len(part)
	}
	return nil
}

// expect waits until the modem has said what pattern holds.
func (p *player) expect(pattern Pattern, echo bool) error {
	var out outcome
	decided := func() bool {
		out = match(pattern, p.result.Vars, p.pending)
		return out.verdict != matchMore
	}
	hit, err := p.pause(p.timeout, decided)
	if !hit && err == nil {
		p.drain() // what came in time but has not been looked at
		hit = decided()
	}
	if err != nil {
		return p.fail(err)
	}
	if out.verdict == matchFull {
		maps.Copy(p.result.Vars, out.binds)
		p.before.add(Chunk{Modem, p.pending[:out.n], p.index + 1})
		p.pending = p.pending[out.n:]
		p.result.Received += out.n
		return nil
	}
	m := &Mismatch{
		Reason: Missing, Echo: echo, Want: pattern.text(p.result.Vars),
		At: out.n, Next: out.want, Within: p.timeout,
	}
	if hit {
		m.Reason, m.Within = Differs, 0
		p.more()
	}
	return p.mismatch(m)
}

// quiet waits for d and allows the modem no byte.
func (p *player) quiet(d time.Duration) error {
	noise, err := p.pause(d, p.spoken)
	if !noise {
		return p.fail(err)
	}
	p.more()
	return p.mismatch(&Mismatch{Reason: Noise, Within: d})
}

// finish looks for bytes that the script does not hold. The device may go now.
func (p *player) finish() error {
	p.drain()
	_, err := p.pause(max(0, p.settle), p.spoken)
	if p.spoken() {
		p.more()
		return p.mismatch(&Mismatch{Reason: Extra})
	}
	if errors.Is(err, errGone) {
		return nil
	}
	return p.fail(err)
}

// spoken reports whether the modem has said what is not matched yet.
func (p *player) spoken() bool { return len(p.pending) > 0 }

// reopen closes and opens the device.
func (p *player) reopen() error {
	dev, ok := p.wire.dev.(Device)
	if !ok {
		return p.fail(errors.New("this device cannot be closed and opened again"))
	}
	if p.drain(); p.spoken() {
		return p.mismatch(&Mismatch{Reason: Extra})
	}
	stopped := p.wire.interrupt()
	if err := dev.Reopen(); err != nil {
		return p.fail(err)
	}
	if !stopped && !p.wire.idle(p.timeout) {
		return p.fail(errors.New("a read on the device outlived its closing"))
	}
	p.wire.start()
	return nil
}

// more collects what else the modem says at once, for a message.
func (p *player) more() {
	// What ends the pause, time or a gone device, does not matter any more.
	_, _ = p.pause(max(0, p.settle), func() bool { return len(p.pending) >= shownBytes })
}

// mismatch completes m and returns it.
func (p *player) mismatch(m *Mismatch) error {
	steps, i := p.script.Steps, p.index
	for i > 0 && (steps[i].Op == OpBlank || steps[i].Op == OpComment) {
		i-- // after the last step: show one that says something
	}
	m.File, m.Line = p.script.Name, i+1
	if i < len(steps) {
		m.Step = steps[i].String()
	}
	m.Got = append([]byte(nil), p.pending...)
	m.Before = p.before.snapshot()
	return m
}

// fail adds the place to an error that is no mismatch.
func (p *player) fail(err error) error {
	if err == nil {
		return nil
	}
	return p.script.errorAt(p.index, err)
}

// pause takes in what the modem says until done is true of it or until d is
// over, and reports which. Bytes that the goroutine gets to see only after d
// are taken in but not asked about: a slow machine makes no noise in @quiet. A
// device that goes is an error.
func (p *player) pause(d time.Duration, done func() bool) (bool, error) {
	start := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		if done() {
			return true, nil
		}
		select {
		case b := <-p.source():
			p.take(b)
			if time.Since(start) >= d {
				return false, nil
			}
		case <-timer.C:
			return false, nil
		case <-p.ctx.Done():
			return false, context.Cause(p.ctx)
		case <-p.wire.ended:
			if !p.drain() {
				return false, fmt.Errorf("%w: %w", errGone, p.wire.err)
			}
		}
	}
}

// drain takes in what has been read, and reports whether that was anything.
func (p *player) drain() (any bool) {
	for {
		select {
		case b := <-p.source():
			p.take(b)
			any = true
		default:
			return any
		}
	}
}

// source is where bytes of the modem come from: nowhere, and so the device is
// pushed back, while too many wait to be matched.
func (p *player) source() <-chan []byte {
	if len(p.pending) >= maxPending {
		return nil
	}
	return p.wire.in
}

// take accepts bytes of the modem.
func (p *player) take(b []byte) {
	p.show(Modem, b)
	p.pending = append(p.pending, b...)
}

// show hands bytes to the observer.
func (p *player) show(dir Dir, b []byte) {
	if p.opts.Observe != nil {
		p.opts.Observe(dir, b, p.section)
	}
}
