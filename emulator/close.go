package emulator

import (
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// hangUpTime bounds a goodbye that nobody waits for, on the wall clock.
const hangUpTime = time.Second

// closing is a command that closes and waits for the peer's end.
type closing struct {
	command completion
	limit   *timer
	said    bool // our goodbye is under way
	async   bool // the command has answered; a URC tells of the end
}

// close closes an endpoint by command c: what was taken is sent, then the peer is
// told, then its own end is awaited for as long as wait says. An id that is not
// open (e is nil) is closed already.
func (m *Modem) close(c *Call, e *endpoint, wait time.Duration) Response {
	if e == nil {
		return Response{}
	}
	e.endTransparent() // of another port
	async := e.settings().asyncClose == 1
	if async && (e.state != stateConnected || wait == 0 || e.link.carries != stream) {
		m.soon(e.urcClosed) // it is closed at once
	}
	if e.state != stateConnected {
		if e.state == stateListening {
			e.event(e.dialect().closed, "by the host")
		}
		e.remove()
		e.opened.Finish(atengine.Fail(SocketClosed)) // an open in mode 2, from another port
		return Response{}
	}
	if wait == 0 || e.link.carries != stream {
		e.event(e.dialect().closed, "by the host, at once")
		e.hangUp()
		e.remove()
		return Response{}
	}
	e.state = stateClosing
	e.rx.stopHold()
	if len(e.rx.lent) > 0 {
		e.rx.lent = nil
		e.rx.taken <- struct{}{}
	}
	e.closing = &closing{limit: m.after(wait, e.closeDone), async: async}
	var r Response
	if !async {
		r, e.closing.command = c.Wait()
	}
	if !e.tx.busy {
		e.closing.sent(e)
	}
	return r
}

// sent goes on when everything that was taken is out: it says goodbye.
func (w *closing) sent(e *endpoint) {
	if w.said {
		return
	}
	w.said = true
	if e.silent() {
		return // it would not get there
	}
	e.m.ends.wait.Go(e.link.goodbye)
}

// closeDone ends the wait: the server has closed, or has had its time.
func (e *endpoint) closeDone() {
	w := e.closing
	if w == nil {
		return
	}
	e.event(e.dialect().closed, "by the host")
	e.remove()
	if w.async {
		e.urcClosed()
	}
}

// hangUp takes the connection from the endpoint and closes it with a goodbye that
// it does not wait for.
func (e *endpoint) hangUp() {
	conn, rest, written := e.link, e.tx.next, e.tx.ended
	e.link = link{}
	e.tx.stop()
	if e.silent() {
		conn.cut() // a goodbye would not get there
		return
	}
	e.m.ends.wait.Go(func() {
		// Best effort on a connection that is given up: what was taken goes out
		// first, in order.
		_ = conn.wire.SetWriteDeadline(time.Now().Add(hangUpTime))
		if written != nil {
			<-written
		}
		for p := range rest.records {
			_, _ = conn.Write(p)
		}
		conn.goodbye()
		conn.cut()
	})
}
