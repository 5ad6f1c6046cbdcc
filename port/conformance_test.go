package port

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestSession(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		for range 3 {
			if _, err := m.port.TryWrite([]byte("RDY")); !errors.Is(err, ErrNoHost) {
				t.Errorf("TryWrite without host: %v, want ErrNoHost (ruling 28)", err)
			}
			if err := m.port.WaitWritable(); !errors.Is(err, ErrNoHost) {
				t.Errorf("WaitWritable without host: %v, want ErrNoHost", err)
			}
			host := d.host(t, m.port)
			m.want(HostOpen)
			mustSend(t, host, "AT\r\n\x00\x03\x04\x11\x13\x1a\x1c\x7f\xff")
			m.wantData("AT\r\n\x00\x03\x04\x11\x13\x1a\x1c\x7f\xff")
			if n, err := m.port.TryWrite([]byte("\r\nOK\r\n\x00\x04\xff")); n != 9 || err != nil {
				t.Errorf("TryWrite: %d, %v", n, err)
			}
			if err := m.port.WaitWritable(); err != nil {
				t.Errorf("WaitWritable with room: %v", err)
			}
			wantRead(t, host, "\r\nOK\r\n\x00\x04\xff")
			mustClose(t, host)
			m.want(HostClose)
		}
	})
}

// Bytes in both directions at once arrive once and in order, and the host's
// last ones before its close.
func TestOrder(t *testing.T) {
	const size = 256 << 10
	up, down := randomText(size), randomText(size)
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		host := d.host(t, m.port)
		m.want(HostOpen)
		sent := make(chan error, 2)
		received := make(chan struct{})
		go func() { sent <- send(m.port, down) }()
		go func() {
			var err error
			for rest := up; len(rest) > 0 && err == nil; {
				n := min(1+rand.IntN(3000), len(rest))
				_, err = io.WriteString(host, rest[:n])
				rest = rest[n:]
			}
			<-received
			sent <- errors.Join(err, host.Close())
		}()
		go func() {
			defer close(received)
			wantReadAll(t, host, down)
		}()
		m.wantData(up)
		m.want(HostClose)
		for range 2 {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
	})
}

// wantReadAll is wantRead for a goroutine that is not the test's.
func wantReadAll(t *testing.T, host io.Reader, text string) {
	buf := make([]byte, len(text))
	if n, err := io.ReadFull(host, buf); err != nil || string(buf) != text {
		t.Errorf("host read %d bytes, equal %v: %v", n, string(buf) == text, err)
	}
}

func randomText(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// A host that came and went before anyone looked is reported whole.
func TestVisitBetweenLooks(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		p := d.open(t)
		host := d.host(t, p)
		mustSend(t, host, "ATE0\r")
		mustClose(t, host)
		m := startModem(t, p)
		m.want(HostOpen)
		m.wantData("ATE0\r")
		m.want(HostClose)
	})
}

func TestVisitWithoutByte(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		if d.missesVisits {
			t.Skip("a visit shorter than a look")
		}
		p := d.open(t)
		mustClose(t, d.host(t, p))
		m := startModem(t, p)
		m.want(HostOpen)
		m.want(HostClose)

		// And it is reported once: the next event is the next host's.
		host := d.host(t, p)
		m.want(HostOpen)
		mustSend(t, host, "x")
		m.wantData("x")
		mustClose(t, host)
		m.want(HostClose)
	})
}

// A host that does not read is written to no further, and gets everything in
// the end.
func TestSlowReader(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		host := d.host(t, m.port)
		m.want(HostOpen)
		for range 3 {
			taken := fill(t, m.port)
			rest := randomText(100_000)
			done := make(chan error, 1)
			go func() { done <- send(m.port, rest) }()
			wantRead(t, host, taken+rest)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		mustClose(t, host)
		m.want(HostClose)
	})
}

// What a host left unread is never read by the next one.
func TestNoReplay(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		for range 20 {
			host := d.host(t, m.port)
			m.want(HostOpen)
			fill(t, m.port)
			mustClose(t, host)
			m.want(HostClose)
			if n, err := m.port.TryWrite([]byte("late")); n != 0 || !errors.Is(err, ErrNoHost) {
				t.Fatalf("TryWrite after HostClose: %d, %v", n, err)
			}
			host = d.host(t, m.port)
			m.want(HostOpen)
			if err := send(m.port, "new"); err != nil {
				t.Fatal(err)
			}
			wantRead(t, host, "new")
			mustClose(t, host)
			m.want(HostClose)
		}
	})
}

// tooMuch fits into no host's buffers, so that sending it waits. One
// WaitWritable after a short TryWrite may not: a PTY passes bytes on late.
var tooMuch = strings.Repeat("0123456789abcdef", 1<<20)

// A wait for room ends when the host goes, also when Next is not being called,
// as when a modem that cannot write stops reading too.
func TestHostGoesWhileFull(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		p := d.open(t)
		t.Cleanup(func() { mustClose(t, p) })
		host := d.host(t, p)
		wantNext(t, p, HostOpen)
		for range 5 {
			fill(t, p)
			sent := make(chan error, 1)
			go func() { sent <- send(p, tooMuch) }()
			mustClose(t, host)
			if err := within(t, "send", func() error { return <-sent }); !errors.Is(err, ErrNoHost) {
				t.Fatalf("send: %v, want ErrNoHost", err)
			}
			wantNext(t, p, HostClose)
			host = d.host(t, p)
			wantNext(t, p, HostOpen)
		}
		mustClose(t, host)
	})
}

