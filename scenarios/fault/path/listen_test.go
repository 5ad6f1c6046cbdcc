package path_test

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// reachable is a network in which the modem is reached, by c.
type reachable struct {
	network.Network
	c net.Conn
}

func (r reachable) Listen(context.Context, uint16) (net.Listener, error) { return nil, nil }

func (r reachable) ListenPacket(context.Context, uint16) (net.Conn, error) { return r.c, nil }

// TestListenFaults: an open that listens meets the faults of the machine, and none
// of a server's.
func TestListenFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, _ := net.Pipe()
		below := reachable{c: end}
		for how, want := range map[path.Connection]error{
			path.Connects: nil, path.Refused: nil, path.Unreachable: nil, path.Elsewhere: nil,
			path.NoSocket: syscall.EMFILE, path.NoBind: syscall.EADDRNOTAVAIL, path.Unsupported: syscall.EAFNOSUPPORT,
			path.NoListen: syscall.EADDRINUSE,
		} {
			for _, udp := range []bool{false, true} {
				p := newPath(1)
				p.Connect(path.ConnectFault{How: how, Wait: time.Second})
				listen := func(n network.Network) error {
					if udp {
						_, err := network.ListenPacket(t.Context(), n, 2020)
						return err
					}
					_, err := network.Listen(t.Context(), n, 2020)
					return err
				}
				began := time.Now()
				if err := listen(p.Open(below)); !errors.Is(err, want) || want == nil && err != nil {
					t.Errorf("%v, udp %v: %v; want %v", how, udp, err, want)
				}
				if d := time.Since(began); d != time.Second {
					t.Errorf("%v: took %v", how, d)
				}
				if err := listen(p.Open(below)); err != nil || time.Since(began) != time.Second {
					t.Errorf("%v: the next one: %v after %v", how, err, time.Since(began))
				}
			}
		}
		p := newPath(1)
		p.Connect(path.ConnectFault{Wait: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := network.Listen(ctx, p.Open(below), 2020); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it waited on: %v", err)
		}
		if _, err := network.Listen(t.Context(), p.Open(network.Offline{}), 2020); !errors.Is(err, network.ErrUnreachable) {
			t.Errorf("below nobody listens: %v", err)
		}
	})
}

// datagrams is a path whose connection carries datagrams, and its far end: a pipe
// keeps what is written together as long as it is read at once.
func datagrams(t *testing.T, service bool) (*path.Path, net.Conn, net.Conn) {
	t.Helper()
	a, far := net.Pipe()
	p := newPath(1)
	var near net.Conn
	var err error
	if service {
		near, err = network.ListenPacket(t.Context(), p.Open(reachable{c: a}), 2020)
	} else {
		udp := target
		udp.UDP = true
		near, err = p.Open(over(a)).Dial(t.Context(), udp)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	p.Connected()
	return p, near, far
}

// TestDatagramsStayWhole: a line that cuts a stream into small pieces delays
// datagrams, and neither cuts nor joins them; one that is read in part is gone.
func TestDatagramsStayWhole(t *testing.T) {
	for _, service := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, near, far := datagrams(t, service)
			p.Conditions(path.Conditions{Bandwidth: 1000})
			for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
				from, to := way[0], way[1]
				go func() {
					for _, size := range []int{200, 100} {
						mustWrite(t, from, string(make([]byte, size)))
					}
				}()
				began := time.Now()
				for _, want := range []arrival{{200 * time.Millisecond, 200}, {300 * time.Millisecond, 100}} {
					n, err := to.Read(make([]byte, 1000))
					if got := (arrival{time.Since(began), n}); err != nil || got != want {
						t.Errorf("%+v, %v; want %+v", got, err, want)
					}
				}
			}
			go func() { mustWrite(t, far, "123456789"); mustWrite(t, far, "next") }()
			buf := make([]byte, 4)
			for _, want := range []string{"1234", "next"} {
				if n, err := near.Read(buf); err != nil || string(buf[:n]) != want {
					t.Errorf("%q, %v; want %q", buf[:n], err, want)
				}
			}
		})
	}
}

// TestDatagramFails: one that does not fit into what still goes out does not go
// out in part.
func TestDatagramFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, near, far := datagrams(t, false)
		p.FailWrites(nil, 7)
		go mustWrite(t, near, "12345")
		buf := make([]byte, 100)
		if n, err := far.Read(buf); n != 5 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
		synctest.Wait()
		if n, err := near.Write([]byte("123")); n != 0 || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("wrote %d, %v", n, err)
		}
		if err := far.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := far.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read %d, %v", n, err)
		}
	})
}

// TestUnacked: what is on its way under conditions counts.
func TestUnacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, far := net.Pipe()
		defer far.Close()
		p, near := open(t, a)
		if n := network.Unacked(near); n != 0 {
			t.Errorf("%d at first", n)
		}
		p.Conditions(path.Conditions{Blackhole: true})
		mustWrite(t, near, "hello")
		if n := network.Unacked(near); n != 5 {
			t.Errorf("%d are on their way, want 5", n)
		}
		p.Lift()
		if n, err := far.Read(make([]byte, 10)); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		synctest.Wait()
		if n := network.Unacked(near); n != 0 {
			t.Errorf("%d at the end", n)
		}
		near.Close()
		if n := network.Unacked(near); n != 0 {
			t.Errorf("%d of a closed one", n)
		}
	})
}
