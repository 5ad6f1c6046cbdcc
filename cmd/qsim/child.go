package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

// child is the command that runs beside a modem.
//
// Where stdin is a terminal the child stays in qsim's process group, the
// foreground one, or it could not read the terminal: Ctrl-C, Ctrl-\ and Ctrl-Z
// come to both from the terminal itself, so these are not passed on. Elsewhere
// the child leads a group of its own, which is told of every signal and killed
// when the child has ended, so that nothing stays behind.
type child struct {
	cmd     *exec.Cmd
	grouped bool           // leads a process group of its own
	signals chan os.Signal // for the child
	told    bool           // to end, by a signal
}

// graceTime is how long the child may take to end after --timeout.
const graceTime = 5 * time.Second

// errTimeout is the error of a child that took too long.
var errTimeout = errors.New("timeout")

// newChild finds the command. From here on signals are the child's, until forget.
func newChild(args []string) (*child, error) {
	cmd := exec.Command(args[0], args[1:]...)
	if errors.Is(cmd.Err, exec.ErrDot) {
		cmd.Err = nil // a relative directory in PATH is the user's will
	}
	if cmd.Err != nil {
		return nil, notStarted(args[0], cmd.Err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	c := &child{cmd: cmd, grouped: !term.IsTerminal(int(os.Stdin.Fd())), signals: make(chan os.Signal, 16)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: c.grouped}
	surviveReaders()
	heed(c.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	return c, nil
}

// forget gives the signals back.
func (c *child) forget() { signal.Stop(c.signals) }

// outlived begins the time when the child has ended and the modem is taken down.
// A second signal then ends qsim at once, as it does qsim run; the first may have
// been the one that the child ended by.
func (c *child) outlived() {
	if c.told {
		c.forget()
		return
	}
	go func() {
		<-c.signals
		c.forget()
	}()
}

// add adds a variable, NAME=VALUE, to the child's environment. The last one of a
// name counts.
func (c *child) add(variable string) { c.cmd.Env = append(c.cmd.Env, variable) }

// run runs the child to its end and returns its exit code. The error is
// errTimeout when it took longer than timeout, unless that is 0.
func (c *child) run(timeout time.Duration) (int, error) {
	ended, err := startTied(c.cmd)
	if err != nil {
		return 0, notStarted(c.cmd.Args[0], err)
	}
	defer c.outlived()
	var late, grace <-chan time.Time
	if timeout > 0 {
		late = time.After(timeout)
	}
	for {
		select {
		case s := <-c.signals:
			c.pass(s)
		case <-late:
			late, grace = nil, time.After(graceTime)
			c.kill(syscall.SIGTERM)
		case <-grace:
			grace = nil
			c.kill(syscall.SIGKILL)
		case err := <-ended:
			if c.grouped {
				c.kill(syscall.SIGKILL) // what it left behind
			}
			if timeout > 0 && late == nil {
				return 0, errTimeout
			}
			return exitCode(c.cmd, err)
		}
	}
}

// pass hands a signal on.
func (c *child) pass(s os.Signal) {
	number, ok := s.(syscall.Signal)
	c.told = c.told || slices.Contains(interrupts, s)
	if !ok || !c.grouped && (number == syscall.SIGINT || number == syscall.SIGQUIT) {
		return
	}
	c.kill(number)
}

// kill sends a signal to the child and its group.
func (c *child) kill(s syscall.Signal) {
	// Both fail when there is nobody left, which is as well.
	if c.grouped {
		_ = syscall.Kill(-c.cmd.Process.Pid, s)
		return
	}
	_ = c.cmd.Process.Signal(s)
}

// exitCode is the child's, 128+N when signal N killed it.
func exitCode(cmd *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, &cli.Failure{Code: cli.CodeSelf, What: cmd.Args[0], Why: err.Error()}
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// notStarted is the failure of a command that could not be started.
func notStarted(name string, err error) error {
	code := cli.CodeNotRunnable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = cli.CodeNotFound
	}
	why := err.Error()
	var lookup *exec.Error
	var path *fs.PathError
	switch {
	case errors.As(err, &lookup):
		why = lookup.Err.Error()
	case errors.As(err, &path):
		why = path.Err.Error()
	}
	return &cli.Failure{Code: code, What: name, Why: why}
}
