package port

import (
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.bug.st/serial"
)

// device is a kind of port together with a kind of host.
type device struct {
	name string
	open func(t *testing.T) Port
	host func(t *testing.T, p Port) io.ReadWriteCloser

	// missesVisits is set where a host that opens and closes without a byte,
	// between two looks, cannot be seen.
	missesVisits bool
}

var devices = []device{
	{name: "pty, file", open: openPTY, host: openFile},
	{name: "pty, serial library", open: openPTY, host: openSerial},
	{name: "pty without inotify", open: openLookingPTY, host: openFile, missesVisits: true},
	{name: "tcp", open: openTCP, host: dial},
	{name: "pipe", open: openPipe, host: openPipeHost},
}

func openPTY(t *testing.T) Port {
	t.Helper()
	p, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// openLookingPTY opens a PTY as it is where watching is impossible.
func openLookingPTY(t *testing.T) Port {
	t.Helper()
	p, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	if p.watch != nil {
		if err := p.watch.stop(); err != nil {
			t.Fatal(err)
		}
		p.watch = nil
	}
	return p
}

func openFile(t *testing.T, p Port) io.ReadWriteCloser {
	t.Helper()
	f, err := os.OpenFile(p.Path(), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openSerial(t *testing.T, p Port) io.ReadWriteCloser {
	t.Helper()
	s, err := serial.Open(p.Path(), &serial.Mode{BaudRate: 115200})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openTCP(t *testing.T) Port {
	t.Helper()
	p, err := ListenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.hold = patience // a refusal under load would be no bug, but a flake
	return p
}

func dial(t *testing.T, p Port) io.ReadWriteCloser {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.Path(), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// openPipe makes a pipe whose first host has come and gone, so that all ports
// begin alike.
func openPipe(t *testing.T) Port {
	t.Helper()
	p, host := Pipe()
	mustClose(t, host)
	for _, want := range []Event{HostOpen, HostClose} {
		if _, ev, err := p.Next(make([]byte, 1)); ev != want || err != nil {
			t.Fatalf("Next: %v, %v, want %v", ev, err, want)
		}
	}
	return p
}

func openPipeHost(t *testing.T, p Port) io.ReadWriteCloser {
	t.Helper()
	h, err := p.(*PipePort).Open()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// eachDevice runs a test against every kind of port.
func eachDevice(t *testing.T, test func(t *testing.T, d device)) {
	for _, d := range devices {
		t.Run(d.name, func(t *testing.T) { test(t, d) })
	}
}
