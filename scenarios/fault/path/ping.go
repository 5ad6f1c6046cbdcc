package path

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

var _ network.Pinger = (*open)(nil)

// Ping is an echo request on the way of this open. What is armed for connecting
// counts for every one of them, as far as datagrams know it: they are lost with
// Refused, TimesOut and ConnectsAndReset. Conditions delay the request and its
// answer, or swallow them.
func (o *open) Ping(ctx context.Context, t network.Target, size int) (network.Echo, error) {
	p := o.path
	p.mu.Lock()
	o.dialled = true
	if o.pinged.IsZero() {
		o.pinged = p.clock.Now()
		if cs := o.plan.conditions; cs != nil {
			o.jitter = rand.New(rand.NewPCG(cs.seed, 0))
		}
	}
	if o.addr.IsValid() {
		t.Host = o.addr.String() // as in Dial
	}
	f, delay, dark := o.plan.connect, o.roundTrip(), o.swallows()
	p.mu.Unlock()

	if dark {
		return o.lost(ctx, t)
	}
	if err := wallWait(ctx, delay); err != nil {
		return network.Echo{}, err
	}
	if f == nil {
		return network.Ping(ctx, o.below, t, size)
	}
	if err := p.wait(ctx, f.Wait); err != nil {
		return network.Echo{}, err
	}
	if err := f.How.machine(); err != nil {
		return network.Echo{}, dialError(t, err)
	}
	switch f.How {
	case Refused, TimesOut, ConnectsAndReset:
		return o.lost(ctx, t)
	case Unreachable:
		return network.Echo{}, fmt.Errorf("ping %v: %w", t.Addr.Addr(), network.ErrUnreachable)
	case Elsewhere:
		t = network.Target{Host: f.To.Addr().String(), Addr: f.To}
	}
	return network.Ping(ctx, o.below, t, size)
}

// lost is a request or an answer that goes nowhere.
func (o *open) lost(ctx context.Context, t network.Target) (network.Echo, error) {
	<-ctx.Done()
	return network.Echo{}, fmt.Errorf("ping %v: %w", t.Addr.Addr(), context.Cause(ctx))
}

// roundTrip is how long the conditions hold a request and its answer back, on
// the wall clock. The caller holds the lock.
func (o *open) roundTrip() time.Duration {
	cs := o.plan.conditions
	if cs == nil || o.passed(cs) {
		return 0
	}
	d := 2 * cs.latency
	for range 2 {
		d += time.Duration((2*o.jitter.Float64() - 1) * float64(cs.jitter))
	}
	return max(d, 0)
}

// swallows reports whether nothing passes at present. The caller holds the lock.
func (o *open) swallows() bool {
	return o.plan.conditions.blackhole() && !o.passed(o.plan.conditions)
}

// passed reports whether the time of the conditions is over. The caller holds
// the lock.
func (o *open) passed(cs *conditions) bool {
	return cs.lasts > 0 && o.path.clock.Now().Sub(o.pinged) >= cs.lasts
}

// wallWait returns once d has passed, or with the reason why ctx ended.
func wallWait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
