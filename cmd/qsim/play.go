package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

// playing is what qsim play was asked to do.
type playing struct {
	file    string
	device  string
	files   string
	rate    int
	timeout time.Duration
	json    bool
}

func playCommand() *cobra.Command {
	var p playing
	cmd := &cobra.Command{
		Use:   "play FILE.chat",
		Short: "Drive a device with a transcript, and compare",
		Long: `Be the host of a transcript on a device, a modem of ours or a real one: send what
the host sends, and compare what comes back with what the transcript says, byte
for byte.

The exit code is 0 when all bytes are the same, 1 when one is not or does not
come (also when interrupted), 2 when the transcript cannot be read, 3 when there
is no such device or it goes. Without --device it is that of QSIM_DEVICE.`,
		Example: `  qsim play session.chat --device ./ttyQ
  qsim play session.chat --device /dev/ttyUSB2 --baud 115200
  qsim exec --lab -- qsim play session.chat --files ./certs`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return cli.Usage("play", "qsim play session.chat --device ./ttyQ", "it wants one transcript, not %d", len(args))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p.file = args[0]
			p.device = cmp.Or(p.device, os.Getenv(deviceVariable))
			ctx, stop := untilInterrupted()
			defer stop()
			return p.play(ctx, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.device, "device", "", "`PATH` of the device to drive, or tcp://HOST:PORT (default $QSIM_DEVICE)")
	flags.StringVar(&p.files, "files", ".", "`DIR` of what @file and @size name")
	flags.IntVar(&p.rate, "baud", 0, "rate to set first, `N` bit/s (default: leave it alone)")
	flags.DurationVar(&p.timeout, "timeout", chat.DefaultTimeout, "`DURATION` that an answer may take, where no @timeout says")
	flags.BoolVar(&p.json, "json", false, "tell the outcome as one JSON object")
	_ = cmd.MarkFlagDirname("files") // it is there
	return cmd
}

// deviceVariable says which device is meant where no flag does.
const deviceVariable = "QSIM_DEVICE"

// Outcome is what qsim play --json prints.
type Outcome struct {
	Match    bool   `json:"match"`
	File     string `json:"file"`
	Device   string `json:"device"`
	Sent     int    `json:"sent"`     // bytes of the host
	Received int    `json:"received"` // bytes of the modem that matched
	Line     int    `json:"line,omitempty"`
	Reason   string `json:"reason,omitempty"` // of a mismatch: differs, missing, extra, noise
	Message  string `json:"message,omitempty"`
}

func (p *playing) play(ctx context.Context, stdout io.Writer) error {
	script, err := p.script()
	if err != nil {
		return err
	}
	if p.device == "" {
		return &cli.Failure{
			Code: cli.CodeEnvironment, What: "play", Why: "no device",
			Hint: "--device PATH, or " + deviceVariable + " as qsim exec sets it",
		}
	}
	if p.rate < 0 {
		return cli.Usage("--baud", "such as 115200", "%d is no rate", p.rate)
	}
	dev, err := device.Open(p.device, p.rate)
	if err != nil {
		return cli.Environment(p.device, cause(err), "")
	}
	result, err := chat.Play(ctx, dev, script, chat.Options{Timeout: p.timeout, Files: os.DirFS(p.files)})
	// What the device has to say at its closing changes nothing any more.
	_ = dev.Close()
	o := Outcome{Match: err == nil, File: p.file, Device: p.device, Sent: result.Sent, Received: result.Received}
	var mismatch *chat.Mismatch
	if errors.As(err, &mismatch) {
		o.Line, o.Reason = mismatch.Line, string(mismatch.Reason)
	}
	if err != nil {
		o.Message = err.Error()
	}
	if tellErr := p.tell(stdout, o); err == nil && tellErr != nil {
		return cli.Environment("stdout", tellErr, "")
	}
	switch {
	case err == nil:
		return nil
	case mismatch != nil || ctx.Err() != nil:
		return &cli.Failure{Code: cli.CodeFailed, Why: err.Error()}
	}
	return cli.Environment(p.device, err, "")
}

// tell prints the outcome, unless it is an error and for people: that goes to
// stderr.
func (p *playing) tell(w io.Writer, o Outcome) (err error) {
	if p.json {
		return printJSON(w, o)
	}
	if o.Match {
		_, err = fmt.Fprintf(w, "match: %s: %d bytes sent, %d received as the transcript says\n", o.File, o.Sent, o.Received)
	}
	return err
}

// script reads the transcript, and looks whether the files it needs are there
// before the device hears of anything.
func (p *playing) script() (*chat.Script, error) {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return nil, cli.Usage(p.file, "", "%v", cause(err))
	}
	script, err := chat.Parse(p.file, text)
	var syntax *chat.SyntaxError
	if errors.As(err, &syntax) {
		return nil, cli.Usage(fmt.Sprintf("%s:%d:%d", syntax.File, syntax.Line, syntax.Col), syntax.Hint, "%s", syntax.Msg)
	}
	if err != nil {
		return nil, cli.Usage("", "", "%v", err)
	}
	if !slices.ContainsFunc(script.Steps, func(s chat.Step) bool {
		return s.Op == chat.OpSend || s.Op == chat.OpSendRaw || s.Op == chat.OpFile ||
			s.Op == chat.OpExpect || s.Op == chat.OpExpectRaw
	}) {
		return nil, cli.Usage(p.file, "a recording in progress is empty, too", "nobody says anything in it")
	}
	files := os.DirFS(p.files)
	for i, step := range script.Steps {
		if step.Op != chat.OpFile && step.Op != chat.OpSize {
			continue
		}
		if _, err := fs.Stat(files, step.Text); err != nil {
			return nil, cli.Usage(fmt.Sprintf("%s:%d", p.file, i+1), "--files DIR is where files are looked for",
				"%s in %s: %v", step.Text, p.files, cause(err))
		}
	}
	return script, nil
}

// cause is what the system said about a path that is named already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
