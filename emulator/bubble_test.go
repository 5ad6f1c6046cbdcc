package emulator_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// serverTLS is a TLS server that nobody vouches for, for seclevel 0.
var serverTLS = sync.OnceValue(func() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{DynamicRecordSizingDisabled: true, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
})

// pipes is a network in memory: each connection leads to a TLS server of its
// own. What a server does not read, the modem cannot write: there is no buffer
// between the two.
type pipes struct {
	serve  func(*tls.Conn) // after the handshake; nil: there is none, the server is silent
	refuse bool
	slow   time.Duration // before a connection stands
}

func (p *pipes) Resolve(_ context.Context, _ network.Query) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (p *pipes) Dial(ctx context.Context, _ network.Target) (net.Conn, error) {
	select {
	case <-time.After(p.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.refuse {
		return nil, network.ErrUnreachable
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if p.serve == nil {
			_, _ = io.Copy(io.Discard, server) // until the modem gives up
			return
		}
		conn := tls.Server(server, serverTLS())
		if conn.Handshake() == nil {
			p.serve(conn)
		}
	}()
	return client, nil
}

// Servers behind pipes.
func echoing(c *tls.Conn)    { _, _ = io.Copy(c, c) }
func swallowing(c *tls.Conn) { _, _ = io.Copy(io.Discard, c) }

// chatty speaks unasked a second after it was reached, and closes.
func chatty(c *tls.Conn) {
	time.Sleep(time.Second)
	_, _ = io.WriteString(c, "hello")
	_ = c.Close()
}

// stubborn reads, too, but never closes: not when the modem does, either.
func stubborn(c *tls.Conn) {
	swallowing(c)
	_, _ = io.Copy(io.Discard, c.NetConn())
}

// bubble runs f with a modem in a testing/synctest bubble, where time stands
// still while anything can be done and jumps when nothing can: waits of minutes
// take no time, and last exactly as long as they should.
func bubble(t *testing.T, net network.Network, f func(b *bench)) {
	t.Helper()
	bubbleAt(t, 1, net, f)
}

// bubbleAt is bubble with a modem whose clock runs at a speed.
func bubbleAt(t *testing.T, speed float64, net network.Network, f func(b *bench)) {
	t.Helper()
	serverTLS() // made outside
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, events: &eventLog{}}
		m, err := emulator.New(emulator.Options{Network: net, Events: b.events, Clock: clock.New(speed)})
		if err != nil {
			t.Fatal(err)
		}
		b.modem = m
		defer func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			b.dev.Close()
		}()
		b.openPipe()
		b.timeout = 24 * time.Hour
		b.play("> ATE0\n< OK\n@echo off\n> AT+QISDE=0\n< OK\n> AT+QIACT=1\n< OK\n")
		f(b)
	})
}

// lasts plays a script without echo and checks how long that took.
func (b *bench) lasts(want time.Duration, script string) {
	b.t.Helper()
	start := time.Now()
	b.play("@echo off\n" + script)
	if got := time.Since(start) - settle; got < want || got > want+10*time.Millisecond {
		b.t.Errorf("took %v, want %v:\n%s", got, want, script)
	}
}

// open opens client 4 behind a bubble's network, in a mode.
const (
	openBuffer      = "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,0\n"
	openPush        = "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,1\n< OK\n< +QSSLOPEN: 4,0\n"
	openTransparent = "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n< CONNECT\n"
)

// TestLibraryOnFakeTime is how a program's own test can use a modem: no device,
// no network, no waiting.
func TestLibraryOnFakeTime(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		start := time.Now()
		b.play("@echo off\n" + openBuffer + `> AT+QSSLSEND=4,5
<< \r\n>\x20
>> hello
< SEND OK
< +QSSLURC: "recv",4
> AT+QSSLRECV=4,1500
<< \r\n+QSSLRECV: 5\r\nhello\r\n\r\nOK\r\n
# an upload that lacks a byte ends after its timeout, here the longest there is
> AT+QFUPL="x",2,65535
< CONNECT
>> A
< +QFUPL: 1,4100
< +CME ERROR: 421
`)
		if d := time.Since(start); d < 65535*time.Second {
			t.Errorf("took %v", d)
		}
	})
}

// TestUploadTimeout: the timeout counts from the last byte, 5 s if none is given.
func TestUploadTimeout(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.lasts(5*time.Second, "> AT+QFUPL=\"a\",2\n< CONNECT\n< +QFUPL: 0,0\n< +CME ERROR: 421\n")
		b.lasts(4*time.Second, "> AT+QFUPL=\"b\",3,3\n< CONNECT\n@wait 1s\n>> A\n< +QFUPL: 1,4100\n< +CME ERROR: 421\n")
	})
}

