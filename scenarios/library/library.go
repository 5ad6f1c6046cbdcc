// Package library holds the scenarios that come with qsim, in sets:
//
//   - codes: one for each result code of seed 5, which forces it
//   - field: misbehaviour of modules that was met in the field, for hosts that use SSL
//   - sockets: what of that is about sockets, for hosts that use TCP or UDP
//
// Each is known by the name of its file, such as error-565.
package library

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

//go:embed codes field sockets
var files embed.FS

//go:embed starter.yaml
var starter string

// Starter is a scenario to begin with, its keys explained by comments.
func Starter() string { return starter }

// ending is that of a scenario's file.
const ending = ".yaml"

// Sets are the names of the sets.
func Sets() []string { return []string{"codes", "field", "sockets"} }

// Names are the names of all scenarios, set by set.
func Names() (all []string) {
	for _, set := range Sets() {
		names, _ := Set(set)
		all = append(all, names...)
	}
	return all
}

// UnknownError is a name that nothing has.
type UnknownError struct {
	What string // scenario, set
	Name string
	Near string // what it was probably meant to be, "" where nothing is near
}

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no %s %q", e.What, e.Name) }

// Set is the names of the scenarios of a set, sorted. The error for one that
// there is none of is an UnknownError.
func Set(set string) ([]string, error) {
	if !slices.Contains(Sets(), set) {
		return nil, &UnknownError{"set of scenarios", set, nearest.Word(set, Sets())}
	}
	entries, err := fs.ReadDir(files, set)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ending); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// file is the set of a scenario, and its file.
func file(name string) (set, at string, err error) {
	for _, set := range Sets() {
		names, err := Set(set)
		if err != nil {
			return "", "", err
		}
		if slices.Contains(names, name) {
			return set, path.Join(set, name+ending), nil
		}
	}
	return "", "", &UnknownError{"scenario", name, nearest.Word(name, Names())}
}

// SetOf is the set that a scenario is in. The errors are those of Open.
func SetOf(name string) (string, error) {
	set, _, err := file(name)
	return set, err
}

// Open reads a scenario. The error for a name that there is none of is an
// UnknownError.
func Open(name string) (*scenario.Scenario, error) {
	_, at, err := file(name)
	if err != nil {
		return nil, err
	}
	data, err := files.ReadFile(at)
	if err != nil {
		return nil, err
	}
	s, problems := scenario.Parse(path.Base(at)+scenario.Bundled, data, func(rel string) ([]byte, error) {
		return files.ReadFile(path.Join(path.Dir(at), rel))
	})
	return s, problems.Err()
}

// Text is a scenario as it is written. The errors are those of Open.
func Text(name string) ([]byte, error) {
	_, at, err := file(name)
	if err != nil {
		return nil, err
	}
	return files.ReadFile(at)
}
