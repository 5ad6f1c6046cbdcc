//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a host program that runs. It ends with the test.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	said  output
	ended chan struct{}
	err   error // how it ended, once ended is closed
}

// output is what a program has said so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts a program in a process group of its own, which is killed when the
// test ends, or after patience.
func start(t *testing.T, stdin, name string, args ...string) *program {
	t.Helper()
	p := &program{t: t, ended: make(chan struct{})}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.cmd = exec.CommandContext(ctx, name, args...)
	p.cmd.Stdin = strings.NewReader(stdin)
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		cancel()
		t.Fatalf("%v (the packages are named in doc.go)", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			p.err = errors.New("it did not end in time")
		}
		close(p.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
		// What a child left behind holds the device, too.
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(p.cmd.Args, " "), p.said.String())
		}
	})
	return p
}

// wait waits until the program ends, and returns what it has said. The test fails
// unless it ends well.
func (p *program) wait() string {
	p.t.Helper()
	<-p.ended
	if p.err != nil {
		p.t.Errorf("%s: %v", p.cmd.Args[0], p.err)
	}
	return p.said.String()
}

// run runs a program to its end, with every text of want in what it says.
func run(t *testing.T, stdin string, want []string, name string, args ...string) {
	t.Helper()
	said := start(t, stdin, name, args...).wait()
	for _, w := range want {
		if !strings.Contains(said, w) {
			t.Errorf("%s does not say %q", name, w)
		}
	}
}

// until waits until something has come to pass while the program runs, or fails
// the test when the program has ended before.
func (p *program) until(what string, come func() bool) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !come() {
		select {
		case <-tick.C:
		case <-p.ended:
			if come() {
				return
			}
			p.t.Fatalf("%s ended (%v) before there was %s", p.cmd.Args[0], p.err, what)
		}
	}
}
