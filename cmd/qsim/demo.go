package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/settings"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/seed"
)

func demoCommand() *cobra.Command {
	s := settings.New()
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A session on a modem, shown as it happens",
		Long: `Play chapter 3 of the SSL application note: activate a PDP context, upload a CA
certificate, and exchange data with a TLS server in buffer, direct push and
transparent mode. The host is a transcript, the device a PTY, the server one of
the lab, the TLS connection real; no network is needed.

Both sides are shown as their bytes pass, in colour on a terminal unless NO_COLOR
is set. The exit code is 0 when the modem said byte for byte what the note says,
and 1 when it did not or was interrupted.`,
		Args: noArguments,
	}
	bindSettings(cmd, s, "module")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := s.Load(cmd.Flags()); err != nil {
			return err
		}
		ctx, stop := untilInterrupted()
		defer stop()
		return demo(ctx, s.Module, newStage(cmd.OutOrStdout(), coloured(cmd.OutOrStdout())))
	}
	return cmd
}

// coloured tells whether w is a terminal whose user wants colours.
func coloured(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// demoTime is far more than the demo takes.
const demoTime = time.Minute

// demo plays the chapter on stage.
func demo(ctx context.Context, module string, on *stage) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	b, err := bench.Start(bench.Options{
		Module: module, Seed: 1, Lab: true, Offline: true, Events: on,
		// The session deletes this one first and then brings the right one.
		Files: map[string][]byte{"cacert.pem": []byte("an outdated certificate\n")},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	dev, err := device.Open(b.Device(), 0)
	if err != nil {
		return cli.Environment(b.Device(), err, "")
	}
	defer func() { err = errors.Join(err, dev.Close()) }()

	on.open(b.Ready())
	session := chat.NewSession(dev)
	defer session.Close()
	began := time.Now()
	sections := seed.Demo(b.Lab().Files()["cacert.pem"])
	var sent, received int
	for _, section := range sections {
		options := section.Options()
		options.Observe = on.pass
		result, err := session.Play(ctx, section.Script, options)
		sent, received = sent+result.Sent, received+result.Received
		if err != nil {
			on.verdict(false, fmt.Sprintf("%s: %v", section.Title, err))
			return cli.Exit(cli.CodeFailed)
		}
	}
	if err := on.failure(); err != nil {
		return cli.Environment("stdout", err, "")
	}
	on.verdict(true, fmt.Sprintf("%d sections in %.1f s: the host sent %d bytes, the modem answered %d, each as the application note says",
		len(sections), time.Since(began).Seconds(), sent, received))
	return nil
}

var _ emulator.Observer = (*stage)(nil)

// Event shows what neither side of the device says: what happens behind the
// modem.
func (s *stage) Event(e emulator.Event) {
	switch e.Kind {
	case emulator.PDPActivated:
		s.note(fmt.Sprintf("PDP context %d is up, address %s", e.Client, e.Text))
	case emulator.FileUploaded:
		s.note(fmt.Sprintf("%s is in the file store, %d bytes", e.Text, e.Bytes))
	case emulator.TLSConnected:
		s.note(fmt.Sprintf("client %d is connected: %s", e.Client, e.Text))
	case emulator.TLSClosed:
		s.note(fmt.Sprintf("client %d is closed %s", e.Client, e.Text))
	case emulator.PDPReleased:
		s.note(fmt.Sprintf("PDP context %d is down", e.Client))
	}
}
