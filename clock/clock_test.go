package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSpeed(t *testing.T) {
	for _, tc := range []struct {
		speed float64
		want  time.Duration // of a module's minute, on the wall
	}{{0, time.Minute}, {1, time.Minute}, {20, 3 * time.Second}, {0.5, 2 * time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			c := New(tc.speed)
			began, module := time.Now(), c.Now()
			done := make(chan struct{})
			c.AfterFunc(time.Minute, func() { close(done) })
			<-done
			if got := time.Since(began); got != tc.want {
				t.Errorf("speed %v: a minute took %v, want %v", tc.speed, got, tc.want)
			}
			if got := c.Now().Sub(module); got != time.Minute {
				t.Errorf("speed %v: the clock moved %v in its own minute", tc.speed, got)
			}
			began = time.Now()
			<-c.NewTimer(time.Minute).C
			if got := time.Since(began); got != tc.want {
				t.Errorf("speed %v: a timer of a minute took %v, want %v", tc.speed, got, tc.want)
			}
		})
	}
}

func TestRandomRepeats(t *testing.T) {
	a, b, other := Random(7), Random(7), Random(8)
	same := true
	for range 100 {
		x := a.Uint64()
		if x != b.Uint64() {
			t.Fatal("the same seed gave two sequences")
		}
		same = same && x == other.Uint64()
	}
	if same {
		t.Error("another seed gave the same sequence")
	}
}
