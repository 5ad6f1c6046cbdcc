package fault

import (
	"slices"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// wire bends the bytes of the modem's ports. The modem's loop owns it.
type wire struct {
	e       *Engine
	bent    []*bend
	streams map[streamKey]*stream
	count   int // numbers bends
}

// bend is one thing that is wrong with a serial line.
type bend struct {
	act  any                // the action that has done it
	port string             // "": every port
	dir  emulator.Direction // bytes of this direction
	both bool               // of both
	do   func(port string, pieces []emulator.Piece, last bool) []emulator.Piece
	left int // bytes it still concerns; below 0: without a bound
	id   int
}

// bends reports whether any line is bent.
func (w *wire) bends() bool { return len(w.bent) > 0 }

// start bends a line, until d is over (0: without end) or left bytes have passed
// (0: any number). What an action has bent already is not bent twice: it begins
// anew.
func (w *wire) start(b *bend, d time.Duration) {
	if b.left <= 0 {
		b.left = -1
	}
	w.bent = slices.DeleteFunc(w.bent, func(old *bend) bool { return old.act == b.act && old.port == b.port })
	w.count++
	b.id = w.count
	w.bent = append(w.bent, b)
	w.e.fit()
	if d > 0 {
		w.e.m.After(d, func() { w.stop(b.id) })
	}
}

func (w *wire) stop(id int) {
	w.bent = slices.DeleteFunc(w.bent, func(b *bend) bool { return b.id == id })
	w.e.fit()
}

// clear straightens every line: a boot begins.
func (w *wire) clear() {
	w.bent = nil
	for _, s := range w.streams {
		s.forget()
	}
	w.e.fit()
}

// hostGone forgets what is on its way on a port.
func (w *wire) hostGone(port string) {
	for key, s := range w.streams {
		if key.port == port {
			s.forget()
		}
	}
}

// Bend passes bytes through all that is wrong with their line.
func (w *wire) Bend(port string, dir emulator.Direction, p []byte) ([]emulator.Piece, bool) {
	var pieces []emulator.Piece
	for _, b := range w.bent {
		if b.port != "" && b.port != port || b.dir != dir && !b.both || b.left == 0 {
			continue
		}
		if pieces == nil {
			pieces = []emulator.Piece{{Bytes: p}}
		}
		if b.left < 0 {
			pieces = b.do(port, pieces, false)
			continue
		}
		var rest []emulator.Piece
		pieces, rest = splitAt(pieces, b.left)
		b.left -= size(pieces)
		pieces = append(b.do(port, pieces, b.left == 0), rest...)
		if id := b.id; b.left == 0 {
			w.e.m.Later(func() { w.stop(id) })
		}
	}
	return pieces, pieces != nil
}

func size(pieces []emulator.Piece) int {
	n := 0
	for _, p := range pieces {
		n += len(p.Bytes)
	}
	return n
}

// splitAt parts pieces behind n bytes.
func splitAt(pieces []emulator.Piece, n int) (head, tail []emulator.Piece) {
	for i, p := range pieces {
		if len(p.Bytes) > n {
			head = append(head, pieces[:i]...)
			head = append(head, emulator.Piece{Wait: p.Wait, Bytes: p.Bytes[:n]})
			tail = append(tail, emulator.Piece{Bytes: p.Bytes[n:]})
			return head, append(tail, pieces[i+1:]...)
		}
		n -= len(p.Bytes)
	}
	return pieces, nil
}
