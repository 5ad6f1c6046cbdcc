package emulator

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Bounds of what an endpoint receives.
const (
	maxPush = 1500        // bytes of one direct push
	rxChunk = 3 * maxPush // bytes read from a connection at a time: whole pushes of a long record
	rxRoom  = 16 * 1024   // bytes kept for the host; past that the server waits
	// splitHold is how long a one-byte record waits for its successor, on the
	// wall clock, which is the server's: those of SSL 3.0 and TLS 1.0 cut records
	// so in CBC mode (ruling 31).
	splitHold = 20 * time.Millisecond
	// maxBlocks is how many datagrams are kept for the host; past that they wait
	// in the machine, which drops what does not fit.
	maxBlocks = 64
)

// block is a datagram that waits for the host.
type block struct {
	size int
	peer netip.AddrPort // of a UDP service
}

// receiver is the way from the peer to the host. A goroutine reads and lends
// the loop what it read; it reads on when all of that found room.
type receiver struct {
	data      byteQueue
	carries   framing
	blocks    []block        // what data is made of, unless it is a stream
	total     int            // bytes that have been in data so far
	lent      []byte         // the goroutine's, not yet taken
	from      netip.AddrPort // of what is lent
	taken     chan struct{}  // all of lent is taken
	quit      chan struct{}
	announced bool // the "recv" URC stands: until the buffer was read empty
	ended     bool // the connection is over
	told      bool // and the host knows
	splits    bool // the server cuts its records (ruling 31)
	hold      *timer
}

func (r *receiver) start(e *endpoint) {
	r.taken, r.quit = make(chan struct{}, 1), make(chan struct{})
	r.carries = e.link.carries
	r.splits = e.as.splits(e.link)
	size := rxChunk
	if r.carries == addressed {
		size += network.PeerSize
	}
	conn, m, taken, quit := e.link, e.m, r.taken, r.quit
	m.ends.wait.Go(func() {
		buf := make([]byte, size)
		var n int
		received := func() { e.received(buf[:n]) }
		for {
			var err error
			if n, err = conn.Read(buf); n > 0 {
				if !m.post(received) {
					return
				}
				select {
				case <-taken:
				case <-quit:
					return
				}
			}
			if err != nil {
				m.post(func() { e.readEnded(err) })
				return
			}
		}
	})
}

func (r *receiver) stop() {
	if r.quit != nil {
		close(r.quit)
		r.quit = nil
	}
	r.stopHold()
}

func (r *receiver) stopHold() {
	if r.hold != nil {
		r.hold.Stop()
		r.hold = nil
	}
}

// available is how many bytes the host may have now.
func (r *receiver) available() int {
	if r.hold != nil {
		return 0
	}
	return r.data.len()
}

// unit is how many of them go together: of datagrams those of the first.
func (r *receiver) unit() int {
	if len(r.blocks) > 0 {
		return r.blocks[0].size
	}
	return r.available()
}

// peer is who sent the first of them, with a UDP service.
func (r *receiver) peer() netip.AddrPort {
	if len(r.blocks) > 0 {
		return r.blocks[0].peer
	}
	return netip.AddrPort{}
}

// room is how many of n bytes that go together there is room for.
func (r *receiver) room(n int) int {
	left := rxRoom - r.data.len()
	switch {
	case r.carries == stream:
		return max(0, min(n, left))
	case n > left, len(r.blocks) == maxBlocks:
		return 0
	}
	return n
}

// push takes p, for which there is room.
func (r *receiver) push(p []byte, from netip.AddrPort) {
	r.data.push(p)
	r.total += len(p)
	if r.carries != stream {
		r.blocks = append(r.blocks, block{len(p), from})
	}
}

// pop drops the first n bytes.
func (r *receiver) pop(n int) {
	r.data.pop(n)
	for n > 0 && len(r.blocks) > 0 {
		first := &r.blocks[0]
		k := min(n, first.size)
		first.size -= k
		n -= k
		if first.size == 0 {
			r.blocks = r.blocks[1:]
		}
	}
}

