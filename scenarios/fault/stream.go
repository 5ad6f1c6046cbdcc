package fault

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// stream is the bytes of a port that one action bends. What becomes of a byte
// depends on its place in the stream and on nothing else: not on how many come
// at a time.
type stream struct {
	random  *rand.Rand
	odd     bool // every second byte of a wrong line rate is lost
	holding bool // held waits for the byte that it changes places with
	held    byte
	timer   atengine.Stopper // gives held free
}

// streamKey names a stream.
type streamKey struct {
	act  *Wire
	port string
}

// pairTime is how far apart, on the wall clock, two bytes can come that still
// change places: the first is held back so long.
const pairTime = 50 * time.Millisecond

// stream is that of an action of rule r on a port. It goes on when the action is
// begun anew.
func (w *wire) stream(r *armed, a *Wire, port string) *stream {
	key := streamKey{a, port}
	s := w.streams[key]
	if s == nil {
		step := slices.IndexFunc(r.Do, func(s Step) bool { return s.Action == any(a) })
		n := (r.id<<8|step)<<2 | slices.Index(ports, port)&3
		s = &stream{random: w.e.source(wireSource, n)}
		if w.streams == nil {
			w.streams = map[streamKey]*stream{}
		}
		w.streams[key] = s
	}
	return s
}

func (s *stream) chance(share float64) bool { return s.random.Float64() < share }

// bend appends to out what becomes of c.
func (s *stream) bend(a *Wire, out []byte, c byte) []byte {
	if a.Lose != nil && s.chance(*a.Lose) {
		return out
	}
	copies := 1
	if a.Duplicate != nil && s.chance(*a.Duplicate) {
		copies = 2
	}
	for range copies {
		d := c
		if a.Corrupt != nil && s.chance(*a.Corrupt) {
			d ^= 1 << s.random.IntN(8)
		}
		if a.Baud { // a UART at another rate sees fewer bytes, and others
			if s.odd = !s.odd; !s.odd {
				continue
			}
			d = byte(0x80 | s.random.IntN(0x80))
		}
		switch {
		case s.holding:
			out = append(out, d, s.held)
			s.holding = false
		case a.Reorder != nil && s.chance(*a.Reorder):
			s.held, s.holding = d, true
		default:
			out = append(out, d)
		}
	}
	return out
}

// rest appends the byte that waits for another, if there is one.
func (s *stream) rest(out []byte) []byte {
	if s.holding {
		out = append(out, s.held)
	}
	s.forget()
	return out
}

// forget drops the byte that waits.
func (s *stream) forget() {
	s.holding = false
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// free lets the byte that waits go if no other comes.
func (s *stream) free(m *emulator.Modem, pass func(string, []emulator.Piece), port string) {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if !s.holding {
		return
	}
	wall := time.Duration(float64(pairTime) * m.Clock().Speed())
	s.timer = m.After(wall, func() {
		s.timer = nil
		if s.holding {
			pass(port, []emulator.Piece{{Bytes: s.rest(nil)}})
		}
	})
}
