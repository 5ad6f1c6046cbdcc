package port

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Neither direction allocates while a host is there.
func TestNoAllocation(t *testing.T) {
	eachDevice(t, func(t *testing.T, d device) {
		if d.name == "pty, serial library" {
			t.Skip("this host's own reads allocate")
		}
		p := d.open(t)
		defer mustClose(t, p)
		host := d.host(t, p)
		defer mustClose(t, host)
		wantNext(t, p, HostOpen)
		buf := make([]byte, 64)
		if n := testing.AllocsPerRun(500, func() { exchange(t, p, host, buf) }); n > 0 {
			t.Errorf("%v allocations for an exchange", n)
		}
	})
}

var (
	question = []byte("AT+CSQ\r")
	answer   = []byte("\r\n+CSQ: 31,99\r\n\r\nOK\r\n")
)

// exchange is a question of the host and the modem's answer.
func exchange(t testing.TB, p Port, host io.ReadWriter, buf []byte) {
	if _, err := host.Write(question); err != nil {
		t.Fatal(err)
	}
	for got := 0; got < len(question); {
		n, ev, err := p.Next(buf)
		if ev != Data || err != nil {
			t.Fatal(ev, err)
		}
		got += n
	}
	if n, err := p.TryWrite(answer); n != len(answer) || err != nil {
		t.Fatal(n, err)
	}
	for got := 0; got < len(answer); {
		n, err := host.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += n
	}
}

// BenchmarkExchange is a question and its answer in one goroutine: the cost of
// the port alone.
func BenchmarkExchange(b *testing.B) {
	b.Run("pty", func(b *testing.B) {
		p, err := OpenPTY()
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		host, err := os.OpenFile(p.Path(), os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer host.Close()
		benchmarkExchange(b, p, host)
	})
	b.Run("tcp", func(b *testing.B) {
		p, err := ListenTCP("127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		host, err := net.Dial("tcp", strings.TrimPrefix(p.Path(), "tcp://"))
		if err != nil {
			b.Fatal(err)
		}
		defer host.Close()
		benchmarkExchange(b, p, host)
	})
	b.Run("pipe", func(b *testing.B) {
		p, host := Pipe()
		defer p.Close()
		benchmarkExchange(b, p, host)
	})
}

func benchmarkExchange(b *testing.B, p Port, host io.ReadWriter) {
	buf := make([]byte, 256)
	if _, ev, err := p.Next(buf); ev != HostOpen || err != nil {
		b.Fatal(ev, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, p, host, buf)
	}
}

// BenchmarkWrite is the way to a host that reads at once: one write of the modem
// and the host's read of it.
func BenchmarkWrite(b *testing.B) {
	for _, size := range []int{len(answer), 1500, 4096} {
		b.Run(fmt.Sprintf("pty/%d", size), func(b *testing.B) {
			p, err := OpenPTY()
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			host, err := os.OpenFile(p.Path(), os.O_RDWR|syscall.O_NOCTTY, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer host.Close()
			data, buf := make([]byte, size), make([]byte, size)
			if _, ev, err := p.Next(buf); ev != HostOpen || err != nil {
				b.Fatal(ev, err)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := p.TryWrite(data); n != size || err != nil {
					b.Fatal(n, err)
				}
				if _, err := io.ReadFull(host, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
