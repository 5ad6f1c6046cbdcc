package emulator_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// pushers is a network in memory with servers that all speak once they may: TLS
// at port 443, TCP anywhere else.
type pushers struct {
	pipes
	may  chan struct{}
	data []byte
	sent atomic.Int64
}

func newPushers(bytes int) *pushers {
	p := &pushers{data: numbered(bytes)}
	p.pipes.serve = func(c *tls.Conn) { p.push(c) }
	return p
}

func (p *pushers) push(c io.ReadWriter) {
	<-p.may
	for left := p.data; len(left) > 0; {
		n, err := c.Write(left[:min(len(left), 4000)])
		if p.sent.Add(int64(n)); err != nil {
			return
		}
		left = left[n:]
	}
	_, _ = io.Copy(io.Discard, c) // until the modem closes
}

func (p *pushers) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	if t.Addr.Port() == 443 {
		return p.pipes.Dial(ctx, t)
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		p.push(server)
	}()
	return client, nil
}

func (p *pushers) Resolve(context.Context, network.Query) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

// TestTwelvePushers: twelve servers, half of them behind TLS, push to a host that
// does not read. Little is taken from them; another port is served, and the
// module's time goes on; and when the host reads again it gets all of each
// connection, in order.
func TestTwelvePushers(t *testing.T) {
	const each, clients = 256 << 10, 12
	n := newPushers(each)
	bubble(t, n, func(b *bench) {
		n.may = make(chan struct{})
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			b.t.Fatal(err)
		}
		other := newHost(b.t, dev)
		other.ask("ATE0")
		before := takeFootprint(b.t)
		for id := range clients {
			if id%2 == 0 {
				b.play(fmt.Sprintf("@echo off\n> AT+QSSLOPEN=1,0,%d,\"a.example\",443,1\n< OK\n< +QSSLOPEN: %[1]d,0\n", id))
			} else {
				b.play(fmt.Sprintf("@echo off\n> AT+QIOPEN=1,%d,\"TCP\",\"a.example\",80,0,1\n< OK\n< +QIOPEN: %[1]d,0\n", id))
			}
		}
		close(n.may)
		synctest.Wait()
		// A client has 16 KiB of its own, a chunk that it has read, and TLS at both
		// ends; a server has written what fits into that.
		before.within(b.t, clients*192<<10, "nobody reads")
		if taken := n.sent.Load(); taken < clients*16<<10 || taken > clients*40<<10 {
			b.t.Errorf("%d bytes were taken from the servers", taken)
		}
		out, in, rx, _, err := b.modem.Backlog()
		if err != nil || out > 16<<10+1600 || in > 0 || rx > clients*16<<10 {
			b.t.Errorf("waiting: %d for the host, %d of it, %d received, %v", out, in, rx, err)
		}

		if got := other.ask("AT"); got != "\r\nOK\r\n" {
			b.t.Errorf("AT on another port: %q", got)
		}
		start := time.Now()
		other.ask(`AT+QFUPL="x",100,10`)
		if got := other.take(final); got != "\r\n+QFUPL: 0,0\r\n\r\n+CME ERROR: 421\r\n" || time.Since(start) != 10*time.Second {
			b.t.Errorf("an upload without data: %q after %v", got, time.Since(start))
		}
		other.ask("ATD*99#")
		time.Sleep(80 * time.Second) // more than a host here has patience for
		if got := other.take(final); got != "\r\nNO CARRIER\r\n" || time.Since(start) != 100*time.Second {
			b.t.Errorf("a data call: %q after %v", got, time.Since(start))
		}

		h := &loadHost{
			t: b.t, dev: b.dev, answer: make(chan string, 1), errs: make(chan error, 1),
			readable: make(chan int, clients*each/100),
		}
		ended := make(chan struct{})
		go func() { defer close(ended); h.run(nil) }()
		synctest.Wait() // until it has all that comes
		h.send([]byte("AT\r"))
		if got := h.next(); got != "OK" {
			b.t.Errorf("AT: %q", got)
		}
		if err := b.dev.Close(); err != nil {
			b.t.Error(err)
		}
		<-ended
		for id, got := range h.got {
			if !bytes.Equal(got, n.data) {
				b.t.Errorf("client %d: %d bytes came of %d, %d are as they were sent", id, len(got), each, common(got, n.data))
			}
		}
	})
}
