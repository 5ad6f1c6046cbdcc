package port

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A second host is closed without a byte; the first does not notice.
func TestTCPRefusesSecondHost(t *testing.T) {
	p := openTCP(t).(*TCP)
	p.hold = time.Millisecond
	m := startModem(t, p)
	first := dial(t, p)
	m.want(HostOpen)
	for range 3 {
		second := dial(t, p)
		n, err := second.Read(make([]byte, 1))
		if n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("second host read %d, %v, want EOF", n, err)
		}
		mustClose(t, second)
	}
	mustSend(t, first, "AT\r")
	m.wantData("AT\r")
	mustClose(t, first)
	m.want(HostClose)

	next := dial(t, p)
	m.want(HostOpen)
	mustClose(t, next)
	m.want(HostClose)
}

// A host that waits while another is connected gets the port when that one goes.
func TestTCPHandsOver(t *testing.T) {
	p := openTCP(t)
	m := startModem(t, p)
	first := dial(t, p)
	m.want(HostOpen)
	second := dial(t, p)
	mustSend(t, second, "second")
	mustSend(t, first, "first")
	m.wantData("first")
	mustClose(t, first)
	m.want(HostClose)
	m.want(HostOpen)
	m.wantData("second")
	mustClose(t, second)
	m.want(HostClose)
}

// A connection reset is a close like any other.
func TestTCPReset(t *testing.T) {
	p := openTCP(t)
	m := startModem(t, p)
	for range 2 {
		host := dial(t, p).(*net.TCPConn)
		m.want(HostOpen)
		if err := host.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		mustClose(t, host)
		m.want(HostClose)
	}
}

func TestTCPAddress(t *testing.T) {
	p := openTCP(t)
	defer mustClose(t, p)
	if !strings.HasPrefix(p.Path(), "tcp://127.0.0.1:") || strings.HasSuffix(p.Path(), ":0") {
		t.Errorf("path %q", p.Path())
	}
	if q, err := ListenTCP(strings.TrimPrefix(p.Path(), "tcp://")); err == nil {
		mustClose(t, q)
		t.Error("one address twice")
	}
}
