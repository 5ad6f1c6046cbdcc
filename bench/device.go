package main

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// device is the host's end of a PTY, read and written with plain system calls so
// that the host costs the same on both sides.
type device struct {
	fd  int
	buf []byte
}

func openDevice(path string) (*device, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &device{fd: fd, buf: make([]byte, 0, 64*1024)}, nil
}

func (d *device) close() { _ = unix.Close(d.fd) }

func (d *device) write(p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(d.fd, p)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// read reads some bytes, waiting at most ten seconds for the first.
func (d *device) read(p []byte) (int, error) {
	for {
		poll := []unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 10000)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, fmt.Errorf("nothing in ten seconds")
		}
		return unix.Read(d.fd, p)
	}
}

// exchange sends, and reads until the answer ends with until.
func (d *device) exchange(send, until string) error {
	if err := d.write([]byte(send)); err != nil {
		return err
	}
	d.buf = d.buf[:0]
	for !bytes.HasSuffix(d.buf, []byte(until)) {
		if bytes.HasSuffix(d.buf, []byte("ERROR\r\n")) || len(d.buf) == cap(d.buf) {
			return fmt.Errorf("%q: got %q", send, d.buf)
		}
		n, err := d.read(d.buf[len(d.buf):cap(d.buf)])
		if err != nil {
			return fmt.Errorf("%q: %w after %q", send, err, d.buf)
		}
		d.buf = d.buf[:len(d.buf)+n]
	}
	return nil
}

func (d *device) command(cmd, until string) error { return d.exchange(cmd+"\r", until) }

// transfer moves size bytes one way through an open connection, MiB/s. The
// server is told which way and how many with one packet.
func (d *device) transfer(dir byte, size int) ([]float64, error) {
	head, chunk := request(dir, size), make([]byte, 4096)
	began := time.Now()
	if err := d.write(head); err != nil {
		return nil, err
	}
	want := size
	if dir == 'u' {
		for left := size; left > 0; left -= min(left, len(chunk)) {
			if err := d.write(chunk[:min(left, len(chunk))]); err != nil {
				return nil, err
			}
		}
		want = 1
	}
	for got := 0; got < want; {
		n, err := d.read(chunk)
		if err != nil {
			return nil, fmt.Errorf("after %d of %d bytes: %w", got, want, err)
		}
		got += n
	}
	return []float64{mibPerSecond(size, began)}, nil
}

func mibPerSecond(size int, began time.Time) float64 {
	return float64(size) / (1 << 20) / time.Since(began).Seconds()
}
