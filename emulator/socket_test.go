package emulator_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// TestElevenIncoming: a listener takes eleven connections, the highest free id
// first, and tells of each; the twelfth is refused. An id that gets free is given
// again. What each sends comes to it.
func TestElevenIncoming(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.play(setUp + "> AT+QIOPEN=1,3,\"TCP LISTENER\",\"127.0.0.1\",0,2020,1\n< OK\n< +QIOPEN: 3,0\n")
	ring := func() net.Conn {
		conn, err := b.lab.Ring(t.Context(), 2020)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	ids := []int{11, 10, 9, 8, 7, 6, 5, 4, 2, 1, 0}
	var conns []net.Conn
	for _, id := range ids {
		conns = append(conns, ring())
		b.play(fmt.Sprintf("< +QIURC: \"incoming\",%d,3,\"127.0.0.1\",{port}\n", id))
	}
	refused := ring()
	b.play("< +QIURC: \"incoming full\"\n")
	if got, err := io.ReadAll(refused); len(got) > 0 {
		t.Errorf("the twelfth gets %q, %v", got, err)
	}
	for i, id := range ids {
		say(t, conns[i], fmt.Sprintf("I am %02d", id))
		b.play(fmt.Sprintf("<< \\r\\n+QIURC: \"recv\",%d,7\\r\\nI am %02d\n", id, id))
	}
	b.play("@echo off\n> AT+QICLOSE=7,0\n< OK\n")
	again := ring()
	b.play("< +QIURC: \"incoming\",7,3,\"127.0.0.1\",{port}\n")
	say(t, again, "again")
	b.play("<< \\r\\n+QIURC: \"recv\",7,5\\r\\nagain\n@echo off\n> AT+QISEND=7,2\n<< \\r\\n>\\x20\n>> hi\n< SEND OK\n")
	if got := make([]byte, 2); true {
		if _, err := io.ReadFull(again, got); err != nil || string(got) != "hi" {
			t.Errorf("%q, %v", got, err)
		}
	}
	// The listener goes; those whom it has taken stay.
	b.play("@echo off\n> AT+QICLOSE=3\n< OK\n")
	if _, err := b.lab.Ring(t.Context(), 2020); err == nil {
		t.Error("it still listens")
	}
	if s := b.state(); len(s.Sockets) != 11 {
		t.Errorf("%d sockets, want 11: %+v", len(s.Sockets), s.Sockets)
	}
}

func say(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// TestIncomingSharesIDs: an SSL client has an id that a connection would get.
func TestIncomingSharesIDs(t *testing.T) {
	for quirk, id := range map[string]int{"on": 10, "off": 11} {
		b := newBench(t, benchOptions{quirks: map[string]string{"shared-ids": quirk}})
		b.play(setUp + "> AT+QSSLOPEN=1,0,11,\"echo.lab\",4433\n< OK\n< +QSSLOPEN: 11,0\n" +
			"> AT+QIOPEN=1,3,\"TCP LISTENER\",\"127.0.0.1\",0,2020\n< OK\n< +QIOPEN: 3,0\n")
		conn, err := b.lab.Ring(t.Context(), 2020)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		b.play(fmt.Sprintf("< +QIURC: \"incoming\",%d,3,\"127.0.0.1\",{port}\n", id))
	}
}

// TestListenerLosesItsContext: the network takes the context: the listener and
// those it took are told of, and nobody reaches it any more.
func TestListenerLosesItsContext(t *testing.T) {
	w := &wires{}
	bubble(t, w, func(b *bench) {
		b.play("@echo off\n" + listening + "< +QIOPEN: 3,0\n")
		near := w.ring(2020)
		defer near.Close()
		b.play("< +QIURC: \"incoming\",11,3,\"192.0.2.7\",4711\n")
		b.pull(func(l emulator.Levers) {
			if err := l.DeactivatePDP(1); err != nil {
				t.Error(err)
			}
		})
		b.play("@echo off\n< +QIURC: \"pdpdeact\",1\n< +QIURC: \"closed\",3\n< +QIURC: \"closed\",11\n" +
			"> AT+QISTATE=1,3\n< +QISTATE: 3,\"TCP LISTENER\",\"127.0.0.1\",0,2020,4,1,3,0,\"usbmodem\"\n< OK\n" +
			"> AT+QICLOSE=3;+QICLOSE=11;+QISTATE\n< OK\n")
		if len(w.offered) > 0 {
			t.Error("it still listens")
		}
	})
}

// TestListenerDrifted: nobody comes through a context that has drifted.
func TestListenerDrifted(t *testing.T) {
	w := &wires{}
	bubble(t, w, func(b *bench) {
		b.play("@echo off\n" + listening + "< +QIOPEN: 3,0\n")
		b.pull(func(l emulator.Levers) {
			if err := l.DriftPDP(1); err != nil {
				t.Error(err)
			}
		})
		near := w.ring(2020)
		if _, err := near.Read(make([]byte, 1)); err == nil {
			t.Error("something came")
		}
		b.play("@echo off\n@quiet 1m\n" + tcpFails(566))
	})
}

// sizes is a server that tells how much comes at a time.
func sizes(n chan<- int) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 16<<10)
		for {
			k, err := c.Read(buf)
			if err != nil {
				return
			}
			n <- k
		}
	}
}

