package fault

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
)

// TestStreamChunks: what becomes of bytes on a bent wire does not depend on how
// many come at a time, whatever is wrong with it.
func TestStreamChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := func(name string) *float64 {
			if !rapid.Bool().Draw(t, name) {
				return nil
			}
			f := rapid.Float64Range(0, 1).Draw(t, name+" share")
			return &f
		}
		a := &Wire{Corrupt: share("corrupt"), Lose: share("lose"), Duplicate: share("duplicate"), Reorder: share("reorder"), Baud: rapid.Bool().Draw(t, "baud")}
		if rapid.Bool().Draw(t, "split") {
			a.Split = &Split{Size: 3}
		}
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		seed := rapid.Uint64().Draw(t, "seed")

		whole := play(a, seed, [][]byte{text})
		var chunks [][]byte
		for rest := text; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
			chunks = append(chunks, rest[:n])
			rest = rest[n:]
		}
		if got := play(a, seed, chunks); !bytes.Equal(got, whole) {
			t.Errorf("%q in chunks of %d, %q at once", got, len(chunks), whole)
		}
	})
}

// play is what a makes of chunks, the byte that waits at the end included.
func play(a *Wire, seed uint64, chunks [][]byte) (out []byte) {
	s := &stream{random: clock.Random(seed)}
	for _, c := range chunks {
		for _, p := range a.through(s, []emulator.Piece{{Bytes: c}}, false) {
			out = append(out, p.Bytes...)
		}
	}
	return s.rest(out)
}

// TestStreamBends: with a share of 1 each kind does what it is called.
func TestStreamBends(t *testing.T) {
	one := 1.0
	for _, c := range []struct {
		name, in, want string
		a              Wire
	}{
		{"lose", "abcd", "", Wire{Lose: &one}},
		{"duplicate", "ab", "aabb", Wire{Duplicate: &one}},
		{"reorder", "abcde", "badce", Wire{Reorder: &one}},
		{"lose before all", "abc", "", Wire{Lose: &one, Duplicate: &one, Reorder: &one}},
		{"nothing", "abc", "abc", Wire{Split: &Split{Size: 2}}},
	} {
		if got := play(&c.a, 1, [][]byte{[]byte(c.in)}); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := play(&Wire{Corrupt: &one}, 1, [][]byte{[]byte("aaaa")}); len(got) != 4 || slices.Contains(got, 'a') {
		t.Errorf("corrupt: %q", got)
	}
	if got := play(&Wire{Baud: true}, 1, [][]byte{[]byte("aaaaa")}); len(got) != 3 || slices.ContainsFunc(got, func(b byte) bool { return b < 0x80 }) {
		t.Errorf("baud: %q", got)
	}
}

// TestSplitPieces: a split has its gap between pieces, and keeps what the first
// one had to wait.
func TestSplitPieces(t *testing.T) {
	a := &Wire{Split: &Split{Size: 2, Gap: 5}}
	var got []string
	for _, p := range a.split(emulator.Piece{Wait: 7, Bytes: []byte("abcde")}) {
		got = append(got, p.Wait.String()+" "+string(p.Bytes))
	}
	if want := []string{"7ns ab", "5ns cd", "5ns e"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
