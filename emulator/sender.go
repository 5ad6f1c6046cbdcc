package emulator

import (
	"slices"

	"github.com/quectel-sim/qsim/atengine"
)

// Bounds of what a client sends.
const (
	txRoom  = 10240 // bytes taken but not written (ruling 8)
	maxSend = 1460  // bytes of one AT+QSSLSEND
)

// sender is the way from the host to the server. Writing to a connection
// blocks, so a goroutine does it, from the first byte sent on.
type sender struct {
	queue [][]byte // one element a record
	size  int      // bytes in queue and with the goroutine
	work  chan [][]byte
	ended chan struct{} // closed when the goroutine has ended; nil: there is none
	busy  bool          // the goroutine writes
	dead  bool          // nothing more will be written
}

func (t *sender) stop() {
	if t.work != nil && !t.dead {
		close(t.work)
	}
	t.dead = true
	t.queue = nil
}

// room is how many more bytes the client takes.
func (t *sender) room() int { return txRoom - t.size }

// send takes p, which it copies, as one record. The caller has seen to the room.
func (c *sslClient) send(p []byte) {
	if c.tx.dead || len(p) == 0 {
		return
	}
	c.tx.queue = append(c.tx.queue, slices.Clone(p))
	c.tx.size += len(p)
	c.kick()
}

// kick gives the goroutine what is queued, if it has nothing to do.
func (c *sslClient) kick() {
	t := &c.tx
	if t.busy || t.dead || len(t.queue) == 0 || c.silent() {
		return
	}
	if t.work == nil {
		t.work = make(chan [][]byte, 1)
		t.ended = make(chan struct{})
		c.startSender(t.work, t.ended)
	}
	t.busy = true
	t.work <- t.queue
	t.queue = nil
}

func (c *sslClient) startSender(work <-chan [][]byte, ended chan<- struct{}) {
	conn, m := c.conn, c.m
	m.ssl.wait.Go(func() {
		defer close(ended)
		for batch := range work {
			n := 0
			var err error
			for _, p := range batch {
				if _, err = conn.Write(p); err != nil {
					break
				}
				n += len(p)
			}
			if !m.post(func() { c.wrote(batch, n, err) }) || err != nil {
				return
			}
		}
	})
}

// wrote is the goroutine's report of a batch: n bytes are out.
func (c *sslClient) wrote(batch [][]byte, n int, err error) {
	if !c.live() {
		return
	}
	t := &c.tx
	t.busy = false
	for _, p := range batch {
		t.size -= len(p)
	}
	c.m.event(Event{Kind: TLSSent, Client: c.id, Bytes: n})
	if err != nil {
		// The receiver will see the same end, after what the server still sent.
		c.m.log.Debug("write failed", "client", c.id, "error", err)
		t.stop()
		t.size = 0
	}
	c.kick()
	if c.closing != nil && !t.busy {
		c.closing.sent(c)
	}
	if c.mode == transparentMode {
		c.owner.goOn()
	}
}

var _ = commands("SSL", &Command{
	Name: "+QSSLSEND", Summary: "send after a prompt", Class: classStack,
	Source: "seed 2.2.3, rulings 2, 7, 8, 9 and 10",
	Params: []atengine.Param{clientID, atengine.Int("sendlen", 1, maxSend).Opt()},
	Write: func(m *Modem, c *Call) Response {
		id, p := c.Int(0), m.portOf(c)
		if _, err := m.client(id); err != nil {
			return atengine.Fail(err)
		}
		return atengine.Begin(&atengine.Prompt{
			Length: c.Int(1), Max: maxSend, Echo: m.ssl.echo,
			Done: func(data []byte, end atengine.Ending, dropped int) Response {
				if dropped > 0 {
					m.note(p, "more than 1460 bytes before Ctrl-Z: the rest is discarded")
				}
				return m.sendPrompted(id, data, end)
			},
		})
	},
})

var _ = forces("+QSSLSEND", func(m *Modem, c *Call, code Code, f forced) Response {
	if _, late := shapes[code]; !late {
		return atengine.Fail(f)
	}
	return m.Ask(c, atengine.Fail(f))
})

var _ = asks("+QSSLSEND", func(m *Modem, c *Call, then Response) Response {
	return atengine.Begin(&atengine.Prompt{
		Length: c.Int(1), Max: maxSend, Echo: m.ssl.echo,
		Done: func([]byte, atengine.Ending, int) Response { return then },
	})
})

// sendPrompted is what becomes of the data of a prompt. The client may have
// gone while it was typed.
func (m *Modem) sendPrompted(id int, data []byte, end atengine.Ending) Response {
	if end != atengine.Complete {
		return atengine.Fail(SendCancelled)
	}
	c, err := m.client(id)
	switch {
	case err != nil:
		return atengine.Fail(err)
	case c.tx.dead, c.tx.room() < len(data):
		return atengine.Fail(WriteFailed)
	}
	c.send(data)
	return atengine.End(atengine.Literal("SEND OK"))
}
