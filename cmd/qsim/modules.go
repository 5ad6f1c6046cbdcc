package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/emulator"
)

func modulesCommand() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "modules",
		Short: "The modules that qsim can be",
		Long: `List the modules that --module names, and where what is told of each comes from:
a capture of a real one, its user in the field, or inferred from its siblings.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			modules := emulator.Modules()
			if f.json {
				return printJSON(cmd.OutOrStdout(), modules)
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
