package fault

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
)

// Entry is a line of an engine's journal: a rule that acted, and how.
type Entry struct {
	Time time.Time // on the modem's clock
	Rule *Rule
	ID   int
	Text string
}

// Options are what an engine needs to know. The zero value is usable.
type Options struct {
	Seed    uint64      // the run's
	Journal func(Entry) // on the modem's loop; nil: nobody reads it
}

// Engine holds rules against what happens on one modem and has them act. Attach
// it before the modem has a host. All but New and Attach belong to the modem's
// loop: call them within Modem.Do.
type Engine struct {
	o      Options
	m      *emulator.Modem
	nextID int
	rules  []*armed // in the order they act in
	first  []*armed // those that New or Load was given
	resets int      // how often it was put back to its beginning

	concerned nameSet             // the commands that given has
	given     map[string][]*armed // by the command
	answered  map[string][]*armed
	happened  map[emulator.EventKind][]*armed
	lined     []*armed

	taps  []*tap
	marks map[string]bool

	spells map[*line]*spell // of the command lines that a rule bends
	codes  []*code          // that have not been sent yet

	sender *armed  // the rule that sends a result code at present; nil: none
	cause  *Firing // whose doing is under way; nil: nobody's
	chain  int     // doings of rules that have led to each other

	holding bool       // result codes that are sent unasked are held back:
	held    []heldCode // these

	resent       bool // a result code that was held back is on its way again
	boots        int
	connects     [emulator.ClientIDs]int
	hostClosed   map[string]int
	clientClosed map[int]int

	agenda agenda
	wire   wire
	net    paths
}

// code is what becomes of a result code that is going to be sent unasked.
type code struct {
	of    string // what leads to it; "": nothing that can come again
	fits  func(text string) bool
	edits []edit
}

// maxCodes bounds the codes that are waited for.
const maxCodes = 64

// New returns an engine that holds rules, in the order they act in.
func New(rules []Rule, o Options) *Engine {
	e := &Engine{
		o:            o,
		marks:        map[string]bool{},
		spells:       map[*line]*spell{},
		hostClosed:   map[string]int{},
		clientClosed: map[int]int{},
	}
	for i := range rules {
		e.hold(&rules[i])
	}
	e.first = slices.Clone(e.rules)
	e.index()
	return e
}

// hold takes a rule in.
func (e *Engine) hold(r *Rule) *armed {
	e.nextID++
	a := arm(r)
	a.id = e.nextID
	var while func() bool
	if r.While != nil {
		while = func() bool { return e.Holds(r.While) }
	}
	// Its own chances: those of others do not depend on how often it draws.
	a.watch = NewWatch(&a.On, e.source(chanceSource, a.id), while)
	e.rules = append(e.rules, a)
	return a
}

// Holds reports whether the modem is in the state s.
func (e *Engine) Holds(s *State) bool {
	var now emulator.State
	if !s.onlyMarks() {
		now = e.m.Levers().State()
	}
	return s.Differs(&now, e.marks) == ""
}

// Marks are the marks that are set, sorted.
func (e *Engine) Marks() []string { return sortedKeys(e.marks) }

// tap is somebody who is told of moments.
type tap struct{ f func(*Moment) }

// Tap has f told of every moment before any rule acts on it, until stop is
// called.
func (e *Engine) Tap(f func(*Moment)) (stop func()) {
	t := &tap{f}
	e.taps = append(e.taps, t)
	e.index()
	return func() {
		e.taps = slices.DeleteFunc(e.taps, func(one *tap) bool { return one == t })
		e.index()
	}
}

// What is left to chance has sources of its own, apart from the modem's.
const (
	chanceSource = 0x6368_616e_6365 << 8
	wireSource   = 0x7769_7265 << 8
)

// source is the n-th random source of a kind.
func (e *Engine) source(kind uint64, n int) *rand.Rand {
	return clock.Random(e.o.Seed ^ kind ^ uint64(n)<<48)
}

// Attach puts the engine to work on m, whose Observer it must be, too.
func (e *Engine) Attach(m *emulator.Modem) error {
	return m.Do(func(emulator.Levers) error {
		e.m = m
		e.wire.e, e.net.e = e, e
		e.index()
		for _, r := range e.rules {
			e.startTime(r)
		}
		return nil
	})
}

// Add puts another rule to work, behind those that are there, and returns its
// number.
func (e *Engine) Add(r Rule) int {
	a := e.hold(&r)
	e.index()
	e.startTime(a)
	return a.id
}

// Remove takes the rule with a number away. What it has led to stays.
func (e *Engine) Remove(id int) bool {
	i := slices.IndexFunc(e.rules, func(r *armed) bool { return r.id == id })
	if i < 0 {
		return false
	}
	e.rules = slices.Delete(e.rules, i, i+1)
	e.index()
	return true
}

// Held is one rule that an engine holds.
type Held struct {
	ID   int
	Rule *Rule
	Hits int // how often it has acted
}

// Rules are the rules at work.
func (e *Engine) Rules() []Held {
	list := make([]Held, len(e.rules))
	for i, r := range e.rules {
		list[i] = Held{r.id, r.Rule, r.watch.Hits()}
	}
	return list
}

