package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// LoadScenario finds a scenario by its word: a file, or the name of a bundled
// one. A word with a slash or the ending of a YAML file means a file. Its errors
// are *cli.Failure, with all that is wrong in the file.
func LoadScenario(word string) (*scenario.Scenario, error) {
	var s *scenario.Scenario
	var err error
	if IsScenarioFile(word) {
		s, err = scenario.LoadFile(word)
	} else {
		s, err = library.Open(word)
	}
	if err != nil {
		return nil, ScenarioFailure(word, err)
	}
	return s, nil
}

// IsScenarioFile reports whether a word means a file, and no bundled scenario.
func IsScenarioFile(word string) bool {
	if strings.ContainsAny(word, "/\\") || strings.HasSuffix(word, ".yaml") || strings.HasSuffix(word, ".yml") {
		return true
	}
	info, err := os.Stat(word)
	return err == nil && info.Mode().IsRegular()
}

// ScenarioFailure is an error of reading the scenario that a word means, as the
// user gets to see it: everything that is wrong with a file, with its place.
func ScenarioFailure(word string, err error) error {
	var problems decl.Problems
	var unknown *library.UnknownError
	var path *fs.PathError
	switch {
	case errors.As(err, &problems):
		var all cli.Failures
		for _, p := range problems {
			all = append(all, cli.Usage(fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col), p.Hint, "%s", p.Why))
		}
		return all.Err()
	case errors.As(err, &unknown) && unknown.Near != "":
		return cli.Failures{cli.Usage(word, "did you mean "+unknown.Near+"?", "there is no such scenario")}
	case errors.As(err, &unknown):
		return cli.Failures{cli.Usage(word, "qsim scenario list lists those that come with qsim; a file's name ends in .yaml", "there is no such scenario")}
	case errors.As(err, &path):
		return cli.Failures{cli.Usage(word, "", "%v", path.Err)}
	}
	return cli.Failures{cli.Usage(word, "", "%v", err)}
}
