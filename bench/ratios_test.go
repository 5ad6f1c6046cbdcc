package main

import (
	"strings"
	"testing"
)

// Medians of the rounds are compared with the bar on its side.
func TestMeasure(t *testing.T) {
	side := func(v ...float64) side {
		return func() ([]float64, error) {
			next := v[0]
			v = append(v[1:], next)
			return []float64{next}, nil
		}
	}
	for _, c := range []struct {
		bar   float64
		least bool
		want  string
	}{
		{1.25, false, "12.0 us|10.0 us|1.20|<= 1.25|pass|1.00-1.00"},
		{1.15, false, "12.0 us|10.0 us|1.20|<= 1.15|MISS|1.00-1.00"},
		{1.15, true, "12.0 us|10.0 us|1.20|>= 1.15|pass|1.00-1.00"},
		{1.25, true, "12.0 us|10.0 us|1.20|>= 1.25|MISS|1.00-1.00"},
	} {
		r := row{name: "row", figures: []figure{{"", "us", c.bar, c.least}}, bare: side(10), qsim: side(11, 50, 12)}
		cells, err := r.measure(3)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(cells[0], "|"); got != "row|"+c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
