package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine is what the measurements were made on, and of.
type machine struct {
	cpu, kernel, goVersion, commit string
	cores                          int
	date                           time.Time
}

// thisMachine asks the system. What it does not tell is "unknown".
func thisMachine() machine {
	return machine{
		cpu:       cpuModel(),
		kernel:    kernel(),
		goVersion: runtime.Version(),
		commit:    commit(),
		cores:     runtime.NumCPU(),
		date:      time.Now().UTC(),
	}
}

// String is the machine as a Markdown list.
func (m machine) String() string {
	return fmt.Sprintf("- CPU: %s, %d cores\n- system: %s\n- Go: %s\n- commit: %s, measured on %s\n",
		m.cpu, m.cores, m.kernel, m.goVersion, m.commit, m.date.Format(time.DateOnly))
}

const unknown = "unknown"

// cpuModel is what Linux calls the first core.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return unknown + ", " + runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return unknown + ", " + runtime.GOARCH
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	return fmt.Sprintf("Linux %s, %s", bytes.TrimSpace(release), runtime.GOARCH)
}

// commit names the source that is measured.
func commit() string {
	id, err := exec.Command("git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return unknown
	}
	name := string(bytes.TrimSpace(id))
	if exec.Command("git", "diff", "--quiet", "HEAD", "--", "*.go", "go.mod", "go.sum").Run() != nil {
		name += " with changes"
	}
	return name
}