// received takes what the goroutine read.
func (e *endpoint) received(p []byte) {
	if !e.live() {
		return
	}
	var from netip.AddrPort
	if e.rx.carries == addressed {
		from, p = network.CutPeer(p)
	}
	if !e.silent() {
		e.m.event(Event{Kind: e.dialect().received, Client: e.id, Bytes: len(p)})
	}
	if e.closing != nil || e.silent() || len(p) == 0 || e.as.ignores(e, p) { // nobody will read it
		e.rx.taken <- struct{}{}
		return
	}
	alone := e.rx.splits && len(p) == 1 && e.rx.data.len() == 0
	e.rx.lent, e.rx.from = p, from
	e.takeLent()
	e.rx.stopHold()
	if alone {
		e.rx.hold = e.m.afterWall(splitHold, func() {
			e.rx.hold = nil
			e.deliver()
		})
		return
	}
	e.deliver()
}

// takeLent moves what was lent into the buffer, as far as there is room.
func (e *endpoint) takeLent() {
	r := &e.rx
	if len(r.lent) == 0 {
		return
	}
	n := r.room(len(r.lent))
	if n == 0 {
		return
	}
	r.push(r.lent[:n], r.from)
	if r.lent = r.lent[n:]; len(r.lent) == 0 {
		r.lent = nil
		r.taken <- struct{}{}
	}
}

// pop takes n bytes off the buffer and makes room for more.
func (e *endpoint) pop(n int) {
	e.rx.pop(n)
	e.takeLent()
	if e.rx.data.len() == 0 {
		e.rx.announced = false
	}
}

// readEnded is the end of what the peer sends.
func (e *endpoint) readEnded(err error) {
	if !e.live() || e.silent() {
		return
	}
	if e.closing != nil {
		e.closeDone()
		return
	}
	e.rx.stopHold()
	e.peerClosed(err.Error())
}

// deliver gives the host what has been received, as the access mode has it
// (seed 1.4), and then tells of the connection's end.
func (e *endpoint) deliver() {
	if e.closing != nil || !e.live() {
		return
	}
	switch e.mode {
	case bufferMode:
		if e.rx.available() > 0 && !e.rx.announced {
			e.rx.announced = true
			e.m.urc(e.announcement())
		}
	case pushMode:
		for n := min(e.rx.unit(), maxPush); n > 0; n = min(e.rx.unit(), maxPush) {
			if !e.owner.line.CanPush() {
				return
			}
			header, data := e.pushed(n)
			e.m.event(Event{Kind: URCSent, Port: e.owner.name, Client: e.id, Text: header})
			e.owner.line.Push(header, data)
			e.pop(n)
		}
	case transparentMode:
		for e.rx.available() > 0 {
			n := min(e.rx.available(), e.owner.Room())
			if n <= 0 || !e.owner.line.Transparent() {
				return
			}
			e.owner.line.FromNetwork(e.rx.data.peek(n))
			e.pop(n)
		}
	}
	if e.rx.ended && !e.rx.told {
		e.tellClosed()
	}
}

// tellClosed tells the host that the connection is over: by URC, or in
// transparent mode by NO CARRIER.
func (e *endpoint) tellClosed() {
	if e.mode == transparentMode {
		if e.owner.line.Transparent() { // else CONNECT is still to come
			e.rx.told = true
			e.endTransparent()
		}
		return
	}
	e.rx.told = true
	e.urcClosed()
	e.drained()
}

// urcClosed tells the host that the endpoint is closed.
func (e *endpoint) urcClosed() { e.m.urc(fmt.Sprintf(`%s: "closed",%d`, e.dialect().urc, e.id)) }

// drained frees the id of an endpoint that the peer has closed and that is read
// empty, where the module does so by itself (AT+QICFG="passiveclosed").
func (e *endpoint) drained() {
	if e.rx.told && e.rx.data.len() == 0 && e.state == stateClosing && e.settings().passiveClose == 1 {
		e.remove()
	}
}
