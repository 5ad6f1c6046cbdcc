//go:build interop

package interop

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// patience bounds everything that must happen; nothing waits for it to pass.
const patience = 30 * time.Second

// process is a server's process. It ends with the test.
type process struct {
	log   *transcript
	stdin io.Writer
}

// run starts a process. What it prints to stdout and stderr goes to its log.
func run(t *testing.T, name string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(name, args...)
	log := &transcript{more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = log, log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		err := cmd.Wait()
		log.end(fmt.Sprintf("%s ended: %v", name, err))
		close(over)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-over
		if t.Failed() {
			t.Logf("the end of the log of %v:\n%s", cmd.Args, log.tail(1500))
		}
	})
	return &process{log: log, stdin: stdin}
}

// runOnPort starts a server that wants to be told its port, and waits until its
// log says that it is ready. A port that somebody takes between our finding it
// free and the server's binding it costs another try.
func runOnPort(t *testing.T, ready *regexp.Regexp, command func(port string) (name string, args []string)) (p *process, addr string) {
	t.Helper()
	var err error
	for range 3 {
		port := freePort(t)
		name, args := command(port)
		p = run(t, name, args...)
		if _, err = p.log.find(0, ready); err == nil {
			return p, net.JoinHostPort("127.0.0.1", port)
		}
	}
	t.Fatalf("the server does not start: %v", err)
	return nil, ""
}

// freePort is a TCP port that nobody listened on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// mustRun runs a program to its end.
func mustRun(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// transcript is what a process has printed so far.
type transcript struct {
	mu    sync.Mutex
	text  []byte
	ended bool
	more  chan struct{} // closed and replaced when text grows or ends
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	l.wake()
	return len(p), nil
}

func (l *transcript) end(how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, how...)
	l.ended = true
	l.wake()
}

func (l *transcript) wake() {
	close(l.more)
	l.more = make(chan struct{})
}

// mark is the place up to which the log has been written.
func (l *transcript) mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.text)
}

// since is the log after a mark.
func (l *transcript) since(mark int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text[mark:])
}

// until is the log before a mark.
func (l *transcript) until(mark int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text[:mark])
}

func (l *transcript) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text[max(0, len(l.text)-n):])
}

// find waits for the log after a mark to match, and returns the submatches.
func (l *transcript) find(mark int, re *regexp.Regexp) ([]string, error) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		text, ended, more := string(l.text[mark:]), l.ended, l.more
		l.mu.Unlock()
		if found := re.FindStringSubmatch(text); found != nil {
			return found, nil
		}
		if ended {
			return nil, fmt.Errorf("the process has ended and never said %q", re)
		}
		select {
		case <-more:
		case <-timeout.C:
			return nil, fmt.Errorf("the server's log does not say %q, but\n%s", re, text)
		}
	}
}
