package fault_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// manyRules are n rules on commands that AT+CSQ and AT+QSSLSTATE are not.
func manyRules(tb testing.TB, n int) []fault.Rule {
	tb.Helper()
	var text strings.Builder
	text.WriteString("faults:\n")
	for i := range n {
		command := []string{"QSSLOPEN", "QSSLSEND", "QIACT", "QFUPL", "QSSLCLOSE"}[i%5]
		fmt.Fprintf(&text, "  - on: {command: %s, nth: %d}\n    do: {error: %d}\n", command, i+1, 550+i%25)
	}
	var s setting
	if err := decl.Decode("many.yaml", []byte(text.String()), &s).Err(); err != nil {
		tb.Fatal(err)
	}
	return s.Faults
}

// dispatcher is a modem with an engine that holds rules, or with none at all.
func dispatcher(tb testing.TB, rules []fault.Rule) *emulator.Modem {
	tb.Helper()
	var e *fault.Engine
	var o emulator.Options
	if rules != nil {
		e = fault.New(rules, fault.Options{Seed: 1})
		o.Events = e
	}
	m, err := emulator.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	p, host := port.Pipe()
	tb.Cleanup(func() {
		host.Close()
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
	})
	if err := m.Attach(p); err != nil {
		tb.Fatal(err)
	}
	if e != nil {
		if err := e.Attach(m); err != nil {
			tb.Fatal(err)
		}
	}
	return m
}

// BenchmarkDispatch is a command in process, with and without a thousand rules
// that do not concern it.
func BenchmarkDispatch(b *testing.B) {
	for _, command := range []string{"AT", "AT+CSQ", "AT+QSSLSTATE"} {
		for _, rules := range []int{0, 1000} {
			b.Run(fmt.Sprintf("%s/rules=%d", command, rules), func(b *testing.B) {
				var list []fault.Rule
				if rules > 0 {
					list = manyRules(b, rules)
				}
				m := dispatcher(b, list)
				line := []byte(command + "\r")
				b.ReportAllocs()
				err := m.Do(func(l emulator.Levers) error {
					for b.Loop() {
						l.Type(line)
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// TestRulesDoNotAllocate: rules that do not concern a command add no allocation
// to it.
func TestRulesDoNotAllocate(t *testing.T) {
	allocations := func(rules []fault.Rule) (n float64) {
		m := dispatcher(t, rules)
		line := []byte("AT+CSQ\r")
		err := m.Do(func(l emulator.Levers) error {
			n = testing.AllocsPerRun(1000, func() { l.Type(line) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if without, with := allocations(nil), allocations(manyRules(t, 1000)); with > without {
		t.Errorf("%v allocations, %v without rules", with, without)
	}
}
