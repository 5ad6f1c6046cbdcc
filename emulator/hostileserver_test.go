package emulator_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// rogue is a network with one server, which is reached over the machine's
// loopback and does what it likes.
type rogue struct {
	serve atomic.Value // a func(*net.TCPConn)
	taken atomic.Int64 // bytes that the module has read of the last connection
}

func (r *rogue) Resolve(context.Context, network.Query) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (r *rogue) Dial(context.Context, network.Target) (net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	r.taken.Store(0)
	go func() {
		defer conn.Close()
		r.serve.Load().(func(*net.TCPConn))(conn.(*net.TCPConn))
	}()
	return counted{client.(*net.TCPConn), &r.taken}, nil
}

// counted counts what is read.
type counted struct {
	*net.TCPConn
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// upTo is a server's connection that is in order for so many records.
type upTo struct {
	*net.TCPConn
	records int
	sent    int   // records
	bytes   int64 // that they are
	then    func(*net.TCPConn)
}

// Write gets whole records of a tls.Conn.
func (u *upTo) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; u.sent++ {
		if u.sent == u.records {
			u.then(u.TCPConn)
			return 0, io.ErrClosedPipe
		}
		n := 5 + int(rest[3])<<8 + int(rest[4])
		if _, err := u.TCPConn.Write(rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
		u.bytes += int64(n)
	}
	return len(p), nil
}

// quickTLS is serverTLS with a curve that costs little.
func quickTLS() *tls.Config {
	config := serverTLS().Clone()
	config.CurvePreferences = []tls.CurveID{tls.CurveP256}
	return config
}

// record is one that is not encrypted.
func record(kind byte, body ...byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

// endless sends a text, and another one until the module closes or has been sent
// more than a Certificate can be long.
func endless(first, then []byte) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		go func() { _, _ = io.Copy(io.Discard, c) }() // or a close would be a reset
		_, err := c.Write(first)
		block := bytes.Repeat(then, 1+4096/len(then))
		for sent := 0; err == nil && sent < 17<<20; sent += len(block) {
			_, err = c.Write(block)
		}
	}
}

// attacks are what a server can do instead of the next record.
var attacks = []struct {
	name string
	do   func(*net.TCPConn)
}{
	{"FIN", func(c *net.TCPConn) { _ = c.CloseWrite() }},
	{"RST", func(c *net.TCPConn) { _ = c.SetLinger(0) }}, // and the server closes
	{"FIN in a record", func(c *net.TCPConn) { _, _ = c.Write(record(22, make([]byte, 50)...)[:20]); _ = c.CloseWrite() }},
	{"close_notify", func(c *net.TCPConn) { _, _ = c.Write(record(21, 1, 0)); _ = c.CloseWrite() }},
	{"garbage", endless(nil, []byte{0xff})},
	{"another protocol", endless(nil, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))},
	{"warnings", endless(nil, record(21, 1, 112))},
	{"HelloRequests", endless(nil, record(22, 0, 0, 0, 0))},
	{"empty messages", endless(nil, record(22))},
	{"empty data", endless(nil, record(23))},
	{"ChangeCipherSpecs", endless(nil, record(20, 1))},
	{"a Certificate of 16 MiB", endless(record(22, 11, 0xff, 0xff, 0xff), record(22, make([]byte, 16000)...))},
	{"a message in pieces", endless(record(22, 11, 0x3f, 0xf0, 0), record(22, 0))},
	{"Certificates in pieces", endless(nil, bytes.Join([][]byte{record(22, 11), record(22, 0, 0), record(22, 3, 0, 0, 0)}, nil))},
	{"a record of 18433 bytes", endless(nil, append([]byte{22, 3, 3, 0x48, 1}, make([]byte, 18433)...))},
	{"a record of 65535 bytes", endless(nil, append([]byte{22, 3, 3, 0xff, 0xff}, make([]byte, 65535)...))},
	{"an alert of three bytes", endless(nil, record(21, 1, 0, 0))},
}

// finishers are SSL contexts with which different code does the handshake, if the
// server's suite is one that both can.
var finishers = []struct {
	name    string
	context int
}{{"utls", 0}, {"own", 1}}

