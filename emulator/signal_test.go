package emulator_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// walked is where a signal was in half an hour of a walk, second by second.
func walked(t *testing.T, seed uint64, w emulator.Walk) (at []int) {
	t.Helper()
	bubbleWith(t, emulator.Options{Seed: seed}, func(b *bench) {
		b.must(func(l emulator.Levers) error { return l.WalkSignal(w) })
		time.Sleep(500 * time.Millisecond) // between two steps
		for range 1800 {
			time.Sleep(time.Second)
			at = append(at, b.state().Signal)
		}
	})
	return at
}

// TestWalk: the signal wanders between its bounds in its steps, the same way with
// the same seed, through all that can be reached.
func TestWalk(t *testing.T) {
	w := emulator.Walk{Low: 5, High: 12, Step: 2, Every: time.Second}
	first, again, other := walked(t, 7, w), walked(t, 7, w), walked(t, 8, w)
	seen, same := map[int]bool{}, true
	for i, v := range first {
		seen[v] = true
		same = same && v == other[i]
		if again[i] != v {
			t.Fatalf("second %d: %d and %d with the same seed", i, v, again[i])
		}
		if v < w.Low || v > w.High || i > 0 && max(v, first[i-1])-min(v, first[i-1]) > w.Step {
			t.Fatalf("second %d: %d after %d", i, v, first[max(i-1, 0)])
		}
	}
	if same || len(seen) != 8 {
		t.Errorf("two seeds, the same walk: %v; it was at %d places", same, len(seen))
	}
	slow := walked(t, 7, emulator.Walk{High: 31}) // by 1 every 5 s
	for i := 1; i < len(slow); i++ {
		if d := slow[i] - slow[i-1]; d < -1 || d > 1 || d != 0 && i%5 != 4 {
			t.Fatalf("second %d: %d after %d", i, slow[i], slow[i-1])
		}
	}
}

// TestWalkGoesOn: a reboot does not end a walk, a signal that is set does; each
// step is an event and, where it is asked for, a URC.
func TestWalkGoesOn(t *testing.T) {
	bubbleWith(t, emulator.Options{}, func(b *bench) {
		b.must(func(l emulator.Levers) error {
			return l.WalkSignal(emulator.Walk{Low: 10, High: 11, Step: 31, Every: time.Minute})
		})
		if s := b.state().Signal; s != 11 {
			t.Errorf("it starts at %d, want the bound that is nearest", s)
		}
		b.events.forget()
		b.pull(emulator.Levers.Reboot)
		time.Sleep(10 * time.Minute)
		if told := b.events.told(); !strings.Contains(told, "signal 10") || !strings.Contains(told, "signal 11") {
			t.Error(told)
		}
		b.must(func(l emulator.Levers) error { return l.SetSignal(20) })
		b.events.forget()
		time.Sleep(time.Hour)
		b.wantEvents("")
	})
}

func TestBadWalks(t *testing.T) {
	m, _ := newModem(t, emulator.Options{})
	for i, w := range []emulator.Walk{
		{Low: -1, High: 5}, {Low: 0, High: 32}, {Low: 6, High: 5}, {High: 5, Step: 32}, {High: 5, Step: -1}, {High: 5, Every: 99 * time.Millisecond},
	} {
		if err := m.Do(func(l emulator.Levers) error { return l.WalkSignal(w) }); err == nil {
			t.Error(strconv.Itoa(i) + " is taken")
		}
	}
}
