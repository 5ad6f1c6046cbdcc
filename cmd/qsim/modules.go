package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/emulator"
)

// module is one module with its quirks, as JSON.
type module struct {
	emulator.Profile
	Quirks []emulator.Quirk `json:"quirks"`
}

func modulesCommand() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "modules",
		Short: "The modules that qsim can be",
		Long: `List the modules that --module names, and where what is told of each comes from:
a capture of a real one, its user in the field, or inferred from its siblings.

With --json each has its quirks, too: what --quirk can change, the values it
takes, and which of them is the module's own.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			modules := emulator.Modules()
			if f.json {
				list := make([]module, len(modules))
				for i, p := range modules {
					list[i] = module{p, p.Quirks()}
				}
				return printJSON(cmd.OutOrStdout(), list)
			}
			t := table{head: []string{"module", "series", "platform", "revision", "USB id", "UFS", "lacks", "evidence"}}
			for _, p := range modules {
				t.rows = append(t.rows, []string{
					p.Name, p.Series, p.Platform, p.Revision, p.USB,
					fmt.Sprintf("%d KiB", p.UFS/1024), strings.Join(p.Lacks, ", "), p.Evidence,
				})
			}
			return t.print(cmd.OutOrStdout(), f)
		},
	}
	f.bind(cmd)
	return cmd
}
