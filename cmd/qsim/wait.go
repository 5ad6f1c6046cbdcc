package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
)

func waitCommand() *cobra.Command {
	var path, readyFile string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "Wait until a modem is ready",
		Long: `Wait until a device is there and answers AT with OK, then print it. The device
may appear meanwhile, as a link or in a ready file of qsim run.

The exit code is 3 when --timeout is over first. Without --device and
--ready-file the device is that of QSIM_DEVICE.`,
		Example: `  qsim run --link ./ttyQ & qsim wait --device ./ttyQ
  device=$(qsim wait --ready-file ready.json)`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path != "" && readyFile != "" {
				return cli.Usage("wait", "", "--device and --ready-file do not go together")
			}
			if readyFile == "" {
				path = cmp.Or(path, os.Getenv(deviceVariable))
			}
			if path == "" && readyFile == "" {
				return cli.Usage("wait", "--device PATH, --ready-file FILE, or "+deviceVariable, "for what?")
			}
			ctx, stop := untilInterrupted()
			defer stop()
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			ready, err := waitReady(ctx, path, readyFile)
			if err != nil {
				return notReady(ctx, cmp.Or(readyFile, path), timeout, err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), ready)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&path, "device", "", "`PATH` of the device to wait for, or tcp://HOST:PORT (default $QSIM_DEVICE)")
	flags.StringVar(&readyFile, "ready-file", "", "ready `FILE` of the modem to wait for")
	flags.DurationVar(&timeout, "timeout", 30*time.Second, "`DURATION` after which to give up")
	return cmd
}

// notReady is the failure of a modem that did not become ready.
func notReady(ctx context.Context, what string, timeout time.Duration, last error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return cli.Environment(what, fmt.Errorf("interrupted; so far: %w", last), "")
	}
	return cli.Environment(what, fmt.Errorf("not ready within %v: %w", timeout, last), "")
}

// retryPause is the pause between two tries.
const retryPause = 50 * time.Millisecond

// waitReady waits until the device at path, or the one that the ready file
// names, answers, and returns it. Its error is why the last try failed.
func waitReady(ctx context.Context, path, readyFile string) (string, error) {
	for {
		err := error(nil)
		if readyFile != "" {
			path, err = readyDevice(readyFile)
		}
		if err == nil {
			err = device.Ask(path)
		}
		if err == nil {
			return path, nil
		}
		select {
		case <-ctx.Done():
			return "", cause(err)
		case <-time.After(retryPause):
		}
	}
}

// readyDevice is the device that a ready file names. Each try reads it anew: it
// may be one that a killed qsim left behind.
func readyDevice(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	r, err := bench.ParseReady(data)
	if err != nil {
		return "", err
	}
	// The number of a PTY may be somebody else's by now. Whether a process is
	// alive can be told on this machine only, but so far does a PTY reach.
	if !strings.HasPrefix(r.Device, "tcp://") && errors.Is(syscall.Kill(r.PID, 0), syscall.ESRCH) {
		return "", fmt.Errorf("the qsim that wrote it, process %d, is gone", r.PID)
	}
	return r.Device, nil
}
