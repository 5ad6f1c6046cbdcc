package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
	"github.com/quectel-sim/qsim/control/journal"
)

func (r *remote) journalCommand() *cobra.Command {
	var follow bool
	var since uint64
	cmd := &cobra.Command{
		Use: "journal", Short: "What has happened", Args: noArguments,
		Long: `Print the journal: events, commands of the host with their results, faults that
acted, what was done from outside. The modem keeps the last 4096 entries. With
--json each is one line.`,
		Example: `  qsim ctl journal --follow`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				show := r.entryTo(cmd.OutOrStdout())
				last, err := c.Journal(ctx, since, show)
				if err != nil || !follow {
					return err
				}
				return c.Follow(ctx, &last, show)
			})
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "go on with what comes, until interrupted or the modem ends")
	cmd.Flags().Uint64Var(&since, "since", 0, "`NUMBER` of the entry behind which to begin")
	return cmd
}

func (r *remote) eventsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "events", Short: "What happens from now on", Args: noArguments,
		Long: `Print the journal as it grows, from now on, until interrupted or the modem ends.
With --json each entry is one line.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				return c.Follow(ctx, nil, r.entryTo(cmd.OutOrStdout()))
			})
		},
	}
}

// entryTo prints entries: as JSON, or for people.
func (r *remote) entryTo(w io.Writer) func(*journal.Entry) error {
	return func(e *journal.Entry) error {
		if r.json {
			return printJSON(w, e)
		}
		_, err := fmt.Fprintf(w, "%6d  %s  %s\n", e.Seq, e.Time.Format("15:04:05.000"), e)
		return err
	}
}
