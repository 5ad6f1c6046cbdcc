// Command empty is the least that a command line program with cobra does: it
// prints one line. Its start is what the start of qsim is measured against.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use:   "empty",
		Short: "Prints one line",
		Args:  cobra.NoArgs,
		Run:   func(*cobra.Command, []string) { fmt.Println("ready") },
	}
	if root.Execute() != nil {
		os.Exit(1)
	}
}
