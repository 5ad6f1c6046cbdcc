package path_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// copies has n times 64 KiB go from server to c, in reads of at most 16 KiB.
func copies(b *testing.B, c, server net.Conn) {
	const size = 64 << 10
	go func() {
		p := make([]byte, size)
		for range b.N {
			if _, err := server.Write(p); err != nil {
				return
			}
		}
		server.Close()
	}()
	b.SetBytes(size)
	b.ReportAllocs()
	buf := make([]byte, 16<<10)
	var all int64
	for b.ResetTimer(); ; {
		n, err := c.Read(buf)
		all += int64(n)
		if err != nil {
			if err != io.EOF || all != int64(b.N)*size {
				b.Fatalf("%d bytes, %v", all, err)
			}
			return
		}
	}
}

func BenchmarkCopy(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		client, server := pair(b)
		copies(b, client, server)
	})
	b.Run("path", func(b *testing.B) {
		client, server := pair(b)
		_, conn := open(b, client)
		copies(b, conn, server)
	})
}

// nowhere is a connection that costs nothing.
type nowhere struct{ net.Conn }

func (nowhere) Read(p []byte) (int, error)  { return len(p), nil }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

func (nowhere) SetReadDeadline(time.Time) error  { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkCall is what a path adds to one call, which BenchmarkCopy makes four
// to sixteen times.
func BenchmarkCall(b *testing.B) {
	_, conn := open(b, nowhere{})
	buf := make([]byte, 16<<10)
	for name, call := range map[string]func([]byte) (int, error){"read": conn.Read, "write": conn.Write} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := call(buf); n != len(buf) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// A plain connection allocates nothing, also after faults have come and gone.
func TestPlainAllocatesNothing(t *testing.T) {
	client, server := pair(t)
	p, conn := open(t, client)
	buf := make([]byte, 100)
	round := func() {
		if _, err := conn.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, buf); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, buf); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
	p.Conditions(path.Conditions{Latency: time.Millisecond})
	round()
	p.Lift()
	// The pumps end by themselves; then the connection is plain again.
	for range 1000 {
		if testing.AllocsPerRun(20, round) == 0 {
			return
		}
	}
	t.Error("the connection did not become plain again")
}