// TestRuling20SpeedLeavesTheHostItsTime: at any --speed an upload waits for the
// host as long as it says, and +++ needs its second.
func TestRuling20SpeedLeavesTheHostItsTime(t *testing.T) {
	// The wall's clock of a bubble is the bubble's.
	t.Run("host", func(t *testing.T) {
		bubbleAt(t, 50, &pipes{serve: swallowing}, func(b *bench) {
			b.lasts(5*time.Second, "> AT+QFUPL=\"a\",2\n< CONNECT\n< +QFUPL: 0,0\n< +CME ERROR: 421\n")
			b.play("@echo off\n" + openTransparent)
			b.lasts(2*time.Second, "@wait 1s\n>> +++\n< OK\n")
		})
	})
	t.Run("module", func(t *testing.T) {
		bubbleAt(t, 50, &pipes{}, func(b *bench) {
			b.lasts(6*time.Second, "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,569\n") // 300 s
		})
	})
}

// TestNegotiateTime: a server that never answers the hello is given up after
// negotiatetime, 300 s if it was not set: 569. One that is not even connected
// to has 150 s (seed 2.2.2): 566.
func TestNegotiateTime(t *testing.T) {
	bubble(t, &pipes{}, func(b *bench) {
		b.lasts(300*time.Second, "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,569\n")
		b.lasts(10*time.Second, "> AT+QSSLCFG=\"negotiatetime\",0,10\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,1\n< OK\n< +QSSLOPEN: 4,569\n")
		b.lasts(10*time.Second, "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n< ERROR\n> AT+QIGETERROR\n< +QIGETERROR: 569,operation timeout\n< OK\n")
	})
	bubble(t, &pipes{slow: time.Hour}, func(b *bench) {
		b.lasts(150*time.Second, "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,566\n> AT+QSSLSTATE\n< OK\n")
	})
	bubble(t, &pipes{slow: 149 * time.Second, serve: echoing}, func(b *bench) {
		b.lasts(149*time.Second, openBuffer+"> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.1\",443,{port},2,1,4,0,\"usbmodem\",0\n< OK\n")
	})
}

// TestRuling04CloseWhileOpening: an AT+QSSLCLOSE cancels the open, and no URC
// comes of it.
func TestRuling04CloseWhileOpening(t *testing.T) {
	for name, net := range map[string]*pipes{"connecting": {slow: time.Hour}, "negotiating": {}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, net, func(b *bench) {
				b.lasts(400*time.Second, `> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,0
< OK
> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.1",443,{port},1,1,4,0,"usbmodem",0
< OK
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,0
< OK
< +QSSLOPEN: 4,563
> AT+QSSLRECV=4,10
< ERROR
> AT+QSSLSEND=4
< ERROR
> AT+QISWTMD=4,2
< ERROR
> AT+QSSLCLOSE=4
< OK
> AT+QSSLSTATE
< OK
> AT+QSSLCLOSE=4
< OK
@quiet 400s
`)
			})
		})
	}
}

// TestRuling11CloseTimeout: a server that does not close is waited for: 10 s, or
// as long as the command says; in milliseconds with closetimemode 1, 10 then as
// well. With 0 nothing is waited for.
func TestRuling11CloseTimeout(t *testing.T) {
	bubble(t, &pipes{serve: stubborn}, func(b *bench) {
		for _, c := range []struct {
			mode string
			args string
			want time.Duration
		}{
			{"0", "", 10 * time.Second},
			{"0", ",3", 3 * time.Second},
			{"0", ",65535", 65535 * time.Second},
			{"0", ",0", 0},
			{"1", "", 10 * time.Millisecond},
			{"1", ",3000", 3 * time.Second},
			{"1", ",0", 0},
		} {
			b.play("@echo off\n> AT+QSSLCFG=\"closetimemode\",0," + c.mode + "\n< OK\n" + openBuffer)
			start := time.Now()
			b.play("@echo off\n> AT+QSSLCLOSE=4" + c.args + "\n< OK\n")
			if d := time.Since(start) - settle; d != c.want {
				t.Errorf("closetimemode %s, AT+QSSLCLOSE=4%s: %v, want %v", c.mode, c.args, d, c.want)
			}
		}
	})
	// One that closes in its turn is not waited for any longer.
	bubble(t, &pipes{serve: swallowing}, func(b *bench) {
		b.lasts(0, openBuffer+"> AT+QSSLCLOSE=4\n< OK\n> AT+QSSLSTATE\n< OK\n")
	})
}

