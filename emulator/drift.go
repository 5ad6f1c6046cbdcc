package emulator

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// driftTime is when the module gives up on a context that has drifted, on its
// clock (measured on an EG800K).
const driftTime = 30 * time.Second

// errDrifted is what becomes of all that wants to pass through such a context.
var errDrifted = errors.New("the PDP context has drifted: nothing passes")

// firstStray is the bearer that is up in the place of one that has drifted
// (field), or the next above it that is down and not defined.
const firstStray = 9

// DriftPDP lets PDP context id drift, as modules of the family do (field:
// Nuxtack-tw/NuModem): AT+QIACT? goes on showing it and its address, while
// AT+CGACT? has another bearer active, and nothing passes. What is open falls
// silent; what is opened fails after 30 s, with 565 where a name had to be
// resolved and else with 566. AT+QIDEACT and AT+QIACT cure it. It does nothing
// when the context is not active. The error is that of an id outside 1-15.
func (l Levers) DriftPDP(id int) error {
	if err := checkContext(id); err != nil {
		return err
	}
	m := l.m
	p := &m.pdp.contexts[id]
	if p.state != contextActive || p.drifted {
		return nil
	}
	p.drifted = true
	if !m.pdp.bearers[id].active {
		return nil
	}
	for stray := firstStray; stray <= maxContexts; stray++ {
		if b := &m.pdp.bearers[stray]; stray != id && !b.shown() {
			m.pdp.bearers[id].active = false
			b.active, p.stray = true, stray
			m.link(stray)
			break
		}
	}
	return nil
}

// straighten ends the drift of a context: its own bearer is the one that is up.
func (m *Modem) straighten(id int) {
	p := &m.pdp.contexts[id]
	stray := p.stray
	p.drifted, p.stray = false, 0
	if stray == 0 || !m.pdp.bearers[stray].active {
		return
	}
	m.pdp.bearers[stray].active = false
	m.unlink(stray)
	if m.pdp.links[id].IsValid() {
		m.pdp.bearers[id].active = true
	}
}

// silent reports whether nothing passes between the endpoint and its peer any
// more, either way.
func (e *endpoint) silent() bool { return e.m.pdp.contexts[e.pdp].drifted }

// network is the way out of an endpoint's PDP context.
func (e *endpoint) network() network.Network {
	s, ok := socketOf(e)
	switch {
	case e.came != nil:
		return taken{e.came}
	case ok && s.service.serves():
		return e.m.net // nothing of that is beyond the module
	}
	return e.m.network(e.pdp)
}

// drifted is a network that nothing passes through: everything fails, late.
type drifted struct{ after time.Duration }

func (m *Modem) drifted() network.Network { return drifted{m.clock.Wall(driftTime)} }

func (d drifted) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	if addr, ok := network.Literal(q.Host); ok {
		return []netip.Addr{addr}, nil
	}
	return nil, d.fail(ctx)
}

func (d drifted) Dial(ctx context.Context, _ network.Target) (net.Conn, error) {
	return nil, d.fail(ctx)
}

func (d drifted) fail(ctx context.Context) error {
	t := time.NewTimer(d.after)
	defer t.Stop()
	select {
	case <-t.C:
		return errDrifted
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openedTooLate is an open whose context drifted meanwhile: what it reached does
// not count, and it fails as late as one that began now.
func (e *endpoint) openedTooLate() {
	e.m.after(driftTime, func() {
		if e.live() && e.state == stateOpening {
			e.openFailed(ConnectFailed)
		}
	})
}
