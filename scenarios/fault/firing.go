package fault

import (
	"strings"

	"github.com/quectel-sim/qsim/emulator"
)

// Firing is one time that a rule acts. What it knows of the moment stays valid
// after it.
type Firing struct {
	e    *Engine
	rule *armed

	port    string
	client  int    // SSL client that the moment is about; -1: none
	context int    // PDP context that it names; 0: none
	name    string // of the command
	urc     string // the result code that the moment is
	closed  int    // how often the host had closed the port
	opened  int    // how often the host had closed the client
	boots   int
	resets  int
	cause   *Firing // whose doing the moment is; nil: it came from outside
}

// fire notes what a moment says.
func (e *Engine) fire(r *armed, m *Moment) *Firing {
	x := &Firing{e: e, rule: r, port: m.Port, client: -1, boots: e.boots, resets: e.resets, closed: e.hostClosed[m.Port], cause: e.cause}
	if id, ok := m.client(); ok {
		x.client, x.opened = id, e.clientClosed[id]
	}
	x.context, _ = m.context()
	switch m.Kind {
	case Given, Answered:
		x.name = string(m.Call.Name)
	case Happened:
		if m.Event.Kind == emulator.URCSent {
			x.urc = m.Event.Text
		}
	}
	return x
}

// maxChain bounds how often rules act on the doings of other rules, and they on
// those, without any time passing.
const maxChain = 1000

// circular reports whether the rule would act on its own doing, at once. There
// would be no end of it.
func (x *Firing) circular() bool {
	if x.cause == nil {
		x.e.chain = 0
		return false
	}
	for c := x.cause; c != nil; c = c.cause {
		if c.rule == x.rule {
			return true
		}
	}
	x.e.chain++
	return x.e.chain > maxChain
}

// act takes steps of the rule, one right after the other, unless the engine has
// been put back to its beginning since.
func (x *Firing) act(steps []Step) {
	if x.resets != x.e.resets {
		return
	}
	for _, s := range steps {
		if p, ok := s.Action.(interface{ place() *Placement }); ok && !p.place().Detached && !x.lives() {
			continue
		}
		s.Action.(effect).act(x)
	}
}

// within is f, with all that it leads to at once known as the rule's doing.
func (x *Firing) within(f func()) func() {
	return func() {
		before := x.e.cause
		x.e.cause = x
		f()
		x.e.cause = before
	}
}

// Modem is the modem that the rule acts on.
func (x *Firing) Modem() *emulator.Modem { return x.e.m }

// lives reports whether the command that the rule acted on still concerns the
// host: it has not closed the port or the client since.
func (x *Firing) lives() bool {
	if x.boots != x.e.boots {
		return false
	}
	if x.name == "" {
		return true
	}
	return x.closed == x.e.hostClosed[x.port] && (x.client < 0 || x.opened == x.e.clientClosed[x.client])
}

// clients are the SSL clients that an action is about: the one it names, or that
// of the moment, or all.
func (x *Firing) clients(named *int) []int {
	if named != nil {
		return []int{*named}
	}
	if x.client >= 0 && x.client < emulator.ClientIDs {
		return []int{x.client}
	}
	all := make([]int, emulator.ClientIDs)
	for i := range all {
		all[i] = i
	}
	return all
}

// commandWays are the commands with a way to the network of their own.
var commandWays = map[string]int{"+QIDNSGIP": emulator.WayDNS, "+QPING": emulator.WayPing, "+QNTP": emulator.WayTime}

// ways are the ways to the network that an action is about: those of clients,
// or that of the moment's command, or all.
func (x *Firing) ways(named *int) []int {
	all := x.clients(named)
	switch way, ok := commandWays[x.name]; {
	case named != nil, x.client >= 0 && x.client < emulator.ClientIDs:
		return all
	case ok:
		return []int{way}
	}
	return append(all, emulator.WayDNS, emulator.WayPing, emulator.WayTime)
}

// fill puts the id of the moment's SSL client in place of {client} in what a
// rule says to the host. Where there is none it stays.
func (x *Firing) fill(text string) string {
	if x.client < 0 {
		return text
	}
	return strings.ReplaceAll(text, "{client}", itoa(x.client))
}

// contextOf is the PDP context that an action is about: the one it names, or
// that of the moment, or that of the moment's SSL client, or 1.
func (x *Firing) contextOf(named *int) int {
	switch {
	case named != nil:
		return *named
	case x.context > 0:
		return x.context
	case x.client >= 0 && x.client < emulator.ClientIDs:
		if id, ok := x.e.m.PDPOf(x.client); ok {
			return id
		}
	}
	return 1
}

// note writes into the journal.
func (x *Firing) note(text string) { x.e.journal(x.rule, text) }

// failed notes in the journal that the action could not do what it says.
func (x *Firing) failed(err error) {
	if err != nil {
		x.note("could not: " + err.Error())
	}
}
