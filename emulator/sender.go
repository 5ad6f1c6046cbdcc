package emulator

import (
	"sync/atomic"
	"time"

	"github.com/quectel-sim/qsim/atengine"
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
	next  batch // what the goroutine gets as soon as it can
	spare batch // an empty one whose memory is used again
	total int   // bytes taken so far
	size  int   // bytes in next and with the goroutine
	work  chan batch
	ended chan struct{} // closed when the goroutine has ended; nil: there is none
	busy  bool          // the goroutine writes
	out   atomic.Int64  // bytes it has written
	dead  bool          // nothing more will be written

	settled []completion // commands that wait until nothing is being written
}

func (t *sender) stop() {
	if t.work != nil && !t.dead {
		close(t.work)
	}
	t.dead = true
	t.next, t.spare = batch{}, batch{}
}

// batch is what the goroutine writes before it reports. It is flat, so that what is
// sent often allocates nothing.
type batch struct {
	data []byte
	ends []int // where in data a record, or a datagram, ends
	size int   // bytes of the host in it
}

// add copies a record of which size bytes are the host's.
func (b *batch) add(p []byte, size int) {
	b.data = append(b.data, p...)
	b.ends = append(b.ends, len(b.data))
	b.size += size
}

// records are what was added, in order.
func (b *batch) records(yield func([]byte) bool) {
	begin := 0
	for _, end := range b.ends {
		if !yield(b.data[begin:end]) {
			return
		}
		begin = end
	}
}

// settleTime is how long AT+QISEND=<connectID>,0 waits for what is being written,
// on the wall clock: the peer may have answered before the goroutine has said
// that it is out.
const settleTime = 50 * time.Millisecond

// account answers how much the socket has taken, and the peer acknowledged.
func (e *endpoint) account(c *Call) Response {
	if !e.tx.busy {
		return e.accounts()
	}
	r, done := c.Wait()
	e.tx.settled = append(e.tx.settled, done)
	e.m.afterWall(settleTime, func() { done.Finish(e.accounts()) })
	return r
}

func (e *endpoint) accounts() Response {
	left := e.unacked()
	return atengine.Infof("+QISEND: %d,%d,%d", e.tx.total, e.tx.total-left, left)
}

// room is how many more bytes the endpoint takes.
func (e *endpoint) room() int { return e.settings().sendBuffer - e.tx.size }

// send takes p, which it copies, as one record or datagram. The caller has seen
// to the room.
func (e *endpoint) send(p []byte) {
	if e.tx.dead || len(p) == 0 {
		return
	}
	n := e.link.payload(len(p))
	e.tx.next.add(p, n)
	e.tx.size += n
	e.tx.total += n
	e.kick()
}

// unacked is how many bytes of what was taken the peer has not acknowledged, as
// far as that is known.
func (e *endpoint) unacked() int {
	left := e.tx.total - int(e.tx.out.Load())
	if e.link.up() {
		left += network.Unacked(e.link.wire)
	}
	return min(left, e.tx.total) // TLS and faults may have more on the way
}

// kick gives the goroutine what is queued, if it has nothing to do.
func (e *endpoint) kick() {
	t := &e.tx
	if t.busy || t.dead || len(t.next.ends) == 0 || e.silent() {
		return
	}
	if t.work == nil {
		t.work = make(chan batch, 1)
		t.ended = make(chan struct{})
		e.startSender(t.work, t.ended)
	}
	t.busy = true
	t.work <- t.next
	t.next, t.spare = t.spare, batch{}
}

func (e *endpoint) startSender(work <-chan batch, ended chan<- struct{}) {
	conn, m, out := e.link, e.m, &e.tx.out
	m.ends.wait.Go(func() {
		defer close(ended)
		var (
			b   batch
			n   int
			err error
		)
		wrote := func() { e.wrote(b, n, err) } // has ended when there is work again
		for b = range work {
			n = 0
			for p := range b.records {
				if _, err = conn.Write(p); err != nil {
					break
				}
				n += conn.payload(len(p))
				out.Add(int64(conn.payload(len(p))))
			}
			if !m.post(wrote) || err != nil {
				return
			}
		}
	})
}

// wrote is the goroutine's report of a batch: n bytes are out.
func (e *endpoint) wrote(b batch, n int, err error) {
	if !e.live() {
		return
	}
	t := &e.tx
	t.busy = false
	t.size -= b.size
	t.spare = batch{data: b.data[:0], ends: b.ends[:0]}
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
	if !t.busy {
		for _, done := range t.settled {
			done.Finish(e.accounts())
		}
		t.settled = nil
	}
	if e.mode == transparentMode {
		e.owner.goOn()
	}
}
