// Command openapi writes openapi.json into the working directory.
package main

import (
	"fmt"
	"os"

	"github.com/quectel-sim/qsim/control"
)

func main() {
	text, err := control.OpenAPI()
	if err == nil {
		err = os.WriteFile("openapi.json", text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
