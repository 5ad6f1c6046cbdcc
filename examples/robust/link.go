package main

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"
)

// A request is a command and the form of its answer.
type request struct {
	text string
	want want
	max  time.Duration // as answer(); 0: maxShort
	wall time.Duration // instead of max, where no scale applies; 0: max counts

	mayLack bool // no line of the answer need come, only OK
	send    bool // what is awaited is SEND OK or SEND FAIL
}

// A reply is what the module answered. A command that goes on after a prompt or
// CONNECT has no final result yet.
type reply struct {
	final string
	lines []string
	body  []byte
}

// arrival is what the reader goroutine read, or why it ended.
type arrival struct {
	data []byte
	err  error
}

// A link carries commands to a module and its answers back. It is used by one
// goroutine; another one reads the device for it.
type link struct {
	open func() (device, error)
	time timing
	urc  func(text string) // is told of each URC
	log  func(format string, args ...any)
	show bool // log all that passes

	dev    device // nil: closed
	in     chan arrival
	broken error // of reading the device
	stream stream

	rebooted bool // the module has said so, and nobody has dealt with it
	finals   int  // results since resync began
	echoes   int  // of commands, since the count was last set to zero
}

// connect opens the device.
func (l *link) connect() error {
	l.disconnect()
	dev, err := l.open()
	if err != nil {
		return &failure{cause: causeDevice, what: "open the device", why: err.Error()}
	}
	l.dev, l.in, l.broken = dev, make(chan arrival, 16), nil
	l.stream = stream{}
	go read(dev, l.in)
	return nil
}

// read reads dev until it fails or is closed.
func read(dev device, in chan<- arrival) {
	defer close(in)
	for {
		buffer := make([]byte, 4096)
		n, err := dev.Read(buffer)
		if n > 0 {
			in <- arrival{data: buffer[:n]}
		}
		if err != nil {
			in <- arrival{err: err}
			return
		}
	}
}

// disconnect closes the device and waits for the reader to end.
func (l *link) disconnect() {
	if l.dev == nil {
		return
	}
	l.dev.Close()
	l.dev = nil
	for range l.in { // until read has closed it
		continue
	}
}

// write sends bytes to the module. One that does not take them in time is as bad
// as none.
func (l *link) write(p []byte) error {
	if l.dev == nil {
		return &failure{cause: causeDevice, what: "write", why: "the device is closed"}
	}
	if l.show {
		l.log("> %q", p)
	}
	err := l.dev.SetWriteDeadline(time.Now().Add(l.time.answer(10 * time.Second)))
	if err == nil {
		_, err = l.dev.Write(p)
	}
	if err != nil {
		return &failure{cause: causeDevice, what: "write", why: err.Error()}
	}
	return nil
}

// next is the next token that is not a URC, an echo or noise. Without one until
// then it fails with causeTimeout.
func (l *link) next(until time.Time) (token, error) {
	if until.After(l.time.end) {
		until = l.time.end
	}
	for {
		t, ok, err := l.sift()
		if ok || err != nil {
			return t, err
		}
		if err := l.receive(until); err != nil {
			return token{}, err
		}
	}
}

// sift takes tokens up to one that a command may wait for. A boot ends it, too:
// the answer to a command from before it will not come.
func (l *link) sift() (token, bool, error) {
	for t, ok := l.stream.take(); ok; t, ok = l.stream.take() {
		if l.show {
			l.log("< %s%q", t.text, t.body)
		}
		switch t.kind {
		case kindURC:
			if t.text == "RDY" || t.text == "POWERED DOWN" || strings.HasPrefix(t.text, "^boot") {
				l.rebooted = true
			}
			l.urc(t.text)
			if l.rebooted {
				return token{}, false, &failure{cause: causeRebooted, what: "URC", why: t.text}
			}
		case kindEcho:
			l.echoes++
		case kindNoise:
		default:
			return t, true, nil
		}
	}
	return token{}, false, nil
}

// receive waits for bytes, or for a moment of silence.
func (l *link) receive(until time.Time) error {
	if l.broken != nil || l.dev == nil {
		return l.failed()
	}
	left := time.Until(until)
	if left <= 0 {
		if l.time.over() {
			return &failure{cause: causeDeadline, what: "wait"}
		}
		return &failure{cause: causeTimeout, what: "wait"}
	}
	timer := time.NewTimer(min(left, quietTime))
	defer timer.Stop()
	select {
	case a := <-l.in:
		l.accept(a)
	case <-timer.C:
		l.stream.quiet()
	}
	return nil
}

