package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
)

func versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Which qsim this is",
		Long:  "Tell the version, the commit it was built from and the toolchain that built it.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info := version.Get()
			if asJSON {
				return printJSON(cmd.OutOrStdout(), info)
			}
			text := "qsim " + info.Version
			if info.Revision != "" {
				text += ", commit " + info.Revision + " of " + info.Time
			}
			if info.Modified {
				text += ", modified"
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s, %s, %s\n", text, info.Go, info.Platform)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	return cmd
}
