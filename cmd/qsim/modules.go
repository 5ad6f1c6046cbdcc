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
Then the quirks, in which modules differ or sources do: what --quirk can change,
with the values it takes, that of most modules first.

With --json each module has its quirks with it, and the default is its own.`,
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
			b := &strings.Builder{}
			f.write(b, moduleTable(modules))
			b.WriteString("\n")
			f.write(b, quirkTable())
			return printText(cmd.OutOrStdout(), b)
		},
	}
	f.bind(cmd)
	return cmd
}

func moduleTable(modules []emulator.Profile) table {
	t := table{head: []string{"module", "series", "platform", "revision", "USB id", "UFS", "lacks", "evidence"}}
	for _, p := range modules {
		t.rows = append(t.rows, []string{
			p.Name, p.Series, p.Platform, p.Revision, p.USB,
			fmt.Sprintf("%d KiB", p.UFS/1024), strings.Join(p.Lacks, ", "), p.Evidence,
		})
	}
	return t
}

func quirkTable() table {
	t := table{head: []string{"quirk", "values", "does", "source"}}
	for _, q := range emulator.Quirks() {
		t.rows = append(t.rows, []string{q.Name, strings.Join(q.Values, ", "), q.Does, q.Source})
	}
	return t
}
