package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/tlsstack"
)

// Bounds of what a client receives.
const (
	maxPush = 1500        // bytes of one direct push
	rxChunk = 3 * maxPush // bytes read from a connection at a time: whole pushes of a long record
	rxRoom  = 16 * 1024   // bytes kept for the host; past that the server waits
	// splitHold is how long a one-byte record waits for its successor, on the
	// wall clock, which is the server's: those of SSL 3.0 and TLS 1.0 cut records
	// so in CBC mode (ruling 31).
	splitHold = 20 * time.Millisecond
)

// receiver is the way from the server to the host. A goroutine reads and lends
// the loop what it read; it reads on when all of that found room.
type receiver struct {
	data      byteQueue
	total     int           // bytes that have been in data so far
	lent      []byte        // the goroutine's, not yet taken
	taken     chan struct{} // all of lent is taken
	quit      chan struct{}
	announced bool // the "recv" URC stands: until the buffer was read empty
	ended     bool // the connection is over
	told      bool // and the host knows
	splits    bool // the server cuts its records (ruling 31)
	hold      *timer
}

func (r *receiver) start(c *sslClient) {
	r.taken, r.quit = make(chan struct{}, 1), make(chan struct{})
	s := c.conn.State()
	r.splits = s.Version <= tlsstack.TLS10 && strings.Contains(tlsstack.SuiteName(s.Suite), "_CBC_")
	conn, m, taken, quit := c.conn, c.m, r.taken, r.quit
	m.ssl.wait.Go(func() {
		buf := make([]byte, rxChunk)
		var n int
		received := func() { c.received(buf[:n]) }
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
				m.post(func() { c.readEnded(err) })
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

// received takes what the goroutine read.
func (c *sslClient) received(p []byte) {
	if !c.live() {
		return
	}
	if !c.silent() {
		c.m.event(Event{Kind: TLSReceived, Client: c.id, Bytes: len(p)})
	}
	if c.closing != nil || c.silent() { // nobody will read it
		c.rx.taken <- struct{}{}
		return
	}
	alone := c.rx.splits && len(p) == 1 && c.rx.data.len() == 0
	c.rx.lent = p
	c.takeLent()
	c.rx.stopHold()
	if alone {
		c.rx.hold = c.m.afterWall(splitHold, func() {
			c.rx.hold = nil
			c.deliver()
		})
		return
	}
	c.deliver()
}

// takeLent moves what was lent into the buffer, as far as there is room.
func (c *sslClient) takeLent() {
	r := &c.rx
	if len(r.lent) == 0 {
		return
	}
	n := min(len(r.lent), rxRoom-r.data.len())
	r.data.push(r.lent[:n])
	r.total += n
	if r.lent = r.lent[n:]; len(r.lent) == 0 {
		r.lent = nil
		r.taken <- struct{}{}
	}
}

// pop takes n bytes off the buffer and makes room for more.
func (c *sslClient) pop(n int) {
	c.rx.data.pop(n)
	c.takeLent()
	if c.rx.data.len() == 0 {
		c.rx.announced = false
	}
}

// readEnded is the end of what the server sends.
func (c *sslClient) readEnded(err error) {
	if !c.live() || c.silent() {
		return
	}
	if c.closing != nil {
		c.closeDone()
		return
	}
	c.rx.stopHold()
	c.peerClosed(err.Error())
}

// deliver gives the host what has been received, as the access mode has it
// (seed 1.4), and then tells of the connection's end.
func (c *sslClient) deliver() {
	if c.closing != nil || !c.live() {
		return
	}
	switch c.mode {
	case bufferMode:
		if c.rx.available() > 0 && !c.rx.announced {
			c.rx.announced = true
			c.m.urc(fmt.Sprintf(`+QSSLURC: "recv",%d`, c.id))
		}
	case pushMode:
		for n := min(c.rx.available(), maxPush); n > 0; n = min(c.rx.available(), maxPush) {
			header := fmt.Sprintf(`+QSSLURC: "recv",%d,%d`, c.id, n)
			if !c.owner.line.CanPush() {
				return
			}
			c.m.event(Event{Kind: URCSent, Port: c.owner.name, Client: c.id, Text: header})
			c.owner.line.Push(header, c.rx.data.peek(n))
			c.pop(n)
		}
	case transparentMode:
		for c.rx.available() > 0 {
			n := min(c.rx.available(), c.owner.Room())
			if n <= 0 || !c.owner.line.Transparent() {
				return
			}
			c.owner.line.FromNetwork(c.rx.data.peek(n))
			c.pop(n)
		}
	}
	if c.rx.ended && !c.rx.told {
		c.tellClosed()
	}
}

// tellClosed tells the host that the connection is over: by URC, or in
// transparent mode by NO CARRIER.
func (c *sslClient) tellClosed() {
	if c.mode == transparentMode {
		if c.owner.line.Transparent() { // else CONNECT is still to come
			c.rx.told = true
			c.endTransparent()
		}
		return
	}
	c.rx.told = true
	c.m.urc(fmt.Sprintf(`+QSSLURC: "closed",%d`, c.id))
}

// recvCommand is AT+QSSLRECV with a readlen from least on.
func recvCommand(least int) *Command {
	return &Command{
		Name: "+QSSLRECV", Summary: "read what was received (buffer mode)", Class: classStack,
		Source: "seed 2.2.4, rulings 2 and 6",
		Params: []atengine.Param{clientID, atengine.Int("readlen", least, 1500)},
		Write: func(m *Modem, c *Call) Response {
			s := m.ssl.clients[c.Int(0)]
			switch {
			case s == nil || s.state == stateOpening:
				return atengine.Fail(SocketClosed)
			case s.mode != bufferMode:
				return atengine.Fail(OperationNotAllow)
			case c.Int(1) == 0: // how it stands (quirk recv-zero)
				n := s.rx.data.len()
				return atengine.Infof("+QSSLRECV: %d,%d,%d", s.rx.total, s.rx.total-n, n)
			case s.rx.available() > 0:
				n := min(c.Int(1), s.rx.available())
				r := atengine.Infof("+QSSLRECV: %d", n)
				r.Body = slices.Clone(s.rx.data.peek(n))
				s.pop(n)
				return r
			case s.state != stateConnected:
				return atengine.Fail(SocketClosed)
			}
			return atengine.Info("+QSSLRECV: 0")
		},
	}
}

var _ = commands("SSL", recvCommand(1))
