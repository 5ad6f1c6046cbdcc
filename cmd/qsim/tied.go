package main

import (
	"os/exec"
	"runtime"
)

// startTied starts a command that does not outlive qsim unnoticed, and returns
// where its end is told: where the machine can do so, the command gets SIGTERM
// when qsim is gone without having ended it, as after kill -9.
func startTied(cmd *exec.Cmd) (ended <-chan error, err error) {
	tie(cmd)
	started, end := make(chan error), make(chan error, 1)
	go func() {
		// The tie is to the thread that starts the command, not to the process
		// (prctl(2)), so that one has to stay, and this goroutine on it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			end <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return end, nil
}
