package emulator_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// torrent is n bytes that a host writes without reading; less where they would
// take long.
func torrent(n int) int {
	if raceDetector || testing.Short() {
		return min(n, 1<<20)
	}
	return n
}

// hostGrowth is how much more of the heap such a host may cost, in bytes. The
// bounds of a port and a line (emulator/port.go, atengine/line.go) are a few
// dozen KiB together; the rest is what TLS makes when it is first used, and the
// test's own.
const hostGrowth = 1 << 20

// overPipeAndPTY runs a test with a pipe and with a real PTY.
func overPipeAndPTY(t *testing.T, test func(t *testing.T, pty bool)) {
	for _, pty := range []bool{false, true} {
		t.Run(fmt.Sprintf("pty=%v", pty), func(t *testing.T) { test(t, pty) })
	}
}

// pour writes n bytes, a text over and over, and reads nothing.
func pour(t *testing.T, dev io.Writer, text string, n int) {
	t.Helper()
	block := bytes.Repeat([]byte(text), 1+64<<10/len(text))
	for left := n; left > 0; {
		k, err := dev.Write(block[:min(left, len(block))])
		if err != nil {
			t.Fatalf("after %d bytes of %d: %v", n-left, n, err)
		}
		left -= k
	}
}

// TestTorrent: a host writes 100 MiB and reads nothing. Where the module has
// nothing to say to it all of it is taken, next to nothing is kept, and what
// comes behind it is answered.
func TestTorrent(t *testing.T) {
	for _, c := range []struct {
		name         string
		bytes        int
		before, text string
		after        string
	}{
		{"a line without end", 100 << 20, "", "AT+QSSLSEND", ">> \\r\n< ERROR\n"},
		{"lines that are no commands", 16 << 20, "", "\x00hello\xff,\r\n", ">> \\r\n"},
		{"control characters", 16 << 20, "", "\x00\x01\x08\x7f\n", ""},
		{
			"ruling 7: a prompt", 16 << 20,
			"> AT+QIACT=1\n< OK\n" + openBuffer + "> AT+QSSLSEND=4\n<< \\r\\n>\\x20\n", "0123456789",
			">> \\x1a\n< SEND OK\n> AT+QSSLCLOSE=4\n< OK\n",
		},
		{
			"an upload, and behind it", 16 << 20, "> AT+QFUPL=\"x\",60000\n< CONNECT\n", "0123456789",
			"< +QFUPL: 60000,0\n< OK\n>> \\r\n> AT+QFLST=\"x\"\n< +QFLST: \"UFS:x\",60000\n< OK\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			overPipeAndPTY(t, func(t *testing.T, pty bool) {
				serverTLS()
				b := newQuietBench(t, pty, emulator.Options{Network: &pipes{serve: swallowing}})
				b.play("> ATE0\n< OK\n@echo off\n> AT+QISDE=0\n< OK\n")
				before := takeFootprint(t)
				b.play("@echo off\n" + c.before)
				pour(t, b.dev, c.text, torrent(c.bytes))
				before.within(t, hostGrowth, "after the torrent")
				b.play("@echo off\n" + c.after + "> AT\n< OK\n")
				before.back(t, hostGrowth)
			})
		})
	}
}

// TestTorrentThrough: the same in transparent mode, to a server that takes it.
func TestTorrentThrough(t *testing.T) {
	size := torrent(100 << 20)
	overPipeAndPTY(t, func(t *testing.T, pty bool) {
		var arrived atomic.Int64
		b := newQuietBench(t, pty, emulator.Options{Network: &pipes{serve: func(c *tls.Conn) {
			buf := make([]byte, 16<<10)
			for {
				n, err := c.Read(buf)
				if arrived.Add(int64(n)); err != nil {
					return
				}
			}
		}}})
		b.play("> ATE0\n< OK\n@echo off\n> AT+QIACT=1\n< OK\n> ATS12=10\n< OK\n" + openTransparent)
		before := takeFootprint(t)
		pour(t, b.dev, "0123456789abcdef", size)
		before.within(t, hostGrowth, "after the torrent")
		for end := time.Now().Add(patience); arrived.Load() < int64(size); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d bytes arrived of %d", arrived.Load(), size)
			}
		}
		b.play("@echo off\n@wait 300ms\n>> +++\n< OK\n> AT\n< OK\n> AT+QSSLCLOSE=4\n< OK\n")
		if n := arrived.Load(); n != int64(size) {
			t.Errorf("%d bytes arrived of %d", n, size)
		}
	})
}

// TestPushedBack: a host writes to an echo and does not read. It is pushed back
// and nothing is lost: once it reads, all comes as it was sent.
func TestPushedBack(t *testing.T) {
	overPipeAndPTY(t, func(t *testing.T, pty bool) {
		data := numbered(torrent(4 << 20))
		b := newQuietBench(t, pty, emulator.Options{Network: &pipes{serve: echoing}})
		b.play("> ATE0\n< OK\n@echo off\n> AT+QIACT=1\n< OK\n> ATS12=10\n< OK\n" + openTransparent)
		before := takeFootprint(t)
		var written atomic.Int64
		done := make(chan error, 1)
		go func() {
			for left := data; len(left) > 0; left = left[min(len(left), 1000):] {
				if _, err := b.dev.Write(left[:min(len(left), 1000)]); err != nil {
					done <- err
					return
				}
				written.Add(1000)
			}
			done <- nil
		}()
		for steady, last := 0, int64(-1); steady < 10; time.Sleep(10 * time.Millisecond) {
			now := written.Load()
			if steady++; now != last || now == 0 {
				steady, last = 0, now
			}
			if now > int64(len(data))/2 {
				t.Fatalf("%d bytes were taken", now)
			}
		}
		before.within(t, hostGrowth, "pushed back")
		got := make([]byte, len(data))
		if _, err := io.ReadFull(b.dev, got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes are as they were sent: %v", common(got, data), err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		b.play("@echo off\n@wait 300ms\n>> +++\n< OK\n> AT\n< OK\n")
	})
}

// TestTenThousandHosts: so many hosts open the device and close it, most of them
// at once, some in the middle of a line, some after an answer. Nothing of them
// stays.
func TestTenThousandHosts(t *testing.T) {
	const hosts = 10_000
	b := newQuietBench(t, true, emulator.Options{})
	// Where nobody looks between a close and the next open, a host finds the half
	// line of the one before.
	answered := regexp.MustCompile(`AT\r\r\nOK\r\n$`)
	visit := func(i int) {
		defer func() { b.dev = b.reopen() }()
		switch {
		case i%100 == 0:
			h := newHost(t, b.dev)
			h.send("\rAT\r")
			h.take(answered)
			h.close()
			return
		case i%10 == 0:
			if _, err := io.WriteString(b.dev, "AT+QSSLST"); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.dev.Close(); err != nil {
			t.Fatal(err)
		}
	}
	visit(0)
	before := takeFootprint(t)
	for i := range hosts + 1 {
		visit(i)
	}
	before.back(t, hostGrowth)
}
