package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

func scenarioCheckCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Whether scenarios are without a mistake",
		Long: `Read scenario files and tell all that is wrong with them, each with its line and
column. A directory stands for the files *.yaml and *.yml in it and below.

The exit code is 0 when nothing is wrong and 2 otherwise.`,
		Example: `  qsim scenario check mine.yaml
  qsim scenario check ./scenarios`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return cli.Usage("check", "qsim scenario check mine.yaml", "it wants a file or a directory")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := scenarioFiles(args)
			if err != nil {
				return err
			}
			list := checkScenarios(files)
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), list); err != nil {
					return err
				}
				if slices.ContainsFunc(list, func(c Checked) bool { return !c.OK }) {
					return cli.Exit(cli.CodeUsage)
				}
				return nil
			}
			return tellChecked(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON array")
	return cmd
}

// Checked is what qsim scenario check --json prints of a file.
type Checked struct {
	File     string           `json:"file"`
	OK       bool             `json:"ok"`
	Problems []CheckedProblem `json:"problems"`
}

// CheckedProblem is one thing wrong with a file. Line and Col are 0 where it is
// about the file as a whole.
type CheckedProblem struct {
	Line int    `json:"line"`
	Col  int    `json:"col"` // in characters
	Why  string `json:"why"`
	Hint string `json:"hint,omitempty"`
}

// scenarioFiles are the files that are meant by paths: themselves, or those in a
// directory.
func scenarioFiles(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, cli.Usage(path, "", "%v", cause(err))
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(path, func(at string, e fs.DirEntry, err error) error {
			if ext := filepath.Ext(at); err == nil && !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
				files = append(files, at)
			}
			return err
		})
		if err != nil {
			return nil, cli.Usage(path, "", "%v", err)
		}
		if len(files) == before {
			return nil, cli.Usage(path, "", "there is no scenario in it: no *.yaml, no *.yml")
		}
	}
	return files, nil
}

// checkScenarios reads the files.
func checkScenarios(files []string) []Checked {
	list := []Checked{}
	for _, file := range files {
		c := Checked{File: file, Problems: []CheckedProblem{}}
		_, err := scenario.LoadFile(file)
		var problems decl.Problems
		switch {
		case err == nil:
			c.OK = true
		case errors.As(err, &problems):
			for _, p := range problems {
				c.Problems = append(c.Problems, CheckedProblem{p.Line, p.Col, p.Why, p.Hint})
			}
		default:
			c.Problems = append(c.Problems, CheckedProblem{Why: cause(err).Error()})
		}
		list = append(list, c)
	}
	return list
}

// tellChecked tells of files that are good, and fails for those that are not.
func tellChecked(w io.Writer, list []Checked) error {
	var failures cli.Failures
	for _, c := range list {
		if c.OK {
			if _, err := fmt.Fprintf(w, "ok %s\n", c.File); err != nil {
				return cli.Environment("stdout", err, "")
			}
		}
		for _, p := range c.Problems {
			what := c.File
			if p.Line > 0 {
				what = fmt.Sprintf("%s:%d:%d", c.File, p.Line, p.Col)
			}
			failures = append(failures, cli.Usage(what, p.Hint, "%s", p.Why))
		}
	}
	return failures.Err()
}
