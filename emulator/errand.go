package emulator

import (
	"context"
	"net/netip"
	"sync"

	"github.com/quectel-sim/qsim/emulator/network"
)

// The ways to the network that are no client's (Router), beside those of the
// clients 0 to ClientIDs-1.
const (
	WayDNS  = ClientIDs + iota // of AT+QIDNSGIP
	WayPing                    // of AT+QPING
	WayTime                    // of AT+QNTP
	Ways                       // how many there are
)

// errands are what commands ask of the network beside the clients: at most one
// question to a name server, one series of echo requests and one question to a
// time server at a time. The loop owns them; their goroutines own nothing.
type errands struct {
	dns  *errand
	ping *errand
	time *errand
	wait sync.WaitGroup // the goroutines

	server struct { // that time asks
		host string
		port uint16
	}
}

// errand is one of them, under way.
type errand struct {
	pdp    int
	slot   **errand // where errands keep it
	ctx    context.Context
	cancel context.CancelFunc
	pause  course // what it waits for on the modem's clock
	// failed tells the host that nothing came of it.
	failed func(Code)
}

// newErrand starts an errand over a context of the stack.
func newErrand(slot **errand, pdp int, failed func(Code)) *errand {
	w := &errand{pdp: pdp, slot: slot, failed: failed}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	*slot = w
	return w
}

// live reports whether the errand is still under way.
func (w *errand) live() bool { return *w.slot == w }

// end ends the errand without a word.
func (w *errand) end() {
	if w.live() {
		*w.slot = nil
	}
	w.cancel()
	w.pause.cut()
}

// all are the errands under way.
func (e *errands) all() []*errand {
	var list []*errand
	for _, w := range []*errand{e.dns, e.ping, e.time} {
		if w != nil {
			list = append(list, w)
		}
	}
	return list
}

// dropContext fails what goes over a context of the stack that is gone.
func (e *errands) dropContext(pdp int, code Code) {
	for _, w := range e.all() {
		if w.pdp == pdp {
			w.end()
			w.failed(code)
		}
	}
}

// losePower forgets all. Nobody is told.
func (e *errands) losePower() {
	for _, w := range e.all() {
		w.end()
	}
}

// wayOut is the way from a context of the stack to the network, for those whose
// route is way.
func (m *Modem) wayOut(pdp, way int) network.Network { return m.route(way, m.network(pdp)) }

// network is the network behind a context of the stack.
func (m *Modem) network(pdp int) network.Network {
	if m.pdp.contexts[pdp].drifted {
		return m.drifted()
	}
	return m.net
}

// lookup resolves a name for an errand, at most for lookupTime, and has done get
// the addresses that the context can reach.
func (m *Modem) lookup(w *errand, net network.Network, host string, done func([]netip.Addr, error)) {
	p := &m.pdp.contexts[w.pdp]
	q := network.Query{Host: host, Servers: p.chosenServers()}
	kind := p.bearer
	resolve := func() {
		ctx, cancel := context.WithTimeout(w.ctx, m.clock.Wall(lookupTime))
		defer cancel()
		addrs, err := net.Resolve(ctx, q)
		addrs = reachable(addrs, kind)
		m.post(func() {
			if w.live() {
				done(addrs, err)
			}
		})
	}
	// What the command has led to elsewhere comes first: it may bend the way.
	m.later(func() { m.errands.wait.Go(resolve) })
}

// reachable are the addresses that a context of a kind has a way to.
func reachable(addrs []netip.Addr, kind int) []netip.Addr {
	var list []netip.Addr
	for _, a := range addrs {
		if kind == kindBoth || a.Is4() == (kind == kindIPv4) {
			list = append(list, a)
		}
	}
	return list
}
