package path

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Resolution is what a resolver does.
type Resolution uint8

// What a resolver can do. The numbers are result codes of an open.
const (
	Resolves       Resolution = iota // what it would do anyway
	NotFound                         // the name does not exist: network.ErrNotFound (565)
	Busy                             // it takes no question: network.ErrBusy (564)
	NeverAnswers                     // until the open's time is up (565)
	ResolvesToAddr                   // it answers with ResolveFault.Addr
)

// ResolveFault is what happens to the name resolution of an open. It concerns
// IP literals as well: whoever arms it means the next open, whatever its host.
type ResolveFault struct {
	How  Resolution
	Wait time.Duration // before it does, on the modem's clock; with Resolves: it is slow
	// Addr is the answer with ResolvesToAddr. It is what will be connected to,
	// even where a layer below goes by names.
	Addr netip.Addr
}

// Resolve arms f for the open under way, if the resolver has not been asked yet,
// or for the next one.
func (p *Path) Resolve(f ResolveFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before(func(o *open) bool { return o.resolved }).resolve = &f
}

// Resolve is the open's question to the resolver.
func (o *open) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	p := o.path
	p.mu.Lock()
	o.resolved = true
	f := o.plan.resolve
	p.mu.Unlock()

	addrs, err := o.ask(ctx, q, f)
	p.mu.Lock()
	defer p.mu.Unlock()
	o.over = err != nil || len(addrs) == 0
	if err == nil && f != nil && f.How == ResolvesToAddr {
		o.addr = f.Addr
	}
	return addrs, err
}

// ask asks the network below, as far as f, which may be nil, lets it.
func (o *open) ask(ctx context.Context, q network.Query, f *ResolveFault) ([]netip.Addr, error) {
	if f == nil {
		return o.below.Resolve(ctx, q)
	}
	if err := o.path.wait(ctx, f.Wait); err != nil {
		return nil, fmt.Errorf("lookup %s: %w", q.Host, err)
	}
	switch f.How {
	case NotFound:
		return nil, fmt.Errorf("lookup %s: %w", q.Host, network.ErrNotFound)
	case Busy:
		return nil, fmt.Errorf("lookup %s: %w", q.Host, network.ErrBusy)
	case NeverAnswers:
		<-ctx.Done()
		return nil, fmt.Errorf("lookup %s: %w", q.Host, context.Cause(ctx))
	case ResolvesToAddr:
		return []netip.Addr{f.Addr}, nil
	}
	return o.below.Resolve(ctx, q)
}
