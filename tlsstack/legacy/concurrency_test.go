package legacy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// Deadlines, and reading, writing and closing at once.

// After a read deadline, in the middle of a record too, Read goes on where it
// was.
func TestReadDeadline(t *testing.T) {
	proceed := make(chan struct{})
	conn, done := connected(t, anyPair, func(s *serverSide) error {
		if err := s.out.add(recordApplication, []byte("in two parts")); err != nil {
			return err
		}
		if _, err := s.conn.Write(s.out.buffer[:9]); err != nil {
			return err
		}
		<-proceed
		if _, err := s.conn.Write(s.out.buffer[9:]); err != nil {
			return err
		}
		s.out.buffer = nil
		return s.echo()
	})
	buf := make([]byte, 100)
	for range 3 {
		if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(buf); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%d, %v; want a passed deadline", n, err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	close(proceed)
	if n, err := conn.Read(buf); err != nil || string(buf[:n]) != "in two parts" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	mustEcho(t, conn, []byte("hello"))
	mustClose(t, conn, done)
}

// blockedWrite starts a Write that does not come to an end, since the server
// reads nothing until release is closed.
func blockedWrite(t *testing.T, release <-chan struct{}) (conn *Conn, wrote, done <-chan error) {
	t.Helper()
	c, serverDone := connected(t, anyPair, func(s *serverSide) error {
		<-release
		for {
			if _, err := s.data(); err != nil {
				return err
			}
		}
	})
	result := make(chan error, 1)
	started := make(chan struct{})
	c.raw = &notifyingConn{Conn: c.raw, written: started, after: 8}
	c.out.dst = c.raw
	go func() {
		_, err := c.Write(make([]byte, 64<<20))
		result <- err
	}()
	<-started
	return c, result, serverDone
}

// notifyingConn closes written at the given Write.
type notifyingConn struct {
	net.Conn
	written chan struct{}
	after   int
}

func (n *notifyingConn) Write(p []byte) (int, error) {
	if n.after--; n.after == 0 {
		close(n.written)
	}
	return n.Conn.Write(p)
}

// A Write that its deadline has ended has broken the stream.
func TestWriteDeadline(t *testing.T) {
	release := make(chan struct{})
	conn, wrote, done := blockedWrite(t, release)
	if err := conn.SetWriteDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write: %v, want a passed deadline", err)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a Write after a broken one")
	}
	if err := conn.CloseWrite(); err == nil {
		t.Error("a close_notify after a broken Write")
	}
	close(release)
	conn.Close()
	if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("server: %v", err)
	}
}

// Close does not wait for a Write under way; it ends it.
func TestCloseUnblocks(t *testing.T) {
	release := make(chan struct{})
	conn, wrote, done := blockedWrite(t, release)
	read := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		read <- err
	}()
	if err := conn.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-wrote; err == nil {
		t.Error("Write came to a good end")
	}
	if err := <-read; err == nil {
		t.Error("Read came to a good end")
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a Write after Close")
	}
	close(release)
	<-done
}

// A HelloRequest while a Write is blocked does not block Read: the Write sends
// the answer when it is through.
func TestAnswerWaitsForWrite(t *testing.T) {
	const block = 16 << 20
	var answered bool
	conn, done := connected(t, anyPair, func(s *serverSide) error {
		// The client's write is stuck once the buffers between are full.
		if err := s.write(recordHandshake, []byte{typeHelloRequest, 0, 0, 0}); err != nil {
			return err
		}
		if err := s.write(recordApplication, []byte("are you there?")); err != nil {
			return err
		}
		for got := 0; got < block || !answered; {
			kind, content, err := s.in.next()
			if err != nil {
				return err
			}
			if kind == recordAlert {
				answered = true
			} else {
				got += len(content)
			}
		}
		return s.echo()
	})
	var wrote sync.WaitGroup
	wrote.Go(func() {
		if _, err := conn.Write(make([]byte, block)); err != nil {
			t.Errorf("Write: %v", err)
		}
	})
	if _, err := io.ReadFull(conn, make([]byte, 14)); err != nil {
		t.Fatal(err)
	}
	wrote.Wait()
	mustClose(t, conn, done)
	if !answered {
		t.Error("the HelloRequest was not answered")
	}
}

// Several writers at once: each Write stays whole.
func TestConcurrentWrites(t *testing.T) {
	conn, done := connected(t, anyPair, echo)
	const writers, rounds, size = 4, 50, 100
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for range rounds {
				if _, err := conn.Write(bytes.Repeat([]byte{byte('a' + w)}, size)); err != nil {
					t.Errorf("Write: %v", err)
					return
				}
			}
		})
	}
	got := make([]byte, writers*rounds*size)
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	for chunk := range slices.Chunk(got, size) {
		if !bytes.Equal(chunk, bytes.Repeat(chunk[:1], size)) {
			t.Fatalf("Writes are mixed: %q", chunk)
		}
	}
	mustClose(t, conn, done)
}