// TestCloseSendsWhatWasTaken: SEND OK is a promise that AT+QSSLCLOSE keeps.
func TestCloseSendsWhatWasTaken(t *testing.T) {
	var got bytes.Buffer
	slow := func(c *tls.Conn) {
		time.Sleep(5 * time.Second)
		_, _ = io.Copy(&got, c)
	}
	bubble(t, &pipes{serve: slow}, func(b *bench) {
		script := openBuffer
		for range 7 {
			script += "> AT+QSSLSEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n< SEND OK\n"
		}
		b.lasts(5*time.Second, script+"> AT+QSSLCLOSE=4\n< OK\n")
		synctest.Wait()
		if got.Len() != 7*1460 {
			t.Errorf("%d bytes arrived", got.Len())
		}
	})
}

// TestRuling08SendBuffer: seven times 1460 bytes find room where the server does
// not read, and one more is SEND FAIL, 558. When it reads, there is room again.
func TestRuling08SendBuffer(t *testing.T) {
	var read chan struct{}
	bubble(t, &pipes{serve: func(c *tls.Conn) {
		<-read
		swallowing(c)
	}}, func(b *bench) {
		read = make(chan struct{})
		send := "> AT+QSSLSEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n"
		b.play("@echo off\n" + openBuffer + strings.Repeat(send+"< SEND OK\n", 7) + send + `< SEND FAIL
> AT+QIGETERROR
< +QIGETERROR: 558,socket write failed
< OK
# 20 bytes are left
> AT+QSSLSEND=4,20
<< \r\n>\x20
>> 12345678901234567890
< SEND OK
`)
		close(read)
		synctest.Wait()
		b.play("@echo off\n" + send + "< SEND OK\n> AT+QIGETERROR\n< +QIGETERROR: 0,operate successfully\n< OK\n")
	})
}

// TestRuling24HalfTyped: a half-typed line holds back URCs for 5 s after its last
// byte, its end lets them out at once.
func TestRuling24HalfTyped(t *testing.T) {
	bubble(t, &pipes{slow: time.Second, serve: echoing}, func(b *bench) {
		b.lasts(7*time.Second, "> AT+QSSLOPEN=1,0,1,\"192.0.2.1\",443,0\n< OK\n>> AT+C\n@wait 2s\n>> S\n< +QSSLOPEN: 1,0\n>> Q\\r\n< +CSQ: 24,99\n< OK\n")
		b.lasts(3*time.Second, "> AT+QSSLOPEN=1,0,2,\"192.0.2.1\",443,0\n< OK\n>> AT+CSQ\n@wait 3s\n>> \\r\n< +CSQ: 24,99\n< OK\n< +QSSLOPEN: 2,0\n")
	})
}

// TestEscapeRules are the three rules of seed 1.4 to the millisecond: a second
// of silence, three pluses within a second and nothing else, a second of
// silence. Any other plus is data.
func TestEscapeRules(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n" + openTransparent)
		b.play(`
# too early after data
>> data
<< data
@wait 700ms
>> +++
<< +++
# something behind it
@wait 1s
>> +++
@wait 900ms
>> x
<< +++x
# four
@wait 1s
>> ++++
<< ++++
# too slow
@wait 1s
>> +
@wait 600ms
>> +
@wait 600ms
>> +
<< +++
# only two
@wait 1s
>> ++
<< ++
`)
		b.lasts(2500*time.Millisecond, "@wait 1s\n>> +\n@wait 300ms\n>> +\n@wait 200ms\n>> +\n< OK\n")
		b.lasts(0, "> ATO\n< CONNECT\n")
		b.lasts(2*time.Second, "@wait 1s\n>> +++\n< OK\n")
	})
}

// TestPackets: what the host sends in transparent mode goes out 200 ms after its
// last byte, or when 1024 bytes are together.
func TestPackets(t *testing.T) {
	var sizes chan int
	bubble(t, &pipes{serve: func(c *tls.Conn) {
		buf := make([]byte, 16<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			sizes <- n
		}
	}}, func(b *bench) {
		sizes = make(chan int)
		b.play("@echo off\n" + openTransparent)
		start := time.Now()
		b.play(">> one\n@wait 150ms\n>> two\n@wait 150ms\n>> three\n")
		if n := <-sizes; n != len("onetwothree") || time.Since(start) != 500*time.Millisecond {
			t.Errorf("%d bytes after %v", n, time.Since(start))
		}
		start = time.Now()
		b.play(">> " + strings.Repeat("x", 2500) + "\n")
		if a, c, d := <-sizes, <-sizes, <-sizes; a != 1024 || c != 1024 || d != 452 {
			t.Errorf("packets of %d, %d, %d bytes", a, c, d)
		}
		if d := time.Since(start); d != 200*time.Millisecond {
			t.Errorf("the last one came after %v", d)
		}
	})
}
