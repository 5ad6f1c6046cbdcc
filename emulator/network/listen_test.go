package network

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

const patience = 30 * time.Second

// TestListenOnLoopback: the machine's network exposes nothing unless it is told
// to, also below a redirection, which is not about who comes.
func TestListenOnLoopback(t *testing.T) {
	for name, n := range map[string]Network{
		"system": System{}, "redirect": Redirect([]Rule{{Host: "example.com", ToHost: "127.0.0.1"}}, System{}),
	} {
		l, err := Listen(t.Context(), n, 0)
		if err != nil {
			t.Fatal(name, err)
		}
		if addr := l.Addr().(*net.TCPAddr); !addr.IP.IsLoopback() {
			t.Errorf("%s: it listens at %v", name, addr)
		}
		client, err := n.Dial(t.Context(), Target{Host: "127.0.0.1", Addr: l.Addr().(*net.TCPAddr).AddrPort()})
		if err != nil {
			t.Fatal(name, err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(name, err)
		}
		_, _ = client.Close(), server.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		packets, err := ListenPacket(t.Context(), n, 0)
		if err != nil {
			t.Fatal(name, err)
		}
		if addr := packets.LocalAddr().(*net.UDPAddr); !addr.IP.IsLoopback() {
			t.Errorf("%s: it takes datagrams at %v", name, addr)
		}
		if err := packets.Close(); err != nil {
			t.Error(err)
		}
	}
	l, err := Listen(t.Context(), System{Bind: netip.IPv4Unspecified()}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if addr := l.Addr().(*net.TCPAddr); !addr.IP.IsUnspecified() {
		t.Errorf("it listens at %v", addr)
	}
}

func TestPeer(t *testing.T) {
	for _, peer := range []string{"192.0.2.1:7", "[2001:db8::1]:65535"} {
		want := netip.MustParseAddrPort(peer)
		p := append(AppendPeer([]byte("x"), want), "data"...)
		got, data := CutPeer(p[1:])
		if got != want || string(data) != "data" || len(p) != 1+PeerSize+4 {
			t.Errorf("%v: %v, %q, %d bytes", want, got, data, len(p))
		}
	}
	if got, data := CutPeer(make([]byte, PeerSize-1)); got.IsValid() || data != nil {
		t.Errorf("%v, %q", got, data)
	}
}

// TestDatagrams: a service reads and writes whole datagrams with their peers; a
// socket has one peer. Neither knows whether anybody is there.
func TestDatagrams(t *testing.T) {
	service, err := ListenPacket(t.Context(), System{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	at := service.LocalAddr().(*net.UDPAddr).AddrPort()
	socket, err := System{}.Dial(t.Context(), Target{Host: "127.0.0.1", Addr: at, UDP: true})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if n, err := socket.Write([]byte("hello")); n != 5 || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	buf := make([]byte, 100)
	deadline(t, service)
	n, err := service.Read(buf)
	peer, data := CutPeer(buf[:n])
	if err != nil || string(data) != "hello" || peer != socket.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Fatalf("%q of %v, %v", data, peer, err)
	}
	reply := append(AppendPeer(nil, peer), "hi"...)
	if n, err := service.Write(reply); n != len(reply) || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	deadline(t, socket)
	if n, err := socket.Read(buf); string(buf[:n]) != "hi" || err != nil {
		t.Fatalf("%q, %v", buf[:n], err)
	}

	// To nobody.
	if err := service.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := socket.Write([]byte("lost")); n != 4 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		time.Sleep(time.Millisecond) // the refusal comes, or does not: both are right
	}
	if err := socket.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Read(buf); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read: %v", err)
	}
	if n, err := service.Write(reply); err == nil {
		t.Errorf("a closed service wrote %d bytes", n)
	}
	if n, err := service.Read(make([]byte, 3)); err == nil {
		t.Errorf("a service without room for the peer read %d", n)
	}
}

func deadline(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
}

// TestUnacked: what the peer has not taken is known on Linux, and comes to
// nothing when it has.
func TestUnacked(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if n := Unacked(client); n != 0 {
		t.Errorf("%d at first", n)
	}
	// More than the two machines' buffers hold.
	if err := client.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	written := 0
	for chunk := bytes.Repeat([]byte("x"), 1<<20); ; {
		n, err := client.Write(chunk)
		if written += n; err != nil {
			break
		}
	}
	if n := Unacked(client); runtime.GOOS == "linux" && (n <= 0 || n > written) {
		t.Errorf("%d of %d written", n, written)
	}
	deadline(t, server)
	if _, err := io.CopyN(io.Discard, server, int64(written)); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(patience); Unacked(client) != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%d are not acknowledged", Unacked(client))
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if n := Unacked(client); n != 0 {
		t.Errorf("%d of a closed connection", n)
	}
	if n := Unacked(told{client}); n != 7 {
		t.Errorf("%d of a layer that tells 7", n)
	}
}

// told is a layer that tells what is on the way in it.
type told struct{ net.Conn }

func (told) Unacked() int { return 7 }
