package emulator

import (
	"math"
	"testing"

	"github.com/quectel-sim/qsim/clock"
)

// TestOwnIMEI: modems whose seeds follow each other, as those of one process do,
// have an IMEI each, the same with every run.
func TestOwnIMEI(t *testing.T) {
	p, err := lookupProfile(DefaultModule)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]uint64{}
	for i := range uint64(20_000) {
		seed := i + math.MaxUint64 - 10_000 // beyond the greatest they begin at 0
		imei := newIdentity(p, seed, clock.Random(seed)).imei
		if other, ok := seen[imei]; ok {
			t.Fatalf("seeds %d and %d: IMEI %s", seed, other, imei)
		}
		seen[imei] = seed
		if i == 0 && newIdentity(p, seed, clock.Random(seed)).imei != imei {
			t.Error("the same seed has another IMEI")
		}
	}
}
