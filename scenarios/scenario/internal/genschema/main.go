// Genschema writes the JSON Schema of scenario files to the file that its
// argument names. It is run by go generate.
package main

import (
	"fmt"
	"os"

	"github.com/quectel-sim/qsim/scenarios/scenario"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: genschema FILE")
	}
	text, err := scenario.Schema()
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], text, 0o644)
}
