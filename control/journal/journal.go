// Package journal keeps what happened on a modem: its events, the commands of
// its host with their results, the faults that acted and what was done from
// outside, each under a number. It holds the last entries for readers that come
// later or are slow, and hands all of them to sinks.
//
// Whoever writes never waits: a reader that does not keep up loses entries, and
// is told how many.
package journal

import (
	"sync"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// Size is how many entries a journal keeps, unless it is told otherwise.
const Size = 4096

// Journal is one modem's. It is safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	size    int
	kept    []Entry // a ring once it is full
	last    uint64  // the number of the latest entry; 0: none yet
	readers map[chan struct{}]struct{}
	sinks   []Sink
}

// Sink is given every entry, in order, on the modem's loop: it must not wait for
// anybody, and may not keep e.
type Sink interface{ Put(e *Entry) }

// New returns a journal that keeps size entries; 0 stands for Size.
func New(size int, sinks ...Sink) *Journal {
	if size <= 0 {
		size = Size
	}
	return &Journal{size: size, readers: map[chan struct{}]struct{}{}, sinks: sinks}
}

// Follow has the journal told of the commands that the host of m gives, which e,
// the engine of m, sees. What else there is to tell comes through Event and
// Fault.
func (j *Journal) Follow(m *emulator.Modem, e *fault.Engine) error {
	return m.Do(func(emulator.Levers) error {
		e.Tap(func(moment *fault.Moment) {
			if entry, ok := ofMoment(moment); ok {
				entry.Time = m.Now()
				j.add(entry)
			}
		})
		return nil
	})
}

// Event takes an event of the modem: a Journal is an emulator.Observer.
func (j *Journal) Event(e emulator.Event) { j.add(ofEvent(&e)) }

// Fault takes what a rule did: it is for fault.Options.Journal.
func (j *Journal) Fault(e fault.Entry) { j.add(ofFault(&e)) }

// Control takes what was done from outside, at a time of the modem's clock.
func (j *Journal) Control(at time.Time, text string) {
	j.add(Entry{Time: at, Kind: Control, Text: readable(text)})
}

// add numbers an entry, keeps it and wakes those who wait for one.
func (j *Journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Schema, e.Seq, e.Time = Schema, j.last, e.Time.UTC()
	if len(j.kept) < j.size {
		j.kept = append(j.kept, e)
	} else {
		j.kept[j.place(e.Seq)] = e
	}
	for _, s := range j.sinks {
		s.Put(&e)
	}
	for wake := range j.readers {
		select {
		case wake <- struct{}{}:
		default: // it has been woken and has not looked yet
		}
	}
}

// place is where the entry with a number is kept.
func (j *Journal) place(seq uint64) int { return int((seq - 1) % uint64(j.size)) }

// Last is the number of the latest entry, 0 before the first.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Since returns up to limit entries that follow the one with the number seq, and
// how many of those are no longer kept. A number that is still to come is that
// of another journal: it counts as 0, the beginning.
func (j *Journal) Since(seq uint64, limit int) (entries []Entry, lost uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq > j.last {
		seq = 0
	}
	if oldest := j.last - uint64(len(j.kept)); seq < oldest {
		lost, seq = oldest-seq, oldest
	}
	entries = make([]Entry, 0, min(uint64(limit), j.last-seq))
	for next := seq + 1; next <= j.last && len(entries) < limit; next++ {
		entries = append(entries, j.kept[j.place(next)])
	}
	return entries, lost
}

// Listen returns a channel on which something comes after each entry, or after
// several; stop ends it.
func (j *Journal) Listen() (wake <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.readers[c] = struct{}{}
	return c, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.readers, c)
	}
}
