package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// buildEmpty builds the program that bench/empty is, as make builds qsim.
func buildEmpty(path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/quectel-sim/qsim/bench/empty")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building bench/empty: %w\n%s", err, out)
	}
	return nil
}

// startRow is the start of a process up to its first line, which qsim writes when
// its device is there.
func startRow(bare, modem func() (*process, error)) row {
	side := func(begin func() (*process, error)) side {
		return func() ([]float64, error) {
			v := make([]float64, starts)
			for i := range v {
				began := time.Now()
				p, err := begin()
				if err != nil {
					return nil, err
				}
				v[i] = micros(began)
				p.stop()
			}
			return []float64{median(v)}, nil
		}
	}
	return row{
		name:    "process start to device ready",
		figures: []figure{{"median", "us", 3.00, false}},
		bare:    side(bare),
		qsim:    side(modem),
	}
}