// TestPacketSettings: transpktsize and transwaittm say how transparent mode cuts
// what the host sends; an SSL client is not concerned.
func TestPacketSettings(t *testing.T) {
	var n chan int
	bubble(t, &wires{serve: func(c net.Conn) { sizes(n)(c) }}, func(b *bench) {
		n = make(chan int)
		b.play("@echo off\n> AT+QICFG=\"transpktsize\",100;+QICFG=\"transwaittm\",5\n< OK\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80,0,2\n< CONNECT\n")
		start := time.Now()
		b.play(">> " + strings.Repeat("x", 250) + "\n")
		if a, c, d := <-n, <-n, <-n; a != 100 || c != 100 || d != 50 || time.Since(start) != 500*time.Millisecond {
			t.Errorf("packets of %d, %d, %d bytes, the last after %v", a, c, d, time.Since(start))
		}
		b.play("@wait 1s\n>> +++\n< OK\n@echo off\n> AT+QICFG=\"transwaittm\",0\n< OK\n> ATO\n< CONNECT\n")
		start = time.Now()
		b.play(">> now\n")
		if k := <-n; k != 3 || time.Since(start) > settle {
			t.Errorf("%d bytes after %v", k, time.Since(start))
		}
	})
}

// TestSendBufferSize: send/buffersize bounds what is taken.
func TestSendBufferSize(t *testing.T) {
	bubble(t, &wires{serve: unread}, func(b *bench) {
		b.play("@echo off\n> AT+QICFG=\"send/buffersize\",1500;+QICFG=\"sendinfo\",1\n< OK\n" + tcpOpened +
			"> AT+QISEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n< +QISEND: 4,0,40\n< OK\n" +
			"> AT+QISENDEX=4,\"" + strings.Repeat("61", 41) + "\"\n< +QISEND: 4,1,40\n< OK\n" +
			"> AT+QISENDEX=4,\"" + strings.Repeat("61", 40) + "\"\n< +QISEND: 4,0,0\n< OK\n" +
			"> AT+QISEND=4,0\n< +QISEND: 1500,0,1500\n< OK\n")
		time.Sleep(2 * time.Minute) // the server ends
	})
}

// slowPeer acknowledges when it is told to.
type slowPeer struct {
	net.Conn
	unacked *atomic.Int64
}

func (p slowPeer) Write(b []byte) (int, error) {
	p.unacked.Add(int64(len(b)))
	return p.Conn.Write(b)
}

func (p slowPeer) Unacked() int { return int(p.unacked.Load()) }

// TestSendMode: with TCP/SendMode 1 SEND OK waits for the peer's acknowledgement,
// and is SEND FAIL when there will be none. AT+QISEND=id,0 tells of it.
func TestSendMode(t *testing.T) {
	var unacked *atomic.Int64
	w := &wires{serve: func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }}
	w.wrap = func(c net.Conn) net.Conn { return slowPeer{c, unacked} }
	bubble(t, w, func(b *bench) {
		unacked = new(atomic.Int64)
		b.play("@echo off\n" + tcpOpened + tcpHello + "< SEND OK\n> AT+QISEND=4,0\n< +QISEND: 5,0,5\n< OK\n")
		unacked.Store(2)
		b.play("@echo off\n> AT+QISEND=4,0\n< +QISEND: 5,3,2\n< OK\n> AT+QICFG=\"TCP/SendMode\",1\n< OK\n")
		time.AfterFunc(3*time.Second, func() { unacked.Store(0) })
		b.lasts(3*time.Second, tcpHello+"< SEND OK\n")
		time.AfterFunc(3*time.Second, func() { unacked.Store(0) })
		b.lasts(3*time.Second, "> AT+QISENDEX=4,\"61\"\n< SEND OK\n")
		// A peer that is silent for too long has not got it.
		b.lasts(2*time.Minute, tcpHello+"< SEND FAIL\n")
		b.play("@echo off\n> AT+QIGETERROR\n< +QIGETERROR: 558,socket write failed\n< OK\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n")
		b.play("@echo off\n" + tcpHello + "@quiet 1m\n")
		b.pull(func(l emulator.Levers) {
			if err := l.DeactivatePDP(1); err != nil {
				t.Error(err)
			}
		})
		b.play("@echo off\n< SEND FAIL\n< +QIURC: \"pdpdeact\",1\n< +QIURC: \"closed\",4\n")
	})
}

