package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

func (r *remote) faultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "fault", Short: "Arm, list and remove faults",
		Long: `Faults are rules as scenarios have them, see qsim scenario. They act from the
host's next command on.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(r.faultAddCommand(), r.faultListCommand(), r.faultRemoveCommand())
	return cmd
}

func (r *remote) faultAddCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "add RULE | add -f FILE", Short: "Arm a fault, and print its number",
		Long: `Arm the rule RULE, or that of FILE (- is stdin), in YAML or JSON, behind those that
are armed. Its number is printed.`,
		Example: `  qsim ctl fault add '{on: {command: QSSLSEND, from: 3}, do: {result: SEND FAIL}}'
  qsim ctl fault add -f rule.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 1) == (file != "") || len(args) > 1 {
				return cli.Usage("ctl fault add", "qsim ctl fault add '{on: {command: QSSLOPEN}, do: {error: 565}}'", "it wants one rule, or -f FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := ruleText(cmd.InOrStdin(), file, args)
			if err != nil {
				return err
			}
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				data, err := c.Bytes(ctx, http.MethodPost, "/v1/faults", text, "application/yaml")
				if err != nil {
					return err
				}
				if r.json {
					_, err = cmd.OutOrStdout().Write(data)
					return err
				}
				var f control.Fault
				if err := readAnswer(data, &f); err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), f.ID)
				return err
			})
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "`FILE` with the rule")
	return cmd
}

// ruleText is the rule that is meant, once it is one: all that is wrong with it
// is told here, with the place in its file.
func ruleText(stdin io.Reader, file string, args []string) (text []byte, err error) {
	name := file
	switch file {
	case "":
		name, text = "RULE", []byte(args[0])
	case "-":
		name = "stdin"
		text, err = io.ReadAll(stdin)
	default:
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, cli.Usage(name, "", "%v", cause(err))
	}
	var rule fault.Rule
	if err := decl.Decode(name, text, &rule).Err(); err != nil {
		return nil, bench.ScenarioFailure(name, err)
	}
	return text, nil
}

func (r *remote) faultListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "The faults that are armed", Args: noArguments,
		Long: `Print the faults that are armed, in the order they act in: number, how often each
has acted, when it acts and what it does.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.call(cmd, http.MethodGet, "/v1/faults", nil, func(data []byte) error {
				var list control.Faults
				if err := readAnswer(data, &list); err != nil {
					return err
				}
				if len(list.Faults) == 0 {
					_, err := fmt.Fprintln(cmd.OutOrStdout(), "no fault is armed")
					return err
				}
				t := table{head: []string{"id", "hits", "on", "does"}}
				for _, f := range list.Faults {
					t.rows = append(t.rows, []string{strconv.Itoa(f.ID), strconv.Itoa(f.Hits), faultName(&f), doing(&f)})
				}
				return t.print(cmd.OutOrStdout(), format{})
			})
		},
	}
}

// doing is what a fault does, as its rule has it.
func doing(f *control.Fault) string {
	var rule struct {
		Do json.RawMessage `json:"do"`
	}
	if json.Unmarshal(f.Rule, &rule) != nil {
		return ""
	}
	return string(rule.Do)
}

func (r *remote) faultRemoveCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "rm ID... | rm --all", Short: "Take faults away",
		Long: `Take the faults with these numbers away, or all of them. What they have led to
stays.`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) > 0) == all {
				return cli.Usage("ctl fault rm", "qsim ctl fault list tells the numbers", "it wants numbers, or --all")
			}
			for _, id := range args {
				if _, err := strconv.ParseUint(id, 10, 31); err != nil {
					return cli.Usage("ctl fault rm", "qsim ctl fault list tells them", "%q is no number", id)
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				if all {
					return c.Call(ctx, http.MethodDelete, "/v1/faults", nil, nil)
				}
				var first error
				for _, id := range args { // one that is gone keeps none of the others
					first = cmp.Or(first, c.Call(ctx, http.MethodDelete, "/v1/faults/"+id, nil, nil))
				}
				return first
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all of them, those of the scenario as well")
	return cmd
}