// A host may go and another come while the modem waits for room: the wait ends,
// though the new host reads nothing either.
func TestHostsChangeWhileFull(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		for range 50 {
			host := d.host(t, m.port)
			m.want(HostOpen)
			fill(t, m.port)
			waited := make(chan error, 1)
			go func() { waited <- m.port.WaitWritable() }()
			mustClose(t, host)
			m.want(HostClose)
			host = d.host(t, m.port)
			err := within(t, "WaitWritable", func() error { return <-waited })
			if err != nil && !errors.Is(err, ErrNoHost) {
				t.Fatalf("WaitWritable: %v", err)
			}
			m.want(HostOpen)
			mustClose(t, host)
			m.want(HostClose)
		}
	})
}

func wantNext(t *testing.T, p Port, want Event) {
	t.Helper()
	h := within(t, "Next", func() happening {
		buf := make([]byte, 64)
		n, ev, err := p.Next(buf)
		return happening{ev, string(buf[:n]), err}
	})
	if h.ev != want || h.err != nil {
		t.Fatalf("Next: %v, want %v", h, want)
	}
}

func TestCloseInterrupts(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		t.Run("without host", func(t *testing.T) {
			p := d.open(t)
			next := make(chan error, 1)
			go func() { _, _, err := p.Next(make([]byte, 1)); next <- err }()
			wantClosed(t, p, next)
		})
		t.Run("with host", func(t *testing.T) {
			p := d.open(t)
			host := d.host(t, p)
			defer host.Close()
			wantNext(t, p, HostOpen)
			fill(t, p)
			ended := make(chan error, 2)
			go func() { _, _, err := p.Next(make([]byte, 1)); ended <- err }()
			go func() { ended <- send(p, tooMuch) }()
			wantClosed(t, p, ended)
		})
	})
}

// wantClosed closes the port: all that is going on, and all that comes after,
// must end with net.ErrClosed.
func wantClosed(t *testing.T, p Port, ended chan error) {
	t.Helper()
	for range 2 {
		mustClose(t, p)
	}
	for range cap(ended) {
		if err := within(t, "end", func() error { return <-ended }); !errors.Is(err, net.ErrClosed) {
			t.Errorf("ended with %v, want net.ErrClosed", err)
		}
	}
	_, err := p.TryWrite([]byte("x"))
	_, _, nextErr := p.Next(make([]byte, 1))
	for _, err := range []error{err, nextErr, p.WaitWritable()} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v, want net.ErrClosed", err)
		}
	}
}

func TestEmptyBuffer(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		p := d.open(t)
		defer mustClose(t, p)
		if _, _, err := p.Next(nil); err == nil {
			t.Error("Next took a buffer that can hold nothing")
		}
	})
}

// A host opens and closes a thousand times; nothing stays behind.
func TestThousandHosts(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		visit := func() {
			host := d.host(t, m.port)
			m.want(HostOpen)
			mustSend(t, host, "AT\r")
			m.wantData("AT\r")
			if err := send(m.port, "OK"); err != nil {
				t.Fatal(err)
			}
			mustClose(t, host)
			m.want(HostClose)
		}
		visit()
		files, routines := descriptors(t), runtime.NumGoroutine()
		visits := 1000
		if d.missesVisits {
			visits = 20 // each one waits for a look
		}
		for range visits {
			visit()
		}
		wantBack(t, "descriptors", files, func() int { return descriptors(t) })
		wantBack(t, "goroutines", routines, runtime.NumGoroutine)
	})
}

// wantBack waits for a count to be back at its base: the last close may still
// be under way.
func wantBack(t *testing.T, what string, base int, count func() int) {
	t.Helper()
	now := count()
	for end := time.Now().Add(patience); now > base && time.Now().Before(end); now = count() {
		runtime.Gosched()
	}
	if now > base {
		t.Errorf("%d %s, %d before", now, what, base)
	}
}

// Hosts come and go faster than anyone looks: no byte is lost, and opens and
// closes alternate to the end.
func TestStorm(t *testing.T) {
	const hosts = 300
	eachDevice(t, func(t *testing.T, d device) {
		m := startModem(t, d.open(t))
		got := make(chan string, 1)
		go func() { got <- stormed(t, m.events, hosts) }()
		want := ""
		for i := range hosts {
			letter := string(rune('a' + i%26))
			want += letter
			host := d.host(t, m.port)
			mustSend(t, host, letter)
			mustClose(t, host)
		}
		if got := within(t, "all bytes and the last close", func() string { return <-got }); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// stormed collects the data of sessions until so many bytes have come and the
// last host has gone.
func stormed(t *testing.T, events <-chan happening, bytes int) (got string) {
	here := false
	for len(got) < bytes || here {
		h := <-events
		switch {
		case h.err != nil:
			return got
		case h.ev == Data && here:
			got += h.data
		case h.ev == HostOpen && !here, h.ev == HostClose && here:
			here = !here
		default:
			t.Errorf("%v while a host there is %v", h, here)
		}
	}
	return got
}
