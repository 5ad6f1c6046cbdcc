package chat

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// Sizes and times of the wire.
const (
	readSize  = 4096                   // bytes of one Read
	readAhead = 16                     // reads that wait for the player
	writeSize = 1024                   // bytes of one Write; each has its own timeout
	patience  = 200 * time.Millisecond // for a goroutine whose call was interrupted
)

// Errors of the device.
var (
	errGone  = errors.New("the device is gone")
	errStuck = errors.New("the device takes no bytes")
)

// longAgo is a deadline that interrupts a call at once.
var longAgo = time.Unix(1, 0)

// wire is the device as seen by the player: one goroutine reads, so that
// waiting for bytes can end by a timer even where the device knows no
// deadlines, as a plain tty.
type wire struct {
	dev     io.ReadWriter
	in      chan []byte   // what was read; the reader is its only sender
	stop    chan struct{} // closed: reader and writers shall end
	ended   chan struct{} // closed: the reader has ended, err is set
	err     error         // why the reader ended
	written chan struct{} // closed: the last write has ended; nil before the first
}

// start reads from the device until halt or an error.
func (w *wire) start() {
	w.in = make(chan []byte, readAhead)
	w.stop, w.ended = make(chan struct{}), make(chan struct{})
	w.err = nil
	go w.read(w.in, w.stop, w.ended)
}

func (w *wire) read(in chan<- []byte, stop <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	buf := make([]byte, readSize)
	for {
		n, err := w.dev.Read(buf)
		if n > 0 {
			select {
			case in <- bytes.Clone(buf[:n]):
			case <-stop:
				return
			}
		}
		select {
		case <-stop:
			return
		default:
		}
		if err != nil {
			w.err = err
			return
		}
	}
}

// interrupt makes calls under way on the device return, where it knows
// deadlines, and waits a little for them. It reports whether they have.
func (w *wire) interrupt() bool {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	setDeadlines(w.dev, longAgo)
	defer setDeadlines(w.dev, time.Time{})
	return w.idle(patience)
}

// idle waits for the calls under way to return, at most for d.
func (w *wire) idle(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for _, call := range []chan struct{}{w.ended, w.written} {
		if call == nil {
			continue
		}
		select {
		case <-call:
		case <-timer.C:
			return false
		}
	}
	return true
}

// setDeadlines sets the deadlines that dev knows. Its errors mean that it knows
// none, for which idle is prepared.
func setDeadlines(dev any, t time.Time) {
	if d, ok := dev.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = d.SetReadDeadline(t)
	}
	if d, ok := dev.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(t)
	}
}

// write sends p without waiting for it, after a write that is still under way
// because the device takes no bytes. The result arrives on the channel.
func (w *wire) write(p []byte) <-chan error {
	done := make(chan error, 1)
	before, written, stop := w.written, make(chan struct{}), w.stop
	w.written = written
	go func() {
		defer close(written)
		if before != nil {
			select {
			case <-before:
			case <-stop:
				done <- errStuck
				return
			}
		}
		_, err := w.dev.Write(p)
		done <- err
	}()
	return done
}