// TestHostileHandshakes: a server is in order up to some record of the handshake
// and hostile then. Each open fails with 566; little has been read; and the
// module answers AT.
func TestHostileHandshakes(t *testing.T) {
	n := &rogue{}
	b := newQuietBench(t, false, emulator.Options{Network: n})
	h := newHost(t, b.dev)
	h.ask("ATE0+QIACT=1")
	h.ask(`AT+QSSLCFG="session_cache",1,1`)

	open := func(context int) string {
		h.ask(fmt.Sprintf(`AT+QSSLOPEN=1,%d,4,"rogue.example",443,0`, context))
		return h.take(openURC)
	}
	for _, f := range finishers {
		sent := make(chan int, 1)
		n.serve.Store(func(c *net.TCPConn) {
			wire := &upTo{TCPConn: c, records: -1}
			_ = tls.Server(wire, quickTLS()).Handshake() // the URC tells
			sent <- wire.sent
			_, _ = io.Copy(io.Discard, c)
		})
		if got := open(f.context); !strings.HasSuffix(got, ": 4,0\r\n") {
			t.Fatalf("%s: without an attack: %q", f.name, got)
		}
		h.ask("AT+QSSLCLOSE=4")
		good := <-sent // records of a handshake
		if good < 6 {
			t.Fatalf("a handshake of %d records", good)
		}
		before := takeFootprint(t)
		for at := range good {
			for _, attack := range attacks {
				n.serve.Store(func(c *net.TCPConn) {
					_ = tls.Server(&upTo{TCPConn: c, records: at, then: attack.do}, quickTLS()).Handshake() // it does not get far
				})
				if got := open(f.context); got != "\r\n+QSSLOPEN: 4,566\r\n" {
					t.Errorf("%s, %d records, then %s: %q", f.name, at, attack.name, got)
				}
				if taken := n.taken.Load(); taken > 128<<10 {
					t.Errorf("%s, %d records, then %s: %d bytes were read", f.name, at, attack.name, taken)
				}
				if got := h.ask("AT"); got != "\r\nOK\r\n" {
					t.Errorf("%s, %d records, then %s: AT is answered with %q", f.name, at, attack.name, got)
				}
			}
		}
		before.back(t, hostGrowth)
	}
}

// TestHostileConnections: the same on a connection that stands. The host gets
// what came before, is told of the close, and has a module that answers AT.
func TestHostileConnections(t *testing.T) {
	n := &rogue{}
	b := newQuietBench(t, false, emulator.Options{Network: n})
	b.play("> ATE0\n< OK\n@echo off\n> AT+QIACT=1\n< OK\n> AT+QSSLCFG=\"session_cache\",1,1\n< OK\n")
	for _, f := range finishers {
		before := takeFootprint(t)
		for mode, script := range []string{
			"> AT+QSSLOPEN=1,%d,4,\"a.example\",443,0\n< OK\n< +QSSLOPEN: 4,0\n< +QSSLURC: \"recv\",4\n< +QSSLURC: \"closed\",4\n" +
				"> AT+QSSLRECV=4,100\n< +QSSLRECV: 4\n<< last\\r\\n\n< OK\n> AT+QSSLRECV=4,100\n< ERROR\n> AT+QIGETERROR\n< +QIGETERROR: 567,socket has been closed\n< OK\n",
			"> AT+QSSLOPEN=1,%d,4,\"a.example\",443,1\n< OK\n< +QSSLOPEN: 4,0\n<< \\r\\n+QSSLURC: \"recv\",4,4\\r\\nlast\n< +QSSLURC: \"closed\",4\n",
			"> AT+QSSLOPEN=1,%d,4,\"a.example\",443,2\n< CONNECT\n<< last\n< NO CARRIER\n",
		} {
			if mode > 0 && f.context > 0 {
				continue // how data is shown has nothing to do with who did the handshake
			}
			for _, attack := range attacks {
				t.Run(fmt.Sprintf("%s/mode %d/%s", f.name, mode, attack.name), func(t *testing.T) {
					n.serve.Store(func(c *net.TCPConn) {
						wire := &upTo{TCPConn: c, records: -1}
						if _, err := io.WriteString(tls.Server(wire, quickTLS()), "last"); err != nil {
							return
						}
						// A reset takes along what has not been read.
						for n.taken.Load() < wire.bytes {
							time.Sleep(time.Millisecond)
						}
						attack.do(c)
					})
					b.t = t
					b.play("@echo off\n" + fmt.Sprintf(script, f.context) + "> AT+QSSLCLOSE=4\n< OK\n> AT\n< OK\n")
					if taken := n.taken.Load(); taken > 128<<10 {
						t.Errorf("%d bytes were read", taken)
					}
				})
			}
		}
		b.t = t
		before.back(t, hostGrowth)
	}
}

// byteASecond sends like that.
type byteASecond struct{ net.Conn }

func (s byteASecond) Write(p []byte) (int, error) {
	for i := range p {
		time.Sleep(time.Second)
		if _, err := s.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// TestByteASecond: a server sends a byte each second, of a good handshake or of
// something without an end. The open ends with 569 when negotiatetime is over,
// and not a moment later.
func TestByteASecond(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"a good handshake": func(c net.Conn) { _ = tls.Server(byteASecond{c}, serverTLS()).Handshake() },
		"one record": func(c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			_, _ = byteASecond{c}.Write(record(22, make([]byte, 16384)...))
		},
		"warnings": func(c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			_, _ = byteASecond{c}.Write(bytes.Repeat(record(21, 1, 112), 100))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, &wires{serve: serve}, func(b *bench) {
				b.lasts(10*time.Second, "> AT+QSSLCFG=\"negotiatetime\",0,10\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",444,0\n< OK\n< +QSSLOPEN: 4,569\n")
				b.lasts(10*time.Second, "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",444,2\n< ERROR\n> AT+QIGETERROR\n< +QIGETERROR: 569,operation timeout\n< OK\n")
				b.lasts(60*time.Second, "> AT+QSSLCFG=\"negotiatetime\",0,60\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",444,1\n< OK\n< +QSSLOPEN: 4,569\n> AT\n< OK\n")
				time.Sleep(2 * time.Second) // until the servers notice, too
			})
		})
	}
}
