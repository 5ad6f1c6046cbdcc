package scenario_test

import (
	"os"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// TestTutorial: the scenarios that the tutorial shows can be used as they are.
func TestTutorial(t *testing.T) {
	text, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("it shows none")
	}
	for _, b := range blocks {
		body, _, _ := strings.Cut(b, "```")
		if _, problems := scenario.Parse("docs/scenarios.md", []byte(body), nil); len(problems) > 0 {
			t.Errorf("%v\n%s", problems, body)
		}
	}
}
