package scenario

import (
	"encoding/json"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

//go:generate go run ./internal/genschema ../schema/qsim-v1.schema.json
//go:generate go run ./internal/genreference ../../docs/scenarios.md

// Schema is the JSON Schema of scenario files, for editors.
func Schema() ([]byte, error) {
	text, err := json.MarshalIndent(decl.Schema(Scenario{}, "qsim scenario"), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// Reference is what a scenario file may hold, for the documentation.
func Reference() []decl.Section { return decl.Reference(Scenario{}) }
