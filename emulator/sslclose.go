package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// hangUpTime bounds a goodbye that nobody waits for, on the wall clock.
const hangUpTime = time.Second

// closing is an AT+QSSLCLOSE that waits for the server's end.
type closing struct {
	command completion
	limit   *timer
	said    bool // our close_notify and FIN are under way
}

var _ = commands("SSL", &Command{
	Name: "+QSSLCLOSE", Summary: "close an SSL client", Class: classStack, Max: 10 * time.Second,
	Source: "seed 2.2.5, rulings 4, 5 and 11",
	Params: []atengine.Param{clientID, atengine.Int("close_timeout", 0, 65535).Or(10)},
	Plain:  true,
	Write:  (*Modem).closeSSL,
})

// closeSSL closes a client: what was taken is sent, then close_notify and FIN,
// then the server's own are awaited for close_timeout, in seconds or, with
// closetimemode 1, in milliseconds. An id that is not open is closed already.
func (m *Modem) closeSSL(c *Call) Response {
	s := m.ssl.clients[c.Int(0)]
	if s == nil {
		return Response{}
	}
	s.endTransparent() // of another port
	if s.state != stateConnected {
		s.remove()
		s.opened.Finish(atengine.Fail(SocketClosed)) // an open in mode 2, from another port
		return Response{}
	}
	unit := time.Second
	if m.ssl.contexts[s.ctx].closeMillis == 1 {
		unit = time.Millisecond
	}
	wait := time.Duration(c.Int(1)) * unit
	if wait == 0 {
		m.event(Event{Kind: TLSClosed, Client: s.id, Text: "by the host, at once"})
		s.hangUp()
		s.remove()
		return Response{}
	}
	s.state = stateClosing
	s.rx.stopHold()
	if len(s.rx.lent) > 0 {
		s.rx.lent = nil
		s.rx.taken <- struct{}{}
	}
	r, command := c.Wait()
	s.closing = &closing{command: command, limit: m.after(wait, s.closeDone)}
	if !s.tx.busy {
		s.closing.sent(s)
	}
	return r
}

// sent goes on when everything that was taken is out: it says goodbye.
func (w *closing) sent(c *sslClient) {
	if w.said {
		return
	}
	w.said = true
	if c.silent() {
		return // it would not get there
	}
	conn, tcp := c.conn, c.tcp
	c.m.ssl.wait.Go(func() {
		// A server that is gone already needs no goodbye: the receiver sees it.
		_ = conn.CloseWrite()
		if half, ok := tcp.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	})
}

// closeDone ends the wait: the server has closed, or has had its time.
func (c *sslClient) closeDone() {
	if c.closing != nil {
		c.m.event(Event{Kind: TLSClosed, Client: c.id, Text: "by the host"})
		c.remove()
	}
}

// hangUp takes the connection from the client and closes it with a close_notify
// that it does not wait for.
func (c *sslClient) hangUp() {
	conn, tcp, rest, written := c.conn, c.tcp, c.tx.queue, c.tx.ended
	c.tcp = nil
	c.tx.stop()
	if c.silent() {
		_ = tcp.Close() // a goodbye would not get there
		return
	}
	c.m.ssl.wait.Go(func() {
		// Best effort on a connection that is given up: what was taken goes out
		// first, in order.
		_ = tcp.SetWriteDeadline(time.Now().Add(hangUpTime))
		if written != nil {
			<-written
		}
		for _, p := range rest {
			_, _ = conn.Write(p)
		}
		_ = conn.CloseWrite()
		_ = tcp.Close()
	})
}
