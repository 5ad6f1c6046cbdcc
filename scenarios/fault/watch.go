package fault

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/quectel-sim/qsim/emulator"
)

// Watch holds a trigger against moments, and counts. It is owned by the modem's
// loop.
type Watch struct {
	t      *Trigger
	random *rand.Rand
	while  func() bool // nil: always
	fit    int         // how often all but the counts has fit
	hits   int         // and the counts, too
	all    int         // the same of all boots
	bytes  map[int]int // of each client's connection
}

// NewWatch returns a watch on t. Its chances are drawn from random.
func NewWatch(t *Trigger, random *rand.Rand, while func() bool) *Watch {
	return &Watch{t: t, random: random, while: while}
}

// Hits is how often the trigger has come.
func (w *Watch) Hits() int { return w.all }

// Hit reports whether the trigger comes with the moment, which it counts.
func (w *Watch) Hit(m *Moment) bool {
	t := w.t
	if t.Bytes > 0 {
		return w.count(m)
	}
	return t.fits(m) && w.counted()
}

// counted counts one time that all else fits, and reports whether it is one of
// those that are meant.
func (w *Watch) counted() bool {
	if w.while != nil && !w.while() {
		return false
	}
	w.fit++
	t, n := w.t, w.fit
	switch {
	case t.Nth > 0 && n != t.Nth,
		t.From > 0 && n < t.From,
		t.Every > 0 && (n-max(t.From, t.Every))%t.Every != 0,
		t.Times > 0 && w.hits >= t.Times,
		t.Chance != nil && w.random.Float64() >= *t.Chance:
		return false
	}
	w.hits++
	w.all++
	return true
}

// count adds up the bytes of a connection and hits once when there are enough.
func (w *Watch) count(m *Moment) bool {
	if m.Kind != Happened {
		return false
	}
	id := m.Event.Client
	if m.Event.Kind == beginning(w.t.event()) {
		delete(w.bytes, id)
		return false
	}
	if !w.t.fits(m) {
		return false
	}
	if w.bytes == nil {
		w.bytes = map[int]int{}
	}
	before := w.bytes[id]
	w.bytes[id] = before + m.Event.Bytes
	return before < w.t.Bytes && w.bytes[id] >= w.t.Bytes && w.counted()
}

// beginning is the event with which the bytes of a connection begin to count.
func beginning(kind emulator.EventKind) emulator.EventKind {
	if kind == emulator.SocketSent || kind == emulator.SocketReceived {
		return emulator.SocketConnected
	}
	return emulator.TLSConnected
}

// booted begins the counts anew where they are those of one boot.
func (w *Watch) booted() {
	if w.t.Per == "boot" {
		w.fit, w.hits = 0, 0
	}
	clear(w.bytes)
}

func itoa(n int) string { return strconv.Itoa(n) }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
