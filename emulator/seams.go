package emulator

import (
	"bytes"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator/network"
)

// Seams are where a modem can be watched and bent: its command lines, the bytes
// of its ports, its way to the network. What happens above these is told to the
// Observer. Each is an interface of one method, called on the modem's loop, and
// nil where nobody cares.
type Seams struct {
	atengine.Hooks[*Modem]
	Bend  Bender
	Route Router
}

// Seams are the modem's own, for code that runs on its loop. A change counts from
// the next call of one of them.
func (m *Modem) Seams() *Seams { return &m.seams }

// Piece is bytes on their way, and how long they wait, on the modem's clock.
type Piece = atengine.Piece

// Bender sees the bytes of a port on their way, before Wire does where they are
// the modem's, and may send others in their place: bent is then true. It may
// not keep p. A piece's wait holds back all that comes behind it in the same
// direction.
type Bender interface {
	Bend(port string, dir Direction, p []byte) (pieces []Piece, bent bool)
}

// Router gives each open of an SSL client or a socket its way to the network, each
// connection that comes to one that listens, and each command that goes there by
// itself (WayDNS, WayPing, WayTime). What it returns is used from other goroutines.
type Router interface {
	Route(way int, next network.Network) network.Network
}

// route is a way to the network, over next.
func (m *Modem) route(id int, next network.Network) network.Network {
	if m.seams.Route == nil {
		return next
	}
	return m.seams.Route.Route(id, next)
}

// pacer passes pieces on in order, each after its wait. While it is empty and
// nothing waits, pieces pass at once.
type pacer struct {
	m     *Modem
	pass  func(p []byte)
	moved func() // something has passed, after a wait
	queue []Piece
	size  int // bytes in queue
	timer *timer
	drops int // how often drop was called
}

// holds reports whether something waits, so that what comes must wait, too.
func (q *pacer) holds() bool { return q.timer != nil || len(q.queue) > 0 }

// push adds pieces at the end. It copies their bytes if they must wait.
func (q *pacer) push(pieces ...Piece) {
	drops := q.drops
	for _, p := range pieces {
		if q.drops != drops {
			return // the first of them has led to that: the others are lost, too
		}
		if !q.holds() && p.Wait <= 0 {
			q.pass(p.Bytes)
			continue
		}
		q.queue = append(q.queue, Piece{Wait: p.Wait, Bytes: bytes.Clone(p.Bytes)})
		q.size += len(p.Bytes)
	}
	q.next()
}

// next passes what may pass, and waits for the rest.
func (q *pacer) next() {
	for q.timer == nil && len(q.queue) > 0 {
		p := q.queue[0]
		if p.Wait > 0 {
			q.queue[0].Wait = 0
			q.timer = q.m.after(p.Wait, func() {
				q.timer = nil
				q.next()
				q.moved()
			})
			return
		}
		q.queue = q.queue[1:]
		q.size -= len(p.Bytes)
		q.pass(p.Bytes)
	}
}

// drop forgets what waits and reports whether there was anything.
func (q *pacer) drop() bool {
	had := q.holds()
	q.drops++
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	q.queue, q.size = nil, 0
	return had
}

// After runs f on the loop once d has passed on the modem's clock. Only the loop
// may call it.
func (m *Modem) After(d time.Duration, f func()) atengine.Stopper { return m.after(d, f) }

// Later runs f on the loop after the present event. Only the loop may call it.
func (m *Modem) Later(f func()) { m.later(f) }

// Clock is the modem's clock.
func (m *Modem) Clock() *clock.Clock { return m.clock }

// Now is the time on the modem's clock.
func (m *Modem) Now() time.Time { return m.clock.Now() }

// PortOf is the name of the port that a line belongs to, or "" for none.
func (m *Modem) PortOf(l *atengine.Line[*Modem]) string {
	for _, p := range m.ports {
		if p.line == l {
			return p.name
		}
	}
	return ""
}

// SendURC sends an unsolicited result code, given without its framing, as the
// module itself does. Only the loop may call it.
func (m *Modem) SendURC(text string) { m.urc(text) }

// Dark reports whether the module is deaf and silent: it has no power, or boots
// and has not come to RDY.
func (m *Modem) Dark() bool { return m.dark() }

// SendURCOn is SendURC on the port of that name, whichever gets URCs; "" is that
// one. Nobody gets it when the modem has no such port.
func (m *Modem) SendURCOn(name, text string) {
	if p := m.urcPort(); name == "" || p != nil && p.name == name {
		m.urc(text)
		return
	}
	if m.dark() {
		return
	}
	m.event(Event{Kind: URCSent, Port: name, Text: text})
	for _, p := range m.portsNamed(name) {
		p.unsolicited(text)
	}
}

// WriteRaw writes bytes to the host of a port, whatever its line is doing. ""
// is the port that gets URCs. Only the loop may call it.
func (m *Modem) WriteRaw(name string, pieces []Piece) {
	for _, p := range m.portsNamed(name) {
		p.bentOut.push(pieces...)
	}
}

// Hear has the module hear bytes on a port as if its host had sent them, behind
// what is held back there. "" is the port that gets URCs. Only the loop may call
// it.
func (m *Modem) Hear(name string, pieces []Piece) {
	for _, p := range m.portsNamed(name) {
		p.bentIn.push(pieces...)
	}
}

// Stall holds back what passes on a port, "" for all of them, for d on the
// modem's clock: in is what comes from the host. Only the loop may call it.
func (m *Modem) Stall(name string, in, out bool, d time.Duration) {
	ports := m.ports
	if name != "" {
		ports = m.portsNamed(name)
	}
	for _, p := range ports {
		if in {
			p.bentIn.push(Piece{Wait: d})
		}
		if out {
			p.bentOut.push(Piece{Wait: d})
		}
	}
}

// portsNamed is the port of that name, or that of URCs for "", or none.
func (m *Modem) portsNamed(name string) []*port {
	if name == "" {
		if p := m.urcPort(); p != nil {
			return []*port{p}
		}
		return nil
	}
	for _, p := range m.ports {
		if p.name == name {
			return []*port{p}
		}
	}
	return nil
}
