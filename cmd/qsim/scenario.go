package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

func scenarioCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenario",
		Short: "What can go wrong: list, show, check and begin scenarios",
		Long: `A scenario is a YAML file that says what goes wrong with a modem, and what the
host on it must do about it. Some come with qsim, known by their names and in three
sets: codes, one for each result code of the module; field, misbehaviour that was
met in the field, for hosts that use SSL; and sockets, such for hosts that use TCP
or UDP. Your own are known by their path.`,
		Example: `  qsim scenario list
  qsim scenario new mine.yaml
  qsim scenario check mine.yaml`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		scenarioListCommand(), scenarioShowCommand(), scenarioCheckCommand(), scenarioNewCommand(), scenarioSchemaCommand(),
	)
	return cmd
}

// Bundled is a scenario that comes with qsim, as qsim scenario list --json
// prints it.
type Bundled struct {
	Name   string   `json:"name"`
	Set    string   `json:"set"`
	Title  string   `json:"title"`
	About  string   `json:"about"`
	Robust string   `json:"robust"`
	Source string   `json:"source"`
	Tags   []string `json:"tags"`
}

// bundled are the scenarios of a set, or of all when it is "".
func bundled(set string) ([]Bundled, error) {
	names := library.Names()
	if set != "" {
		var err error
		if names, err = library.Set(set); err != nil {
			return nil, unknownScenario(err, library.Sets())
		}
	}
	list := []Bundled{}
	for _, name := range names {
		s, err := library.Open(name)
		if err != nil {
			return nil, err
		}
		in, err := library.SetOf(name)
		if err != nil {
			return nil, err
		}
		list = append(list, Bundled{
			Name: name, Set: in, Title: s.Name, About: strings.TrimSpace(s.About),
			Robust: strings.TrimSpace(s.Robust), Source: s.Source, Tags: s.Tags,
		})
	}
	return list, nil
}

// unknownScenario is the failure of a name that nothing in the library has.
func unknownScenario(err error, words []string) error {
	var unknown *library.UnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	hint := "qsim scenario list tells which there are"
	switch {
	case unknown.Near != "":
		hint = "did you mean " + unknown.Near + "?"
	case len(words) > 0:
		hint = "there are " + strings.Join(words, ", ")
	}
	return cli.Usage(unknown.Name, hint, "there is no such %s", unknown.What)
}

func scenarioListCommand() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "list [SET]",
		Short: "The scenarios that come with qsim",
		Long: `List the scenarios that come with qsim, or those of one set: codes, field or sockets.
With --json the list also tells what each is about and what a robust host does.`,
		Example: `  qsim scenario list
  qsim scenario list field --json`,
		Args:      atMostOne("set", "qsim scenario list codes"),
		ValidArgs: library.Sets(),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := bundled(strings.Join(args, ""))
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), list)
			}
			t := table{head: []string{"scenario", "set", "what happens", "source"}}
			for _, s := range list {
				t.rows = append(t.rows, []string{s.Name, s.Set, s.Title, s.Source})
			}
			return t.print(cmd.OutOrStdout(), f)
		},
	}
	f.bind(cmd)
	return cmd
}

func scenarioShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "A scenario that comes with qsim, as it is written",
		Long: `Print a scenario that comes with qsim as it is written, so that you can change a
copy of it.`,
		Example:           `  qsim scenario show error-565 >mine.yaml`,
		Args:              exactlyOne("name", "qsim scenario show error-565"),
		ValidArgsFunction: cobra.FixedCompletions(library.Names(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := library.Text(args[0])
			if err != nil {
				return unknownScenario(err, nil)
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

func scenarioNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new [FILE]",
		Short: "A scenario to begin with",
		Long: `Write a scenario to begin with, its keys explained by comments, into a new file or
to stdout. A file that is there is left alone.`,
		Example: `  qsim scenario new mine.yaml`,
		Args:    atMostOne("file", "qsim scenario new mine.yaml"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := io.WriteString(cmd.OutOrStdout(), library.Starter())
				return err
			}
			return createFile(args[0], library.Starter())
		},
	}
}

// createFile writes a file that must not be there yet.
func createFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return cli.Usage(path, "give it another name", "there is such a file already")
	}
	if err != nil {
		return cli.Environment(path, cause(err), "")
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Close()); err != nil {
		return cli.Environment(path, cause(err), "")
	}
	return nil
}

func scenarioSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "The JSON Schema of scenarios, for editors",
		Long: `Print the JSON Schema of scenario files. An editor that knows YAML completes and
checks a scenario by it. It is less strict than qsim scenario check, which knows
commands and their parameters.`,
		Example: `  qsim scenario schema >qsim-v1.schema.json`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := scenario.Schema()
			if err == nil {
				_, err = cmd.OutOrStdout().Write(text)
			}
			return err
		},
	}
}

// exactlyOne refuses any other number of arguments than one; what is what it is.
func exactlyOne(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return cli.Usage(cmd.Name(), example, "it wants one %s, not %d", what, len(args))
	}
}

// atMostOne refuses more than one argument.
func atMostOne(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= 1 {
			return nil
		}
		return cli.Usage(cmd.Name(), example, "it wants one %s at most, not %d", what, len(args))
	}
}
