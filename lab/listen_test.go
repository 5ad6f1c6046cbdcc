package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// below are the networks that a modem can listen in below the lab, and a port to
// listen at: the machine's, and one that takes no listener, so that the lab does.
func below(t *testing.T) map[network.Network]uint16 {
	t.Helper()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return map[network.Network]uint16{
		network.Offline{}: 2020, network.System{}: free.Addr().(*net.TCPAddr).AddrPort().Port(),
	}
}

// TestCallBack: the service joins its client with the modem's listener, and ends
// with either of the two.
func TestCallBack(t *testing.T) {
	for next, port := range below(t) {
		l := start(t)
		n := l.Network(next)
		listener, err := network.Listen(t.Context(), n, port)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := network.Listen(t.Context(), n, port); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("twice: %v", err)
		}
		if addr := listener.Addr().(*net.TCPAddr); !addr.IP.IsLoopback() {
			t.Errorf("it listens at %v", addr)
		}
		for _, modemFirst := range []bool{true, false} {
			client := dial(t, l, CallBack)
			if _, err := fmt.Fprintf(client, "%d\r\n", port); err != nil {
				t.Fatal(err)
			}
			modem, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			pass(t, client, modem, "to the modem")
			pass(t, modem, client, "and back")
			first, second := client, modem
			if modemFirst {
				first, second = modem, client
			}
			if err := first.Close(); err != nil {
				t.Error(err)
			}
			if got, err := io.ReadAll(second); err != nil || len(got) > 0 {
				t.Errorf("after the end: %q, %v", got, err)
			}
			_ = second.Close() // the client's is closed by the test's end, too
		}
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		if _, err := l.Ring(t.Context(), port); err == nil {
			t.Error("a port that is closed is still rung")
		}
	}
}

// TestCallBackNobody: a port at which nobody listens, or none at all, ends the
// connection.
func TestCallBackNobody(t *testing.T) {
	l := start(t)
	for _, line := range []string{"2020\n", "no port\n", "70000\n", "123456789"} {
		client := dial(t, l, CallBack)
		if _, err := io.WriteString(client, line); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(client); err != nil || len(got) > 0 {
			t.Errorf("%q: %q, %v", line, got, err)
		}
		if c := last(t, l, CallBack); c.Err == nil {
			t.Errorf("%q: the server saw nothing wrong", line)
		}
	}
}

// pass writes text at one end and reads it at the other.
func pass(t *testing.T, from io.Writer, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	if err := to.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Errorf("%q, %v; want %q", got, err, text)
	}
}

// TestDatagrams: the echo sends each datagram back; what nobody takes is lost.
func TestDatagrams(t *testing.T) {
	l := start(t)
	n := l.Network(network.Offline{})
	open := func(port uint16) net.Conn {
		conn, err := n.Dial(t.Context(), network.Target{Host: "echo.lab", Addr: netip.AddrPortFrom(addresses[labHost], port), UDP: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	echoes := open(7)
	for _, text := range []string{"one", "the other", "x"} {
		pass(t, echoes, echoes, text)
	}
	for _, port := range []uint16{7054, 99} {
		mute := open(port)
		for range 2 {
			if n, err := mute.Write([]byte("hello")); n != 5 || err != nil {
				t.Errorf("port %d: wrote %d, %v", port, n, err)
			}
		}
		if err := mute.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := mute.Read(make([]byte, 10)); !isTimeout(err) {
			t.Errorf("port %d: read %d, %v", port, n, err)
		}
	}
}

// TestServiceAddresses: a modem's UDP service knows the lab's servers by the lab's
// addresses.
func TestServiceAddresses(t *testing.T) {
	for next := range below(t) {
		l := start(t)
		port := uint16(0) // any: nobody has to know it
		conn, err := network.ListenPacket(t.Context(), l.Network(next), port)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		peer := netip.AddrPortFrom(addresses[labHost], 7)
		sent := append(network.AppendPeer(nil, peer), "hello"...)
		if n, err := conn.Write(sent); n != len(sent) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		n, err := conn.Read(buf)
		if err != nil || !bytes.Equal(buf[:n], sent) {
			t.Errorf("read %q, %v; want %q", buf[:n], err, sent)
		}
	}
}
