package fault

import (
	"testing"

	"github.com/quectel-sim/qsim/emulator"
)

// TestNameSet: what was added is never said to be lacking, and one name leaves
// most others out.
func TestNameSet(t *testing.T) {
	var all nameSet
	var one nameSet
	one.add("+QSSLOPEN")
	out, names := 0, 0
	for _, g := range emulator.Groups() {
		for _, c := range g.Commands {
			all.add(c.Name)
			if all.lacks([]byte(c.Name)) {
				t.Errorf("%s was added and is lacking", c.Name)
			}
			names++
			if one.lacks([]byte(c.Name)) {
				out++
			}
		}
	}
	if out < names*3/4 {
		t.Errorf("of %d names only %d are left out", names, out)
	}
	if one.lacks([]byte("+QSSLOPEN")) || !one.lacks(nil) {
		t.Error("one name is not told from none")
	}
}
