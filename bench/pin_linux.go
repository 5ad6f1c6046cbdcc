package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// pinSelf moves this process, which is the host, to its core.
func pinSelf() { pin(hostCore) }

// pin moves the calling thread; a child started from it inherits the place.
// Where the kernel refuses, the figures are only noisier.
func pin(c core) {
	var set unix.CPUSet
	set.Set(c.cpu())
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		fmt.Fprintln(os.Stderr, "bench: cannot pin:", err)
	}
}
