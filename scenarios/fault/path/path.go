package path

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator/network"
)

// Path is one client's or socket's way to the network: what is armed for its next open, and
// the open that is under way or done. It is safe for concurrent use: a modem's
// loop arms it, the goroutines of an open use it.
type Path struct {
	clock *clock.Clock

	// mu guards all that follows, and all of the opens and connections that come
	// of it: one client has one connection, so there is nobody to wait for.
	mu     sync.Mutex
	random func() float64
	next   plan  // for the open to come
	now    *open // the latest; nil before the first
}

// plan is what is armed for an open; nil: nothing.
type plan struct {
	resolve    *ResolveFault
	connect    *ConnectFault
	handshake  *handshake
	conditions *conditions
}

// open is the way to the network of one open.
type open struct {
	path     *Path
	below    network.Network
	plan     plan
	resolved bool       // the resolver has been asked
	dialled  bool       // a first attempt to connect was made
	over     bool       // it failed, as far as can be told here
	addr     netip.Addr // the answer that a fault gave, if it is valid
	conn     *conn      // once connected
	pinged   time.Time  // when the first echo request was sent, on the modem's clock
	jitter   *rand.Rand // of echo requests, under the path's lock
}

var _ network.Host = (*open)(nil)

// New returns a path with nothing armed. Durations are on c. random gives
// numbers in [0,1); it is called by Handshake and Conditions only, under the
// path's lock.
func New(c *clock.Clock, random func() float64) *Path {
	return &Path{clock: c, random: random}
}

// Open begins an open and returns its way to the network, above next. What was
// armed counts for it and is no longer armed. The connection of an older open is
// no longer reached.
func (p *Path) Open(next network.Network) network.Network {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = &open{path: p, below: next, plan: p.next}
	p.next = plan{}
	return p.now
}

// Disarm forgets what is armed, and ends the conditions of the open connection.
// What has been done to that connection stays done.
func (p *Path) Disarm() {
	p.mu.Lock()
	p.next = plan{}
	if p.now != nil {
		p.now.plan = plan{}
	}
	p.mu.Unlock()
	p.Lift()
}

// before is the plan of the open under way if that has still to come to a point,
// as passed tells, else that of the next open. The caller holds the lock.
func (p *Path) before(passed func(*open) bool) *plan {
	if p.now != nil && !p.now.over && !passed(p.now) {
		return &p.now.plan
	}
	return &p.next
}

// conn is the connection that is open now, or nil. The caller holds the lock.
func (p *Path) conn() *conn {
	if p.now == nil || p.now.conn == nil || p.now.conn.closed {
		return nil
	}
	return p.now.conn
}

// onConn runs f with the connection that is open now, and has all who wait on
// it look again. It reports whether there is a connection.
func (p *Path) onConn(f func(*conn)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.conn()
	if c == nil {
		return false
	}
	f(c)
	c.disturb()
	return true
}

// wait returns once d has passed on the modem's clock, or with the reason why
// ctx ended.
func (p *Path) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := p.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
