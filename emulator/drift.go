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

// DriftPDP lets PDP context id drift, as modules of the family do (field:
// Nuxtack-tw/NuModem): AT+QIACT? goes on showing it and its address, but nothing
// passes. What is open falls silent; what is opened fails after 30 s, with 565
// where a name had to be resolved and else with 566. AT+QIDEACT and AT+QIACT
// cure it. It does nothing when the context is not active. The error is that of
// an id outside 1-15.
func (l Levers) DriftPDP(id int) error {
	if err := checkContext(id); err != nil {
		return err
	}
	if p := &l.m.pdp.contexts[id]; p.state == contextActive {
		p.drifted = true
	}
	return nil
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
	case e.silent():
		return drifted{e.m.clock.Wall(driftTime)}
	}
	return e.m.net
}

// drifted is a network that nothing passes through: everything fails, late.
type drifted struct{ after time.Duration }

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
