package main

import (
	"os/exec"
	"syscall"
)

// tie has the kernel tell a command that qsim is gone. What the command has
// started itself is not told.
func tie(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
}