// TestKeepAlive: tcp/keepalive goes with the next open.
func TestKeepAlive(t *testing.T) {
	w := &wires{}
	bubble(t, w, func(b *bench) {
		b.play("@echo off\n" + tcpOpened + "> AT+QICFG=\"tcp/keepalive\",1,600,25,5\n< OK\n> AT+QICLOSE=4,0\n< OK\n" + tcpOpened +
			"> AT+QIOPEN=1,5,\"UDP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 5,0\n")
		var got []net.KeepAliveConfig
		for _, d := range w.dials {
			got = append(got, d.KeepAlive)
		}
		on := net.KeepAliveConfig{Enable: true, Idle: 600 * time.Second, Interval: 25 * time.Second, Count: 5}
		if want := []net.KeepAliveConfig{{}, on, on}; !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if w.dials[1].UDP || !w.dials[2].UDP {
			t.Errorf("%+v", w.dials)
		}
	})
}

// TestSocketCloseTimeout: as with SSL clients a peer that does not close is waited
// for, 10 s or as long as the command says; with close/mode 1 the command is not.
func TestSocketCloseTimeout(t *testing.T) {
	bubble(t, &wires{serve: unread}, func(b *bench) {
		for args, want := range map[string]time.Duration{"": 10 * time.Second, ",3": 3 * time.Second, ",0": 0} {
			b.play("@echo off\n" + tcpOpened)
			start := time.Now()
			b.play("@echo off\n> AT+QICLOSE=4" + args + "\n< OK\n")
			if d := time.Since(start) - settle; d != want {
				t.Errorf("AT+QICLOSE=4%s: %v, want %v", args, d, want)
			}
		}
		b.play("@echo off\n" + tcpOpened + "> AT+QICFG=\"close/mode\",1\n< OK\n")
		b.lasts(0, "> AT+QICLOSE=4,3\n< OK\n")
		b.play("@echo off\n> AT+QISTATE\n< +QISTATE: 4,\"TCP\",\"192.0.2.1\",80,{port},4,1,4,0,\"usbmodem\"\n< OK\n" + tcpFails(563))
		b.play("< +QIURC: \"closed\",4\n@echo off\n> AT+QISTATE\n< OK\n")
		time.Sleep(2 * time.Minute) // the servers end
	})
}

// TestSocketsOfTwoPorts: one port in transparent mode keeps the other out of it
// (574), and commands on the other go on; what it sends on the same socket goes
// in between.
func TestSocketsOfTwoPorts(t *testing.T) {
	bubble(t, &wires{}, func(b *bench) {
		b.play("@echo off\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80,0,2\n< CONNECT\n>> one\n<< one\n")
		b.elsewhere(`> AT+QIOPEN=1,5,"TCP","192.0.2.1",80,0,2
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 574,port busy
< OK
> AT+QISTATE
< +QISTATE: 4,"TCP","192.0.2.1",80,{port},2,1,4,2,"usbmodem"
< OK
> AT+QIOPEN=1,5,"TCP","192.0.2.1",80,0,1
< OK
< +QIOPEN: 5,0
> AT+QISENDEX=5,"74776F"
< SEND OK
<< \r\n+QIURC: "recv",5,3\r\ntwo
> AT+QISWTMD=5,2
< ERROR
> AT+QISENDEX=4,"6d6f7265"
< SEND OK
`)
		b.play("<< more\n@wait 1s\n>> +++\n< OK\n")
	})
}

// TestDatagramsWait: no more than 64 datagrams wait for the host, nor 16 KiB of
// them, and none is cut.
func TestDatagramsWait(t *testing.T) {
	for _, size := range []int{1, 1000} {
		var got atomic.Int64
		w := &wires{serve: func(c net.Conn) {
			for range 100 {
				if n, err := c.Write(make([]byte, size)); err != nil || n != size {
					return
				}
				got.Add(1)
			}
		}}
		bubble(t, w, func(b *bench) {
			got.Store(0)
			b.play("@echo off\n> AT+QIOPEN=1,4,\"UDP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 4,0\n< +QIURC: \"recv\",4\n")
			synctest.Wait()
			want := min(64, 16*1024/size)
			if s := b.state(); s.Sockets[0].Unread != want*size {
				t.Errorf("%d bytes wait, want %d", s.Sockets[0].Unread, want*size)
			}
			if n := got.Load(); n != int64(want)+1 { // one is with the receiver
				t.Errorf("%d were taken, want %d", n, want+1)
			}
		})
	}
}

// TestUDPHasNoRefusal: that nobody listens at the other end of a UDP socket is
// not known, and what cannot be sent is lost.
func TestUDPHasNoRefusal(t *testing.T) {
	closed, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	port := closed.LocalAddr().(*net.UDPAddr).Port
	closed.Close()
	b := newBench(t, benchOptions{net: func(network.Network) network.Network { return network.System{} }})
	send := "> AT+QISENDEX=0,\"6162\"\n< SEND OK\n@quiet 50ms\n"
	b.play(setUp + fmt.Sprintf("> AT+QIOPEN=1,0,\"UDP\",\"127.0.0.1\",%d\n< OK\n< +QIOPEN: 0,0\n", port) +
		strings.Repeat(send, 3) + "> AT+QISEND=0,0\n< +QISEND: 6,6,0\n< OK\n")
}