// startTime starts the time of a rule that waits for one.
func (e *Engine) startTime(r *armed) {
	if r.On.At == nil {
		return
	}
	e.after(time.Duration(*r.On.At), func() {
		if slices.Contains(e.rules, r) && r.watch.counted() {
			e.start(r, e.fire(r, &Moment{Kind: Timed}))
		}
	})
}

// start runs what a rule does beside replies.
func (e *Engine) start(r *armed, x *Firing) {
	if len(r.effects) > 0 && x.circular() {
		e.journal(r, "not again at once, by its own doing")
		return
	}
	e.journal(r, "fired")
	for i := 0; i < len(r.effects); {
		lag, steps := r.effects[i].lag, []Step{}
		for ; i < len(r.effects) && r.effects[i].lag == lag; i++ {
			steps = append(steps, r.effects[i].step)
		}
		act := func() { x.act(steps) }
		if lag <= 0 {
			e.m.Later(x.within(act))
			continue
		}
		e.after(lag, act)
	}
}

func (e *Engine) journal(r *armed, text string) {
	if e.o.Journal != nil {
		e.o.Journal(Entry{Time: e.m.Now(), Rule: r.Rule, ID: r.id, Text: text})
	}
}

func (e *Engine) tell(m *Moment) {
	for _, t := range e.taps {
		t.f(m)
	}
}

// Event takes an event of the modem.
func (e *Engine) Event(ev emulator.Event) {
	if e.m == nil {
		return // before the first host there is nobody to meet a fault
	}
	e.follow(&ev)
	m := Moment{Kind: Happened, Port: ev.Port, Event: ev}
	e.tell(&m)
	if e.resent {
		return
	}
	for _, r := range e.happened[ev.Kind] {
		if ev.Kind == emulator.URCSent && r == e.sender || !r.watch.Hit(&m) {
			continue
		}
		x := e.fire(r, &m)
		if len(r.shapers) > 0 && x.urc != "" {
			e.bendCode(r, x)
		}
		e.start(r, x)
	}
}

// follow keeps up with what ends rules' actions.
func (e *Engine) follow(ev *emulator.Event) {
	switch ev.Kind {
	case emulator.HostClose:
		e.hostClosed[ev.Port]++
		e.wire.hostGone(ev.Port)
		e.sweepLater() // a data phase ends without a result
	case emulator.TLSConnected, emulator.SocketConnected:
		e.net.connected(ev.Client)
		e.connects[ev.Client]++
	case emulator.Booted:
		e.boots++
		clear(e.marks)
		clear(e.spells)
		e.codes = nil
		e.holding, e.held = false, nil
		e.wire.clear()
		for _, r := range e.rules {
			r.watch.booted()
		}
	}
}

// bendCode changes the result code that the moment is, once it is written.
func (e *Engine) bendCode(r *armed, x *Firing) {
	p := &plan{e: e, x: x}
	for _, s := range r.shapers {
		s.shape(p)
	}
	e.expect(code{edits: p.edits, fits: func(text string) bool { return text == x.urc }})
}

// expect keeps what becomes of a result code that is going to be sent.
func (e *Engine) expect(c code) {
	if len(c.edits) == 0 {
		return
	}
	if len(e.codes) == maxCodes {
		e.codes = e.codes[1:]
	}
	e.codes = append(e.codes, &c)
	e.fit()
}

// index sorts the rules by what they wait for, and asks of the modem what they
// need and nothing else.
func (e *Engine) index() {
	e.concerned = 0
	for _, name := range closings {
		e.concerned.add(name)
	}
	e.given, e.answered = map[string][]*armed{}, map[string][]*armed{}
	e.happened = map[emulator.EventKind][]*armed{}
	e.lined = nil
	for _, r := range e.rules {
		switch {
		case r.On.kind() == Lined || r.echo:
			e.lined = append(e.lined, r)
		case r.On.kind() == Given:
			e.given[r.On.Command] = append(e.given[r.On.Command], r)
			e.concerned.add(r.On.Command)
		case r.On.kind() == Answered:
			e.answered[r.On.Command] = append(e.answered[r.On.Command], r)
		case r.On.kind() == Happened:
			kind := r.On.event()
			e.happened[kind] = append(e.happened[kind], r)
			if r.On.Bytes > 0 {
				begins := beginning(kind)
				e.happened[begins] = append(e.happened[begins], r)
			}
		}
	}
	if e.m != nil {
		e.fit()
	}
}

// fit sets the modem's seams to what is needed at present.
func (e *Engine) fit() {
	tapped, bent, h := len(e.taps) > 0, len(e.spells) > 0, hooks{e}
	seams := emulator.Seams{Route: &e.net}
	if tapped || bent || len(e.given) > 0 || len(e.answered) > 0 {
		seams.Before = h
	}
	if bent {
		seams.After = h
	}
	if tapped || bent || len(e.answered) > 0 {
		seams.Ended = h
	}
	if tapped || bent || len(e.lined) > 0 {
		seams.Lines = h
	}
	if bent || len(e.codes) > 0 || len(e.lined) > 0 || e.holding {
		seams.Edit = h
	}
	if e.wire.bends() {
		seams.Bend = &e.wire
	}
	seams.HoldEcho = slices.ContainsFunc(e.lined, func(r *armed) bool { return r.echo })
	*e.m.Seams() = seams
}
