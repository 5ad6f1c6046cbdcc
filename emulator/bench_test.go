package emulator_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
)

// benchHost is a host of a modem with a PDP context, behind a pipe.
type benchHost struct {
	b *testing.B
	*port.PipeHost
	buf []byte // of what was read last
}

func newBenchHost(b *testing.B) *benchHost {
	m, err := emulator.New(emulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	p, host := port.Pipe()
	b.Cleanup(func() {
		host.Close()
		if err := m.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := m.Attach(p); err != nil {
		b.Fatal(err)
	}
	h := &benchHost{b: b, PipeHost: host, buf: make([]byte, 0, 64<<10)}
	h.exchange([]byte("ATE0\r"), "OK\r\n")
	h.exchange([]byte("AT+QIACT=1\r"), "OK\r\n")
	return h
}

// exchange sends, and reads until what came has until in it. A URC may stand
// before it, or behind it.
func (h *benchHost) exchange(send []byte, until string) []byte {
	if _, err := h.Write(send); err != nil {
		h.b.Fatal(err)
	}
	h.buf = h.buf[:0]
	for !bytes.Contains(h.buf, []byte(until)) {
		n, err := h.Read(h.buf[len(h.buf):cap(h.buf)])
		if err != nil || len(h.buf)+n == cap(h.buf) {
			h.b.Fatalf("%v after %q", err, h.buf)
		}
		h.buf = h.buf[:len(h.buf)+n]
	}
	return h.buf
}

// open opens a socket in an access mode and returns the server's end of it.
func (h *benchHost) open(access int) net.Conn {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.b.Fatal(err)
	}
	defer ln.Close()
	until := "+QIOPEN: 0,0\r\n"
	if access == 2 {
		until = "CONNECT\r\n"
	}
	h.exchange(fmt.Appendf(nil, "AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",%d,0,%d\r", ln.Addr().(*net.TCPAddr).Port, access), until)
	server, err := ln.Accept()
	if err != nil {
		h.b.Fatal(err)
	}
	h.b.Cleanup(func() { server.Close() })
	return server
}

// BenchmarkCommand is a command and its answer, from the host's write to its read.
func BenchmarkCommand(b *testing.B) {
	for _, command := range []string{"AT", "AT+CSQ", "AT+QSSLSTATE", `AT+QSSLCFG="sslversion",1,3`} {
		b.Run(command, func(b *testing.B) {
			h := newBenchHost(b)
			line := []byte(command + "\r")
			b.ReportAllocs()
			for b.Loop() {
				h.exchange(line, "OK\r\n")
			}
		})
	}
}

// moved is what one round of the benchmarks below moves, in bytes.
const moved = 256 << 10

// BenchmarkPush is direct push mode, from the server's write to the host's read.
// All frames are of the greatest length but the last of a round.
func BenchmarkPush(b *testing.B) {
	h := newBenchHost(b)
	server := h.open(1)
	data := make([]byte, moved)
	buf := make([]byte, 64<<10)
	b.SetBytes(moved)
	b.ReportAllocs()
	for b.Loop() {
		go func() { _, _ = server.Write(data) }() // its end is the benchmark's
		for got := 0; got < moved; {              // the data is all NUL, the frames have none
			n, err := h.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			got += bytes.Count(buf[:n], []byte{0})
		}
	}
}

// BenchmarkRead is AT+QIRD of 1500 bytes in buffer mode.
func BenchmarkRead(b *testing.B) {
	h := newBenchHost(b)
	server := h.open(0)
	b.Cleanup(func() { server.Close() })
	go func() {
		data := make([]byte, moved)
		for {
			if _, err := server.Write(data); err != nil {
				return
			}
		}
	}()
	line := []byte("AT+QIRD=0,1500\r")
	b.ReportAllocs()
	got := 0
	for b.Loop() {
		got += bytes.Count(h.exchange(line, "OK\r\n"), []byte{0})
	}
	b.SetBytes(int64(got / b.N))
}

// BenchmarkTransparent is transparent mode, from the host's write to the server's
// read and the other way.
func BenchmarkTransparent(b *testing.B) {
	for _, up := range []bool{true, false} {
		name := map[bool]string{true: "host to server", false: "server to host"}[up]
		b.Run(name, func(b *testing.B) {
			h := newBenchHost(b)
			server := h.open(2)
			var from io.Writer = server
			var to io.Reader = h
			if up {
				from, to = h, server
			}
			data, buf := make([]byte, moved), make([]byte, moved)
			b.SetBytes(moved)
			b.ReportAllocs()
			for b.Loop() {
				go func() { _, _ = from.Write(data) }() // its end is the benchmark's
				if _, err := io.ReadFull(to, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