// accept takes what the reader has read. Its end is reported only when all that
// came before it has been used.
func (l *link) accept(a arrival) {
	if a.data == nil {
		l.broken = cmp.Or(a.err, os.ErrClosed)
		return
	}
	l.stream.feed(a.data)
}

func (l *link) failed() error {
	return &failure{cause: causeDevice, what: "read", why: cmp.Or(l.broken, os.ErrClosed).Error()}
}

// listen takes what comes unasked until enough says so or the time is over;
// neither is an error.
func (l *link) listen(d time.Duration, enough func() bool) error {
	until := time.Now().Add(d)
	l.stream.expect(want{})
	for {
		t, ok, err := l.sift()
		switch {
		case err != nil:
			return err
		case ok:
			l.log("ignored a late %q", t.text)
			continue
		case enough():
			return nil
		}
		if err := l.receive(until); is(err, causeTimeout) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// do runs a command. Each kind of failure leaves the line in a known state: after
// causeTimeout it is in step again, after causeDeaf it is not.
func (l *link) do(r request) (reply, error) {
	if err := l.clear(); err != nil {
		return reply{}, err
	}
	r.want.echo = r.text
	l.stream.expect(r.want)
	if err := l.write([]byte(r.text + "\r")); err != nil {
		return reply{}, err
	}
	return l.await(r)
}

// clear takes what has come since the last command. Results among it are late
// ones, of commands that were given up.
func (l *link) clear() error {
	for {
		t, ok, err := l.sift()
		if err != nil {
			return err
		}
		if ok {
			l.log("ignored a late %q", t.text)
			continue
		}
		select {
		case a := <-l.in:
			l.accept(a)
		default:
			return nil
		}
		if l.broken != nil {
			return l.failed()
		}
	}
}

// await waits for the answer to a command that was sent.
func (l *link) await(r request) (reply, error) {
	patience := r.wall
	if patience == 0 {
		patience = l.time.answer(max(r.max, maxShort))
	}
	until := time.Now().Add(patience)
	var answer reply
	for {
		t, err := l.next(until)
		if is(err, causeTimeout) {
			return answer, l.lost(r)
		}
		if f := failed(err); f != nil {
			f.what = r.text
			return answer, f
		}
		switch t.kind {
		case kindPrompt, kindConnect:
			return answer, nil
		case kindFinal:
			if r.send && t.text == "OK" || !r.send && strings.HasPrefix(t.text, "SEND ") {
				l.log("ignored a late %q", t.text)
				continue
			}
			answer.final = t.text
			return answer, l.judge(r, answer)
		case kindInfo:
			answer.lines = append(answer.lines, t.text)
		case kindBody:
			answer.body = append(answer.body, t.body...)
		}
	}
}

// judge makes an error of an answer that is not a good one.
func (l *link) judge(r request, answer reply) error {
	if refused(answer.final) {
		return refusal(r.text, answer.final)
	}
	early := r.want.prompt || r.want.connect // OK instead of them
	if early || (r.want.prefix != "" && len(answer.lines) == 0 && !r.mayLack) {
		// The OK of an earlier command. Its own is still to come.
		if err := l.resync(); err != nil {
			return err
		}
		return &failure{cause: causeStale, what: r.text}
	}
	return nil
}

// refused reports whether a final result is neither OK nor SEND OK.
func refused(final string) bool { return final != "OK" && final != "SEND OK" }

// give sends the data that a prompt or CONNECT asked for, and waits for the
// result. gap is a pause after each 256 bytes, for a line that loses some.
func (l *link) give(p []byte, gap time.Duration, r request) (reply, error) {
	if r.send {
		l.stream.expectPayload(p)
	} else {
		l.stream.expect(r.want)
	}
	step := len(p)
	if gap > 0 {
		step = 256
	}
	for part := range slices.Chunk(p, max(step, 1)) {
		if err := l.write(part); err != nil {
			return reply{}, err
		}
		time.Sleep(gap)
	}
	return l.await(r)
}
