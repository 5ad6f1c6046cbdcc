package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/version"
)

// execute runs the command that args name.
func execute(args []string) error {
	root := newRoot(args...)
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	var f *cli.Failure
	if errors.As(err, &f) && cmd.Name() == "exec" {
		return execFailure(f)
	}
	return err
}

// subcommands are those of the command line, by use.
var subcommands = []struct {
	name string
	make func() *cobra.Command
}{
	{"run", runCommand},
	{"exec", execCommand},
	{"matrix", matrixCommand},
	{"demo", demoCommand},
	{"play", playCommand},
	{"wait", waitCommand},
	{"scenario", scenarioCommand},
	{"ctl", ctlCommand},
	{"commands", commandsCommand},
	{"modules", modulesCommand},
	{"errors", errorsCommand},
	{"version", versionCommand},
	{"docs", docsCommand},
}

// newRoot is the command line for args: the command that they begin with, or the
// whole of it. To make all of it is a fair part of the start of a process.
func newRoot(args ...string) *cobra.Command {
	root := &cobra.Command{
		Use:   "qsim",
		Short: "A Quectel LTE Standard module that exists only in software",
		Long: `qsim is a Quectel LTE Standard module (EC200x, EC600x, EC800N, EG912Y) that
exists only in software: a serial device that takes AT commands, opens real TLS
connections and answers as the module does.`,
		Example: `  qsim demo
  qsim run --lab --link ./ttyQ
  qsim exec --lab -- ./host-tests`,
		Version:       version.Get().Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cobra.EnableCommandSorting = false // the order below is by use
	root.SetVersionTemplate("qsim {{.Version}}\n")
	root.SetFlagErrorFunc(flagFailure)
	for _, c := range subcommands {
		if len(args) > 0 && args[0] == c.name && c.name != "docs" { // which documents the others
			root.AddCommand(c.make())
			return root
		}
	}
	for _, c := range subcommands {
		root.AddCommand(c.make())
	}
	return root
}

// knownCommand refuses what is left over at a command that has others below it:
// one there is none of.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	help := "qsim help" + strings.TrimPrefix(root.CommandPath(), "qsim") + " lists the commands"
	return cli.Usage(args[0], cli.DidYouMean(args[0], names, help), "there is no such command")
}

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if cmd.Name() == "run" {
		hint = "qsim exec -- " + strings.Join(args, " ") + " runs a command beside a modem"
	}
	return cli.Usage(cmd.Name(), hint, "it takes flags only, not %q", args[0])
}

// flagFailure is the failure of a flag that is unknown or has a bad value.
func flagFailure(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		flag := flagName(unknown.GetSpecifiedName())
		return cli.Usage(flag, cli.DidYouMean(flag, flagNames(cmd), cmd.CommandPath()+" --help lists the flags"),
			"%s has no such flag", cmd.CommandPath())
	case errors.As(err, &missing):
		return cli.Usage(flagName(missing.GetSpecifiedName()), "", "it wants a value")
	case errors.As(err, &invalid):
		return cli.About("--"+invalid.GetFlag().Name, invalid.Unwrap())
	}
	return cli.Usage("", "", "%v", err)
}

// flagName is a flag as it is typed.
func flagName(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}
