package emulator

import (
	"slices"
	"sync/atomic"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Bounds of what an endpoint sends.
const (
	txRoom  = 10240 // bytes taken but not written (ruling 8)
	maxSend = 1460  // bytes of one command that sends
)

// sender is the way from the host to the peer. Writing to a connection
// blocks, so a goroutine does it, from the first byte sent on.
type sender struct {
	queue [][]byte // one element a record, or a datagram
	total int      // bytes taken so far
	size  int      // bytes in queue and with the goroutine
	work  chan [][]byte
	ended chan struct{} // closed when the goroutine has ended; nil: there is none
	busy  bool          // the goroutine writes
	begun atomic.Int64  // bytes it has begun to write
	out   atomic.Int64  // bytes it has written
	dead  bool          // nothing more will be written
}

func (t *sender) stop() {
	if t.work != nil && !t.dead {
		close(t.work)
	}
	t.dead = true
	t.queue = nil
}

// room is how many more bytes the endpoint takes.
func (e *endpoint) room() int { return e.settings().sendBuffer - e.tx.size }

// send takes p, which it copies, as one record or datagram. The caller has seen
// to the room.
func (e *endpoint) send(p []byte) {
	if e.tx.dead || len(p) == 0 {
		return
	}
	e.tx.queue = append(e.tx.queue, slices.Clone(p))
	n := e.link.payload(len(p))
	e.tx.size += n
	e.tx.total += n
	e.kick()
}

// unacked is how many bytes of what was taken the peer has not acknowledged, as
// far as that is known.
func (e *endpoint) unacked() int {
	t := &e.tx
	out, begun := t.out.Load(), t.begun.Load() // in this order: out never is ahead
	left := t.total - int(begun)
	if e.link.up() {
		if n := network.Unacked(e.link.wire); n > 0 {
			// A write under way waits for what is before it. Otherwise the machine
			// has all of it, and only this goroutine does not know yet.
			left += n + int(begun-out)
		}
	}
	return min(left, e.tx.total) // TLS and faults may have more on the way
}

// kick gives the goroutine what is queued, if it has nothing to do.
func (e *endpoint) kick() {
	t := &e.tx
	if t.busy || t.dead || len(t.queue) == 0 || e.silent() {
		return
	}
	if t.work == nil {
		t.work = make(chan [][]byte, 1)
		t.ended = make(chan struct{})
		e.startSender(t.work, t.ended)
	}
	t.busy = true
	t.work <- t.queue
	t.queue = nil
}

func (e *endpoint) startSender(work <-chan [][]byte, ended chan<- struct{}) {
	conn, m, begun, out := e.link, e.m, &e.tx.begun, &e.tx.out
	m.ends.wait.Go(func() {
		defer close(ended)
		for batch := range work {
			n := 0
			var err error
			for _, p := range batch {
				size := conn.payload(len(p))
				begun.Add(int64(size))
				if _, err = conn.Write(p); err != nil {
					break
				}
				n += size
				out.Add(int64(size))
			}
			if !m.post(func() { e.wrote(batch, n, err) }) || err != nil {
				return
			}
		}
	})
}

// wrote is the goroutine's report of a batch: n bytes are out.
func (e *endpoint) wrote(batch [][]byte, n int, err error) {
	if !e.live() {
		return
	}
	t := &e.tx
	t.busy = false
	for _, p := range batch {
		t.size -= e.link.payload(len(p))
	}
	e.m.event(Event{Kind: e.dialect().sent, Client: e.id, Bytes: n})
	if err != nil {
		// The receiver will see the same end, after what the server still sent.
		e.m.log.Debug("write failed", "client", e.id, "error", err)
		t.stop()
		t.size = 0
	}
	e.kick()
	if e.closing != nil && !t.busy {
		e.closing.sent(e)
	}
	if e.mode == transparentMode {
		e.owner.goOn()
	}
}
