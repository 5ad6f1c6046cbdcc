package fault_test

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// TestLoad: other rules take the place of those that there are, at any moment,
// and nothing of these comes any more, nor after Reset.
func TestLoad(t *testing.T) {
	r := newRig(t, `
faults:
  - on: {command: CSQ}
    do: [{mark: old}, {wire: {dir: out, lose: 1, port: usbat}}, {urcs: hold}, {wait: 300ms}, {urc: '+OLD: 1'}]
  - on: {at: 350ms}
    do: {urc: '+OLD: 2'}
`)
	var next setting
	if err := decl.Decode("next.yaml", []byte(`
faults:
  - on: {command: CREG, nth: 2}
    do: {result: ERROR}
  - on: {at: 500ms}
    do: [{urc: '+NEW: 1'}, {mark: new}, {wait: 100ms}, {urc: '+NEW: 2'}]
`), &next).Err(); err != nil {
		t.Fatal(err)
	}
	second := r.second()
	r.play("old", "> AT+CSQ\n< +CSQ: 24,99\n< OK\n")
	change := func(f func(e *fault.Engine)) {
		t.Helper()
		err := r.modem.Do(func(emulator.Levers) error {
			f(r.engine)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	change(func(e *fault.Engine) {
		if marks := e.Marks(); len(marks) != 1 {
			t.Errorf("marks %v", marks)
		}
		e.Load(next.Faults)
		rules := e.Rules()
		if len(rules) != 2 || rules[0].ID != 3 || rules[1].ID != 4 || rules[0].Hits != 0 || len(e.Marks()) != 0 {
			t.Errorf("%+v, marks %v", rules, e.Marks())
		}
	})
	r.playOn(second, "> AT\n< OK\n")
	r.play("new", "> AT+CREG?\n< +CREG: 0,1\n< OK\n> AT+CREG?\n< ERROR\n< +NEW: 1\n")
	change(func(e *fault.Engine) {
		e.Reset()
		if rules := e.Rules(); len(rules) != 2 || rules[0].ID != 3 || rules[0].Hits != 0 || len(e.Marks()) != 0 {
			t.Errorf("%+v, marks %v", rules, e.Marks())
		}
	})
	r.play("reset", "> AT+CREG?\n< +CREG: 0,1\n< OK\n> AT+CREG?\n< ERROR\n")
}

// TestTap: whoever does not want to be told any more is not, and the others are.
func TestTap(t *testing.T) {
	r := newRig(t, "speed: 1")
	told := [2]int{}
	var stop func()
	do := func(f func()) {
		t.Helper()
		if err := r.modem.Do(func(emulator.Levers) error { f(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	do(func() {
		stop = r.engine.Tap(func(*fault.Moment) { told[0]++ })
		r.engine.Tap(func(*fault.Moment) { told[1]++ })
	})
	r.play("first", "> AT\n< OK\n")
	var before [2]int
	do(func() {
		before = told
		stop()
		stop()
	})
	r.play("second", "> AT\n< OK\n")
	do(func() {
		if before[0] == 0 || before[0] != before[1] || told[0] != before[0] || told[1] <= before[1] {
			t.Errorf("told %v, then %v", before, told)
		}
	})
}
