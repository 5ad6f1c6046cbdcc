package path

import (
	"math/rand/v2"
	"time"
)

// Conditions are those of a line. All hold for each direction by itself, and all
// but Blackhole leave every byte in its place: what is late holds back what
// comes behind it. Zero and less: none.
type Conditions struct {
	Latency   time.Duration // of every byte
	Jitter    time.Duration // added to it: anything from -Jitter to Jitter
	Bandwidth int           // bytes a second
	// Blackhole lets nothing through, not even an end, and does not say so. What
	// the modem writes is taken, up to 256 KiB. When it is over all of that
	// arrives, as it does when TCP repeats what was lost.
	Blackhole bool
	For       time.Duration // how long they hold; 0: until Lift
}

// slice is the part of a second that a chunk may take at the given bandwidth:
// small enough to look like a stream.
const slice = 20

// conditions are those in force, on the wall clock.
type conditions struct {
	latency, jitter time.Duration
	perByte         float64 // ns
	dark            bool
	lasts           time.Duration // on the modem's clock
	unit            int           // bytes that travel together at most
	seed            uint64        // of the jitter
	timer           *time.Timer
}

// Conditions imposes conditions on the open connection, in place of those that
// it has, or arms them for the one that the open under way or the next open
// makes: then For begins when it is connected. It reports whether there is a
// connection now. Echo requests go by what was armed before the first of them.
func (p *Path) Conditions(with Conditions) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	cs := &conditions{
		latency: p.clock.Wall(max(with.Latency, 0)),
		jitter:  p.clock.Wall(max(with.Jitter, 0)),
		dark:    with.Blackhole,
		lasts:   with.For,
		unit:    chunkBytes,
		seed:    uint64(p.random() * (1 << 53)),
	}
	if with.Bandwidth > 0 {
		cs.perByte = float64(p.clock.Wall(time.Second)) / float64(with.Bandwidth)
		cs.unit = min(max(with.Bandwidth/slice, 1), chunkBytes)
	}
	c := p.conn()
	if c == nil {
		p.before(func(o *open) bool { return o.conn != nil || !o.pinged.IsZero() }).conditions = cs
		return false
	}
	if !c.broken {
		c.impose(cs)
		c.disturb()
	}
	return true
}

// Lift ends the conditions of the open connection: what is on its way arrives.
// Those that are armed are forgotten. It reports whether there is a connection.
func (p *Path) Lift() bool {
	p.mu.Lock()
	p.next.conditions = nil
	if p.now != nil {
		p.now.plan.conditions = nil
	}
	p.mu.Unlock()
	return p.onConn((*conn).lift)
}

func (c *conn) impose(cs *conditions) {
	c.conditions.stop()
	c.conditions = cs
	for i, l := range []*lane{&c.in, &c.out} {
		l.random = rand.New(rand.NewPCG(cs.seed, uint64(i)))
		l.free = time.Time{}
	}
	if cs.lasts > 0 {
		cs.timer = c.path.clock.AfterFunc(cs.lasts, func() {
			c.path.mu.Lock()
			defer c.path.mu.Unlock()
			if c.conditions == cs && !c.closed && !c.broken {
				c.lift()
				c.disturb()
			}
		})
	}
}

// unit is how many bytes travel together at most. The pieces of a narrow line are
// small, but a datagram is never cut.
func (c *conn) unit() int {
	if c.conditions == nil || c.whole {
		return chunkBytes
	}
	return c.conditions.unit
}

func (c *conn) lift() {
	c.conditions.stop()
	c.conditions = nil
}

func (cs *conditions) blackhole() bool { return cs != nil && cs.dark }

func (cs *conditions) stop() {
	if cs != nil && cs.timer != nil {
		cs.timer.Stop()
	}
}
