package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
	"github.com/quectel-sim/qsim/control"
)

func (r *remote) filesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "files", Short: "The files of the module: list, read, store, delete",
		Long: `The file store of the module, UFS. Without a command below it is ls.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.listFiles(cmd) },
	}
	cmd.AddCommand(r.filesListCommand(), r.filesGetCommand(), r.filesPutCommand(), r.filesRemoveCommand())
	return cmd
}

// fromTo is the check of a command that takes one argument or two.
func fromTo(usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 || len(args) == 2 {
			return nil
		}
		return cli.Usage("ctl files "+cmd.Name(), cmd.CommandPath()+" "+usage, "it wants one argument or two")
	}
}

func (r *remote) filesListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "The files, and the room for more", Args: noArguments,
		Long: `Print the files of the module with their sizes in bytes, and the room for more.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.listFiles(cmd) },
	}
}

func (r *remote) listFiles(cmd *cobra.Command) error {
	return r.call(cmd, http.MethodGet, "/v1/files", nil, func(data []byte) error {
		var list control.Files
		if err := readAnswer(data, &list); err != nil {
			return err
		}
		t := table{head: []string{"size", "name"}}
		for _, f := range list.Files {
			t.rows = append(t.rows, []string{strconv.FormatInt(f.Size, 10), f.Name})
		}
		if err := t.print(cmd.OutOrStdout(), format{}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "\n%d of %d bytes are free\n", list.Free, list.Total)
		return err
	})
}

func (r *remote) filesGetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "get NAME [FILE]", Short: "Read a file", Args: fromTo("NAME [FILE]"),
		Long: `Write the module's file NAME into FILE, or to stdout.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				data, err := c.Bytes(ctx, http.MethodGet, ctl.FilePath(args[0]), nil, "")
				if err != nil {
					return err
				}
				if len(args) == 2 && args[1] != "-" {
					if err := os.WriteFile(args[1], data, 0o644); err != nil {
						return cli.Environment(args[1], cause(err), "")
					}
					return nil
				}
				_, err = cmd.OutOrStdout().Write(data)
				return err
			})
		},
	}
}

func (r *remote) filesPutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "put FILE [NAME]", Short: "Store a file", Args: fromTo("FILE [NAME]"),
		Long: `Store FILE (- is stdin) as NAME in the module, or under its own name, in place of
one of that name. With --json size and checksum are printed, as AT+QFUPL tells
them.`,
		Example: `  qsim ctl files put ./ca.pem cacert.pem`,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, name, err := contentOf(cmd.InOrStdin(), args)
			if err != nil {
				return err
			}
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				answer, err := c.Bytes(ctx, http.MethodPut, ctl.FilePath(name), data, "application/octet-stream")
				if err == nil && r.json {
					_, err = cmd.OutOrStdout().Write(answer)
				}
				return err
			})
		},
	}
}

// contentOf is what a file on this side holds, and its name on the other.
func contentOf(stdin io.Reader, args []string) (data []byte, name string, err error) {
	name = filepath.Base(args[0])
	if len(args) == 2 {
		name = args[1]
	}
	if args[0] != "-" {
		data, err = os.ReadFile(args[0])
	} else if len(args) == 1 {
		return nil, "", cli.Usage("ctl files put", "qsim ctl files put - NAME", "stdin has no name")
	} else {
		data, err = io.ReadAll(stdin)
	}
	if err != nil {
		return nil, "", cli.Usage(args[0], "", "%v", cause(err))
	}
	if data == nil {
		data = []byte{}
	}
	return data, name, nil
}

func (r *remote) filesRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rm NAME...", Short: "Delete files",
		Long: `Delete files of the module.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usage("ctl files rm", "qsim ctl files ls lists them", "it wants names")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return r.with(func(ctx context.Context, c *ctl.Client) error {
				for _, name := range args {
					if err := c.Call(ctx, http.MethodDelete, ctl.FilePath(name), nil, nil); err != nil {
						return cli.About(name, err)
					}
				}
				return nil
			})
		},
	}
}
