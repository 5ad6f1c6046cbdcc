package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/bench"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// trial is one host program against one scenario, on a modem of its own, with
// nobody to look at it while it runs.
type trial struct {
	options bench.Options
	args    []string
	timeout time.Duration // of the host; 0: none
}

// newRun begins the account of a run.
func newRun(o bench.Options, s *scenario.Scenario, module string) report.Run {
	run := report.Run{Module: module, Seed: o.Seed}
	if s != nil {
		run.Scenario, run.About, run.File = scenario.Key(s.Pos.File), s.About, s.Pos.File
	}
	return run
}

// run runs the host to its end, or until ctx ends.
func (t *trial) run(ctx context.Context) report.Run {
	began := time.Now()
	var transcript bytes.Buffer
	t.options.Transcript = &transcript
	run := newRun(t.options, t.options.Scenario, t.options.Module)
	b, err := bench.Start(t.options)
	if err != nil {
		run.Error = err.Error()
		return run
	}
	run.Module = b.Ready().Module
	output := &tail{}
	t.host(ctx, b, output, &run)
	closing := conclude(b, &run)
	if err := errors.Join(closing, b.Close()); err != nil && run.Error == "" {
		run.Error = err.Error()
	}
	run.Elapsed = time.Since(began)
	run.Transcript, run.Output = transcript.String(), output.String()
	return run
}

// conclude asks for the verdict on what the host did.
func conclude(b *bench.Bench, run *report.Run) (err error) {
	run.Checks, run.Fired, err = b.Verdict()
	return err
}

// host runs the command as a process group of its own, and kills what it leaves
// behind.
func (t *trial) host(ctx context.Context, b *bench.Bench, output *tail, run *report.Run) {
	cmd := exec.Command(t.args[0], t.args[1:]...)
	if errors.Is(cmd.Err, exec.ErrDot) {
		cmd.Err = nil // a relative directory in PATH is the user's will
	}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second // for those who keep the output open
	cmd.Env = append(cmd.Environ(), hostEnvironment(b.Ready(), t.options)...)
	ended, err := startTied(cmd)
	if err != nil {
		run.Error = notStarted(t.args[0], err).Error()
		return
	}
	kill := func(s syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, s) } // nobody left is as well
	var late, grace <-chan time.Time
	if t.timeout > 0 {
		late = time.After(t.timeout)
	}
	stop := ctx.Done()
	for {
		select {
		case <-stop:
			stop, grace = nil, time.After(graceTime)
			run.Error = "interrupted"
			kill(syscall.SIGTERM)
		case <-late:
			late, grace = nil, time.After(graceTime)
			run.TimedOut = true
			kill(syscall.SIGTERM)
		case <-grace:
			grace = nil
			kill(syscall.SIGKILL)
		case err := <-ended:
			kill(syscall.SIGKILL)
			if errors.Is(err, exec.ErrWaitDelay) {
				err = nil
			}
			code, failure := exitCode(cmd, err)
			if failure != nil && run.Error == "" {
				run.Error = failure.Error()
			}
			setExit(run, code)
			return
		}
	}
}

// setExit notes how the host ended: 128+N is signal N.
func setExit(run *report.Run, code int) {
	if run.Exit = code; code > 128 {
		run.Signal = unix.SignalName(syscall.Signal(code - 128))
	}
}

// hostEnvironment is what the command beside a modem finds in its environment.
func hostEnvironment(r bench.Ready, o bench.Options) []string {
	env := []string{
		"QSIM_DEVICE=" + r.Device, "QSIM_DEVICES=" + strings.Join(r.Devices, " "),
		"QSIM_CONTROL=" + r.Control, // of no other modem
	}
	if o.Artifacts != "" {
		if dir, err := filepath.Abs(o.Artifacts); err == nil {
			env = append(env, "QSIM_ARTIFACTS="+dir)
		}
	}
	if o.Scenario != nil {
		env = append(env, "QSIM_SCENARIO="+scenario.Key(o.Scenario.Pos.File))
	}
	if o.Speed != 0 && o.Speed != 1 {
		env = append(env, "QSIM_SPEED="+strconv.FormatFloat(o.Speed, 'g', -1, 64))
	}
	return env
}

// tail keeps the last part of what is written to it. It is safe for concurrent
// use.
type tail struct {
	mu   sync.Mutex
	data []byte
	cut  bool
}

// tailSize is how much of a host's output is kept, in bytes.
const tailSize = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - tailSize; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
		t.cut = true
	}
	return len(p), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut {
		return "...\n" + string(t.data)
	}
	return string(t.data)
}

// failureOf is how a command that ran trials ends.
func failureOf(r *report.Report) error {
	counts := r.Counts()
	switch {
	case r.Passed():
		return nil
	case counts.Errors > 0:
		return cli.Exit(cli.CodeEnvironment)
	}
	return cli.Exit(cli.CodeFailed)
}
