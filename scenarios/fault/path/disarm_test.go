package path_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// TestDisarm: what is armed is forgotten, also for an open that is under way.
func TestDisarm(t *testing.T) {
	for name, under := range map[string]bool{"before the open": false, "while it is under way": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, below := newPath(1), over(nil)
				p.Resolve(path.ResolveFault{How: path.NotFound, Wait: time.Minute})
				way := below
				if under {
					way = p.Open(below)
				}
				p.Disarm()
				if !under {
					way = p.Open(below)
				}
				began := time.Now()
				if got, err := way.Resolve(t.Context(), query); err != nil || time.Since(began) != 0 {
					t.Errorf("%v, %v after %v", got, err, time.Since(began))
				}
			})
		})
	}
}

// TestDisarmLifts: the open connection is rid of its conditions, and what they
// held back arrives.
func TestDisarmLifts(t *testing.T) {
	client, server := pair(t)
	p, c := open(t, client)
	p.Conditions(path.Conditions{Blackhole: true})
	mustWrite(t, c, "held")
	p.Disarm()
	buf := make([]byte, 8)
	if err := server.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := server.Read(buf); err != nil || string(buf[:n]) != "held" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}
