package fault

import (
	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// paths are the ways to the network of a modem's SSL clients and sockets, and of
// its commands that go there by themselves. The modem's loop owns it.
type paths struct {
	e  *Engine
	of [emulator.Ways]*path.Path
}

// path is way id.
func (p *paths) path(id int) *path.Path {
	if p.of[id] == nil {
		random := clock.Random(p.e.o.Seed ^ uint64(id+1)<<32)
		p.of[id] = path.New(p.e.m.Clock(), random.Float64)
	}
	return p.of[id]
}

// Route gives an open its way: one that can be bent, if anything may
// want to.
func (p *paths) Route(id int, next network.Network) network.Network { return p.path(id).Open(next) }

// connected notes that an open is done, its handshake included.
func (p *paths) connected(id int) {
	if p.of[id] != nil {
		p.of[id].Connected()
	}
}

// clear straightens every way.
func (p *paths) clear() {
	for _, one := range p.of {
		if one != nil {
			one.Disarm()
		}
	}
}
