package scenario

import (
	"slices"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// InspectYAML looks whether each mark that is asked for is one that a fault sets:
// one that is misspelled would never be set.
func (s *Scenario) InspectYAML(n *decl.Node) {
	var marks []string
	for _, r := range s.Faults {
		for _, step := range r.Do {
			if step.Action == nil { // a mistake, and maybe meant to set the mark
				return
			}
			if m, ok := step.Action.(*fault.Mark); ok {
				marks = append(marks, m.Name)
			}
		}
	}
	for _, r := range items(n.Get("faults")) {
		checkMarks(r.Get("while"), marks)
	}
	for _, e := range items(n.Get("expect")) {
		checkMarks(e.Get("finally"), marks)
	}
}

// checkMarks looks at the marks of a state, nil for none.
func checkMarks(state *decl.Node, marks []string) {
	if state == nil {
		return
	}
	if at := state.Get("mark"); at != nil && !slices.Contains(marks, at.Text()) {
		at.Fail(nearest.Hint(at.Text(), marks, "do: {mark: ...} sets one"), "no fault sets the mark %q", at.Text())
	}
	checkMarks(state.Get("not"), marks)
}
