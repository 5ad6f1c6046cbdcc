// Robust is a host program for the module that expects the worst: answers that
// come late, twice, in pieces or not at all, URCs anywhere, connections, contexts
// and modules that fall over. It sends messages to an echo server, over SSL or as
// they are, and compares what comes back.
//
//	robust [flags] [DEVICE]
//
// DEVICE is the path of a serial device or tcp://HOST:PORT; without one
// $QSIM_DEVICE counts. The layers, from the bottom:
//
//	device.go    opens a serial device
//	stream.go    cuts bytes into tokens: results, answers, bodies, prompts, URCs
//	lines.go     takes apart lines that were glued or cut
//	link.go      one command at a time, each with a timeout
//	resync.go    brings the line back into step after one
//	setup.go, cafile.go, client.go, transfer.go   the job
//	recovery.go  what to do when a part of it fails
//
// It exits with 0 when all messages are echoed and 1 otherwise, and says on
// stderr what it recovered from.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

// run is main with its surroundings as arguments.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("robust", flag.ContinueOnError)
	flags.SetOutput(stderr)
	kind := flags.String("service", "ssl", "how to connect: ssl, tcp or udp")
	host := flags.String("host", "echo.lab", "the echo server")
	port := flags.Int("port", 0, "its port; 0: 4433 with ssl, else 7")
	count := flags.Int("n", 3, "how many messages to send")
	size := flags.Int("size", 200, "bytes of a message, 32 to 1460")
	caFile := flags.String("ca", "", "the CA certificate in PEM, to be uploaded; without it must be on the module")
	apn := flags.String("apn", "UNINET", "the access point of the network")
	urcPort := flags.String("urcport", "usbmodem", "the module's name of this port, to have URCs on it")
	scale := flags.Float64("scale", speed(getenv), "how much faster than real the module is; default $QSIM_SPEED, or 1")
	deadline := flags.Duration("deadline", time.Minute, "the time for everything")
	verbose := flags.Bool("v", false, "show what passes on the line")
	if err := flags.Parse(args); err != nil {
		return 1
	}
	say := func(format string, args ...any) { fmt.Fprintf(stderr, "robust: "+format+"\n", args...) }
	name := getenv("QSIM_DEVICE")
	if flags.NArg() > 0 {
		name = flags.Arg(0)
	}
	switch {
	case name == "":
		say("no device: give its path, or set QSIM_DEVICE")
		return 1
	case *scale <= 0 || *deadline <= 0 || *size < 32 || *size > 1460 || *count < 0:
		say("a number is out of range; see -h")
		return 1
	}
	service, ok := services[*kind]
	if !ok {
		say("there is no service %q; see -h", *kind)
		return 1
	}
	if *port == 0 {
		*port = service.port
	}
	c := config{apn: *apn, service: service, host: *host, port: *port, messages: *count, size: *size, urcPort: *urcPort}
	if *caFile != "" {
		var err error
		if c.ca, err = os.ReadFile(*caFile); err != nil || len(c.ca) == 0 {
			say("the CA certificate: %s is empty or cannot be read: %v", *caFile, err)
			return 1
		}
	}
	d := newDriver(c, func() (device, error) { return openDevice(name) }, newTiming(*scale, *deadline), stdout, say)
	d.link.show = *verbose
	defer d.link.disconnect()
	if err := d.run(); err != nil {
		say("%v", err)
		return 1
	}
	fmt.Fprintf(stdout, "done: %d messages echoed\n", d.done)
	return 0
}

// speed is the speed of a module in software.
func speed(getenv func(string) string) float64 {
	if x, err := strconv.ParseFloat(getenv("QSIM_SPEED"), 64); err == nil && x > 0 {
		return x
	}
	return 1
}

func newDriver(c config, open func() (device, error), t timing, out io.Writer, report func(string, ...any)) *driver {
	d := &driver{config: c, time: t, out: out, report: report}
	d.link = &link{open: open, time: t, urc: d.hear, log: report}
	return d
}
