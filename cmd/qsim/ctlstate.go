package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/control"
)

// stateText prints how a modem stands, for people.
func stateText(w io.Writer, s *control.State) error {
	b := &strings.Builder{}
	line := func(what, format string, args ...any) {
		fmt.Fprintf(b, "%-14s%s\n", what, fmt.Sprintf(format, args...))
	}
	line("module", "%s, IMEI %s", s.Module, s.IMEI)
	line("power", "%s, function %d", s.Boot, s.Function)
	line("SIM", "%s", s.SIM)
	line("network", "%s, signal %d", s.Registration, s.Signal)
	line("clock", "%s", s.RTC.Format(time.RFC3339))
	for _, p := range s.Ports {
		host := "no host"
		if p.Host {
			host = "host"
		}
		line("port", "%s: %s, %s", p.Name, host, p.Line)
	}
	for _, p := range s.PDP {
		line("PDP "+strconv.Itoa(p.ID), "%s", strings.TrimSpace(strings.Join([]string{p.State, p.Addr, p.APN}, " ")))
	}
	for _, c := range s.SSL {
		line("SSL "+strconv.Itoa(c.ID), "%s, %s:%d, mode %d, %d bytes unread", c.State, c.Host, c.Port, c.Mode, c.Unread)
	}
	for _, c := range s.Sockets {
		at := fmt.Sprintf("%s:%d", c.Host, c.Port)
		if c.Listens != "" {
			at = fmt.Sprintf("port %d, which is %s of this machine", c.Local, c.Listens)
		}
		line("socket "+strconv.Itoa(c.ID), "%s %s, %s, mode %d, %d bytes unread", c.Service, c.State, at, c.Mode, c.Unread)
	}
	for _, f := range s.Files {
		line("file", "%s, %d bytes", f.Name, f.Size)
	}
	if s.URCDrops > 0 {
		line("URCs lost", "%d", s.URCDrops)
	}
	for _, m := range s.Marks {
		line("mark", "%s", m)
	}
	for _, f := range s.Faults {
		line("fault "+strconv.Itoa(f.ID), "%s, acted %s", faultName(&f), times(f.Hits))
	}
	return printText(w, b)
}

// faultName is what people know a fault by.
func faultName(f *control.Fault) string {
	if f.Name != "" {
		return f.Name
	}
	return f.On
}

// times is how often, in words.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
