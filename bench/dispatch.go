package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

const (
	idleRules = 1000
	batches   = 300 // of each side and round, in turn
	batch     = 500 // commands
)

// dispatchRow is a command in this process, on a modem that holds many rules
// which do not concern it, beside one that holds none. The two take turns every
// few hundred microseconds, since what is looked for is smaller than what a busy
// machine does to a longer stretch.
func dispatchRow(command string) row {
	// What one round wants: bare, qsim, bare. All three are measured together.
	var round [][]float64
	next := func() (v []float64, err error) {
		if len(round) == 0 {
			if round, err = dispatch(command, 0, idleRules, 0); err != nil {
				return nil, err
			}
		}
		v, round = round[0], round[1:]
		return v, nil
	}
	return row{
		name:    fmt.Sprintf("%s, %d idle rules", command, idleRules),
		figures: []figure{{"dispatch", "us", 1.05, false}},
		bare:    next,
		qsim:    next,
	}
}

// dispatch is the median time of a command, in microseconds, on a modem for each
// number of rules.
func dispatch(command string, rules ...int) ([][]float64, error) {
	sides := make([]*emulator.Modem, len(rules))
	for i, n := range rules {
		m, done, err := dispatcher(n)
		if err != nil {
			return nil, err
		}
		defer done()
		sides[i] = m
	}
	line := []byte(command + "\r")
	times := make([][]float64, len(rules))
	for range batches {
		for i, m := range sides {
			err := m.Do(func(l emulator.Levers) error {
				began := time.Now()
				for range batch {
					l.Type(line)
				}
				times[i] = append(times[i], micros(began)/batch)
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	medians := make([][]float64, len(rules))
	for i, t := range times {
		medians[i] = []float64{median(t)}
	}
	return medians, nil
}

// dispatcher is a modem with so many rules that nothing will concern.
func dispatcher(rules int) (m *emulator.Modem, done func(), err error) {
	list := make([]fault.Rule, rules)
	for i := range list {
		list[i] = fault.Rule{
			On: fault.Trigger{Command: "+QSSLOPEN", Nth: i + 1},
			Do: []fault.Step{{Name: "error", Action: &fault.Error{Code: 565}}},
		}
	}
	e := fault.New(list, fault.Options{Seed: 1})
	if m, err = emulator.New(emulator.Options{Events: e}); err != nil {
		return nil, nil, err
	}
	p, host := port.Pipe()
	done = func() { _ = errors.Join(host.Close(), m.Close()) } // it has been measured
	if err = m.Attach(p); err == nil && rules > 0 {
		err = e.Attach(m)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return m, done, nil
}
