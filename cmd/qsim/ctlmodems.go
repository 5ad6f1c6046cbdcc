package main

import (
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/control"
)

func (r *remote) modemsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "modems", Short: "The modems of a process that has several", Args: noArguments,
		Long: `Print the modems that the process has, with the numbers that --modem takes.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.call(cmd, http.MethodGet, "/v1/modems", nil, func(data []byte) error {
				var list control.Modems
				if err := readAnswer(data, &list); err != nil {
					return err
				}
				t := table{head: []string{"modem", "module", "IMEI", "device", "link"}}
				for _, m := range list.Modems {
					t.rows = append(t.rows, []string{strconv.Itoa(m.Number), m.Module, m.IMEI, m.Device, m.Link})
				}
				return t.print(cmd.OutOrStdout(), format{})
			})
		},
	}
}
