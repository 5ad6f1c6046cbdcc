package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// process is a child that said one line when it was ready.
type process struct {
	cmd   *exec.Cmd
	hello string
}

// core names where a process runs.
type core string

const (
	hostCore  core = ""
	modemCore core = "modem"
)

// cpu is the number of a core: the modem has the first, everything else the
// last.
func (c core) cpu() int {
	if c == modemCore {
		return 0
	}
	return runtime.NumCPU() - 1
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// start runs a program on a core and waits for its first line.
func start(c core, name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	pin(c)
	err = cmd.Start()
	pin(hostCore)
	runtime.UnlockOSThread()
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	p := &process{cmd: cmd, hello: strings.TrimSpace(line)}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s said nothing: %w", name, err)
	}
	return p, nil
}

// stop ends the process. How it ended does not matter any more.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}
