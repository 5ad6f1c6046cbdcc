package main

import (
	"bytes"
	"fmt"
	"time"
)

// transfer sends each message and waits for its echo. After a recovery it goes on
// with the first message that did not come back.
func (d *driver) transfer() error {
	for d.done < d.messages {
		if err := d.exchange(d.done + 1); err != nil {
			return err
		}
		d.done++
		fmt.Fprintf(d.out, "message %d: %d bytes echoed\n", d.done, d.size)
		d.progress()
	}
	return nil
}

// exchange sends message seq, unless it was sent on this connection, and waits
// until all of it is back.
func (d *driver) exchange(seq int) error {
	if err := d.gone(); err != nil {
		return err
	}
	if d.sent < seq {
		if err := d.send(message(seq, d.size)); err != nil {
			return err
		}
		d.sent = seq
	}
	until := time.Now().Add(d.time.answer(maxEcho))
	for {
		back, err := d.takeEcho(seq)
		if back || err != nil {
			return err
		}
		if err := d.gone(); err != nil {
			return err
		}
		if time.Now().After(until) {
			return &failure{cause: causeNoEcho, what: "transfer"}
		}
		err = d.link.listen(d.time.pause(pollEvery, 500*time.Millisecond), func() bool { return d.readable || d.closed || d.pdpDown })
		if err != nil {
			return err
		}
		polled, before := !d.readable && !d.closed && !d.pdpDown, len(d.inbox)
		if err := d.drain(); err != nil {
			return err
		}
		if n := len(d.inbox) - before; polled && n > 0 {
			d.report("no URC told of them, but %d bytes were there", n)
		}
	}
}

// gone is a failure once a URC has told of the end of the connection.
func (d *driver) gone() error {
	switch {
	case d.pdpDown:
		return &failure{cause: causePDPDown, what: "transfer"}
	case d.closed:
		return &failure{cause: causeClosed, what: "transfer"}
	}
	return nil
}

// takeEcho looks for message seq in what was received. An earlier message again
// is the echo of one that was sent twice.
func (d *driver) takeEcho(seq int) (bool, error) {
	for len(d.inbox) >= d.size {
		got := d.inbox[:d.size]
		n, ok := sequence(got)
		switch {
		case !ok || n > seq || !bytes.Equal(got, message(n, d.size)):
			return false, &failure{cause: causeGarbled, what: "echo", why: "what came back is not what was sent"}
		case n < seq:
			d.report("message %d came back once more", n)
		}
		d.inbox = d.inbox[d.size:]
		if n == seq {
			return true, nil
		}
	}
	return false, nil
}

// sendTries is how often a full buffer may say no.
const sendTries = 5

// send sends a message. It uses the form without a length: Ctrl-Z ends it and ESC
// cancels it at any time, while a counted one that has lost a byte takes the next
// command for data. Our messages contain neither.
func (d *driver) send(p []byte) error {
	for try := 1; ; try++ {
		err := d.sendOnce(p)
		if f := failed(err); f == nil || f.why != sendFail || try == sendTries {
			return err
		}
		d.report("no room for the message, waiting")
		// What the server sends back may be what fills the module.
		if err := d.drain(); err != nil {
			return err
		}
		if err := d.wait(time.Duration(try) * time.Second); err != nil {
			return err
		}
	}
}

const sendFail = "SEND FAIL"

func (d *driver) sendOnce(p []byte) error {
	text := fmt.Sprintf("AT%s=%d", d.service.send, client)
	if _, err := d.link.do(request{text: text, want: want{prompt: true}}); err != nil {
		return d.explain(err)
	}
	_, err := d.link.give(append(p, ctrlZ), 0, request{text: text, send: true})
	if is(err, causeTimeout, causeStale) {
		// SEND OK only says "queued", so that without it nothing is known. The
		// echo decides.
		d.report("no SEND OK, waiting for the echo all the same")
		return nil
	}
	return d.explain(err)
}

// readTries is how often a refused or unanswered read is tried.
const readTries = 3

// drain reads until nothing is left: the module tells of data only when its
// buffer was empty before. After a close it reads what came before that.
func (d *driver) drain() error {
	for try := 1; ; {
		d.readable = false
		r, err := d.link.do(request{
			text: fmt.Sprintf("AT%s=%d,%d", d.service.read, client, maxBody),
			want: want{prefix: d.service.read + ":", body: true},
		})
		err = d.explain(err)
		switch f := failed(err); {
		case f == nil && len(r.body) == 0:
			return nil
		case f == nil:
			d.inbox = append(d.inbox, r.body...)
			try = 1
		case f.cause == causeRefused && (d.closed || d.pdpDown || f.code == codeClosed):
			d.closed = d.closed || f.code == codeClosed
			return nil
		case f.cause == causeRefused && try < readTries:
			try++
			if err := d.wait(time.Second); err != nil {
				return err
			}
		default:
			// A read that got no answer may have been one: its bytes are lost,
			// and the rest is out of step.
			return err
		}
	}
}

// message makes a message: its number, the checksum of its text, the text.
func message(seq, size int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	p := make([]byte, size)
	for i := headLen; i < size; i++ {
		p[i] = letters[(i+seq)%len(letters)]
	}
	copy(p, fmt.Sprintf(headForm, seq, checksum(p[headLen:])))
	return p
}

// A message begins with its number and checksum.
const (
	headForm = "msg %05d sum %04x "
	headLen  = 19
)

// sequence is the number of a message, if it is one.
func sequence(p []byte) (int, bool) {
	var seq int
	var sum uint16
	_, err := fmt.Sscanf(string(p), headForm, &seq, &sum)
	return seq, err == nil && seq > 0 && sum == checksum(p[headLen:])
}
