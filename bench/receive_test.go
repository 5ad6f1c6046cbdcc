package main

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// What a bare loop frames, the host of the bench reads, however it is cut.
func TestFrames(t *testing.T) {
	const size = 10000
	var pushed bytes.Buffer
	if err := pushAll(&pushed, bytes.NewReader(make([]byte, size))); err == nil {
		t.Fatal("no end")
	}
	k := &kept{data: make([]byte, size)}
	read := bytes.NewBufferString(recvURC)
	for k.told = true; k.told; {
		read.Write(k.cut(nil))
	}
	for name, c := range map[string]struct {
		frames []byte
		read   func(*inbox, int) error
	}{
		"push":   {pushed.Bytes(), (*inbox).readPushed},
		"buffer": {read.Bytes(), (*inbox).readBuffered},
	} {
		for _, piece := range []int{1, 7, 4096} {
			in, stop := feed(t, c.frames, piece)
			if err := c.read(in, size); err != nil {
				t.Errorf("%s in pieces of %d: %v", name, piece, err)
			}
			if left := in.end - in.begin; left > 0 {
				t.Errorf("%s in pieces of %d: %d bytes left", name, piece, left)
			}
			stop()
		}
	}
}

// feed is an inbox that gets frames in pieces, whatever it says.
func feed(t *testing.T, frames []byte, piece int) (in *inbox, stop func()) {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p := range slices.Chunk(frames, piece) {
			if n, err := unix.Write(ends[1], p); n != len(p) {
				t.Error(n, err)
				return
			}
		}
	}()
	d := &device{fd: ends[0]}
	return &inbox{d: d, buf: make([]byte, 8192)}, func() {
		<-done
		d.close()
		_ = unix.Close(ends[1])
	}
}
