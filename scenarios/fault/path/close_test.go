package path_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// open is a path whose connection is through the handshake, over c.
func open(t testing.TB, c net.Conn) (*path.Path, net.Conn) {
	t.Helper()
	p := newPath(1)
	conn := dial(t, p, c)
	p.Connected()
	t.Cleanup(func() { conn.Close() })
	return p, conn
}

// arrive waits until what was written at one end of a connection is with the
// kernel of the other.
func arrive(t *testing.T, c *net.TCPConn, n int) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, n)
	for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(time.Millisecond) {
		var got int
		if err := raw.Control(func(fd uintptr) {
			got, _, _ = syscall.Recvfrom(int(fd), buf, syscall.MSG_PEEK)
		}); err != nil {
			t.Fatal(err)
		}
		if got == n {
			return
		}
	}
	t.Fatal("nothing arrived")
}

// blocked runs a Read of c that finds nothing, and returns what it comes to.
func blocked(c net.Conn) <-chan error {
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := c.Read(make([]byte, 10))
		done <- err
	}()
	<-started
	time.Sleep(2 * time.Millisecond) // it may be in Read by now; the test holds if it is not
	return done
}

func TestClosePeer(t *testing.T) {
	client, server := pair(t)
	p, conn := open(t, client)
	mustWrite(t, server, "arrived before")
	arrive(t, client, 14)
	if !p.Close(path.ClosePeer) {
		t.Fatal("no connection is open")
	}
	if got, err := io.ReadAll(conn); string(got) != "arrived before" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	mustWrite(t, server, "too late")
	arrive(t, client, 8)
	if n, err := conn.Read(make([]byte, 10)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %d, %v", n, err)
	}
	// One write goes nowhere, then it is known.
	if n, err := conn.Write([]byte("hello?")); n != 6 || err != nil {
		t.Errorf("first write: %d, %v", n, err)
	}
	if n, err := conn.Write([]byte("hello?")); n != 0 || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("second write: %d, %v", n, err)
	}
	server.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := server.Read(make([]byte, 10)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server got %d, %v", n, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if p.Close(path.CloseReset) {
		t.Error("a closed connection is still reached")
	}
}

// A Read that waits sees each end.
func TestCloseWakes(t *testing.T) {
	for name, tt := range map[string]struct {
		bend func(*path.Path) bool
		want error
	}{
		"peer":      {func(p *path.Path) bool { return p.Close(path.ClosePeer) }, io.EOF},
		"reset":     {func(p *path.Path) bool { return p.Close(path.CloseReset) }, syscall.ECONNRESET},
		"read":      {func(p *path.Path) bool { return p.FailReads(nil) }, syscall.EIO},
		"read, own": {func(p *path.Path) bool { return p.FailReads(syscall.ETIMEDOUT) }, syscall.ETIMEDOUT},
	} {
		for kind, conditions := range map[string]path.Conditions{
			"plain": {}, "latency": {Latency: time.Millisecond},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				client, _ := pair(t)
				p, conn := open(t, client)
				if conditions != (path.Conditions{}) {
					p.Conditions(conditions)
				}
				done := blocked(conn)
				if !tt.bend(p) {
					t.Fatal("no connection is open")
				}
				if err := <-done; !errors.Is(err, tt.want) {
					t.Errorf("%v; want %v", err, tt.want)
				}
			})
		}
		t.Run(name+" in memory", func(t *testing.T) {
			a, b := net.Pipe()
			defer b.Close()
			p, conn := open(t, a)
			done := blocked(conn)
			tt.bend(p)
			if err := <-done; !errors.Is(err, tt.want) {
				t.Errorf("%v; want %v", err, tt.want)
			}
		})
	}
}

func TestCloseReset(t *testing.T) {
	client, server := pair(t)
	p, conn := open(t, client)
	local := conn.LocalAddr().String()
	mustWrite(t, server, "never read")
	arrive(t, client, 10)
	p.Close(path.CloseReset)
	for range 2 {
		if n, err := conn.Read(make([]byte, 10)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read %d, %v", n, err)
		}
		if n, err := conn.Write([]byte("x")); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	if _, err := server.Read(make([]byte, 10)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server saw %v", err)
	}
	if conn.LocalAddr().String() != local {
		t.Error("the address is gone")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := conn.Read(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
}

// The next data is delivered to the end of its record, then the far end is gone.
func TestCloseUnread(t *testing.T) {
	long := "\x17\x03\x03\x00\x20" + strings.Repeat("x", 32)
	short := "\x17\x03\x03\x00\x02ab"
	for name, tt := range map[string]struct {
		writes string
		reads  int // bytes at a time
		want   string
	}{
		"one read":          {long, 100, long},
		"a header first":    {long, 5, long},
		"part of a header":  {long, 3, long},
		"two records":       {short + long, 7, short},
		"in one":            {short + short, 100, short + short},
		"one and a half":    {short + long, 20, short + long},
		"no TLS":            {"GET / HTTP/1.1", 100, "GET / HTTP/1.1"},
		"no TLS, in pieces": {"GET / HTTP/1.1", 4, "GET "},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			p, conn := open(t, client)
			mustWrite(t, server, "before")
			if _, err := io.ReadFull(conn, make([]byte, 6)); err != nil {
				t.Fatal(err)
			}
			p.Close(path.CloseUnread)
			mustWrite(t, server, tt.writes+short)
			arrive(t, client, len(tt.writes)+len(short))
			if tt.reads == 100 {
				tt.want += short // what one read takes is delivered
			}
			var got bytes.Buffer
			for buf := make([]byte, tt.reads); ; {
				n, err := conn.Read(buf)
				got.Write(buf[:n])
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if got.String() != tt.want {
				t.Errorf("read %q; want %q", got.String(), tt.want)
			}
		})
	}
}

// What TLS makes of the ends: a peer that closes after its data is an EOF, and
// the data is there; a reset is one.
func TestEndsUnderTLS(t *testing.T) {
	_, below := startLab(t)
	for name, tt := range map[string]struct {
		how  path.Closing
		echo bool // what is sent comes back before the end
		want error
	}{
		"peer":   {path.ClosePeer, false, io.EOF},
		"reset":  {path.CloseReset, false, syscall.ECONNRESET},
		"unread": {path.CloseUnread, true, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPath(1)
			conn, _ := secure(t, p, below, 4433)
			p.Close(tt.how)
			if tt.echo {
				mustWrite(t, conn, "unread data")
			}
			got, err := io.ReadAll(conn)
			if tt.echo != (string(got) == "unread data") {
				t.Errorf("read %q", got)
			}
			if !errors.Is(tt.want, io.EOF) && !errors.Is(err, tt.want) || errors.Is(tt.want, io.EOF) && err != nil {
				t.Errorf("then %v; want %v", err, tt.want)
			}
		})
	}
}

func TestFailWrites(t *testing.T) {
	for name, conditions := range map[string]path.Conditions{"plain": {}, "latency": {Latency: time.Second}} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			p, conn := open(t, client)
			if conditions != (path.Conditions{}) {
				p.Conditions(conditions)
			}
			p.FailWrites(nil, 8)
			mustWrite(t, conn, "hello")
			if n, err := conn.Write([]byte("again")); n != 3 || !errors.Is(err, syscall.EPIPE) || !strings.Contains(err.Error(), "write: broken pipe") {
				t.Errorf("wrote %d, %v; want the 3 that are left", n, err)
			}
			if n, err := conn.Write([]byte("again")); n != 0 || !errors.Is(err, syscall.EPIPE) {
				t.Errorf("then wrote %d, %v", n, err)
			}
			// Reading still works, and what was taken goes out.
			mustWrite(t, server, "back")
			if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
				t.Error(err)
			}
			conn.Close()
			if got, err := io.ReadAll(server); string(got) != "helloaga" || err != nil {
				t.Errorf("the server got %q, %v", got, err)
			}
		})
	}
}

// With nothing open there is nothing to bend.
func TestNothingOpen(t *testing.T) {
	p := newPath(1)
	if p.Close(path.ClosePeer) || p.FailReads(nil) || p.FailWrites(nil, 0) || p.Lift() {
		t.Error("something was bent before the first open")
	}
	p.Connected() // of nothing
	a, b := net.Pipe()
	defer b.Close()
	conn := dial(t, p, a)
	defer conn.Close()
	c, d := net.Pipe()
	defer d.Close()
	defer dial(t, p, c).Close()
	if !p.FailReads(nil) {
		t.Error("the second open is not reached")
	}
	go mustWrite(t, b, "x")
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("the first open is reached: %v", err)
	}
}

// Only what can be closed by half below can be so above.
func TestCloseWrite(t *testing.T) {
	client, server := pair(t)
	p, conn := open(t, client)
	a, b := net.Pipe()
	defer b.Close()
	_, memory := open(t, a)
	if _, ok := memory.(interface{ CloseWrite() error }); ok {
		t.Error("a pipe can be closed by half")
	}
	half := conn.(interface{ CloseWrite() error })
	p.Conditions(path.Conditions{Latency: 5 * time.Millisecond})
	mustWrite(t, conn, "last")
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write after CloseWrite: %v", err)
	}
	if got, err := io.ReadAll(server); string(got) != "last" || err != nil {
		t.Errorf("the server got %q, %v", got, err)
	}
	mustWrite(t, server, "answer")
	server.Close()
	if got, err := io.ReadAll(conn); string(got) != "answer" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// Deadlines of a plain connection work as they do below it, before and after
// faults have come and gone.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		p, conn := open(t, a)
		check := func(name string) {
			t.Helper()
			began := time.Now()
			conn.SetDeadline(began.Add(time.Second))
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("%s: read: %v after %v", name, err, time.Since(began))
			}
			began = time.Now()
			conn.SetDeadline(began.Add(time.Second))
			if _, err := conn.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("%s: write: %v after %v", name, err, time.Since(began))
			}
			conn.SetDeadline(time.Time{})
		}
		check("plain")
		p.Conditions(path.Conditions{Blackhole: true, For: time.Minute})
		check("blackhole")
		go io.Copy(io.Discard, b) // what it took arrives when it is over
		time.Sleep(time.Minute)
		synctest.Wait()
		c, d := net.Pipe() // nobody reads here
		defer d.Close()
		b.Close()
		conn.Close()
		p, conn = open(t, c)
		p.Conditions(path.Conditions{Latency: time.Hour})
		synctest.Wait()
		p.Lift()
		check("lifted")
		conn.Close()
	})
}

func mustWrite(t testing.TB, c net.Conn, s string) {
	t.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		t.Error(err)
	}
}

// What the goodbye of a half comes to, in each state.
func TestCloseWriteWhenOver(t *testing.T) {
	for name, tt := range map[string]struct {
		bend func(*path.Path, net.Conn)
		want error
	}{
		"plain":  {func(*path.Path, net.Conn) {}, nil},
		"peer":   {func(p *path.Path, _ net.Conn) { p.Close(path.ClosePeer) }, nil},
		"reset":  {func(p *path.Path, _ net.Conn) { p.Close(path.CloseReset) }, syscall.ECONNRESET},
		"closed": {func(_ *path.Path, c net.Conn) { c.Close() }, net.ErrClosed},
	} {
		client, _ := pair(t)
		p, conn := open(t, client)
		tt.bend(p, conn)
		if err := conn.(interface{ CloseWrite() error }).CloseWrite(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v; want %v", name, err, tt.want)
		}
	}
}

// A server that goes while bytes are on their way to it is seen by a later
// Write.
func TestServerGoesUnderConditions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, far := net.Pipe()
		p, conn := open(t, a)
		defer conn.Close()
		p.Conditions(path.Conditions{Latency: time.Second})
		mustWrite(t, conn, "lost")
		far.Close()
		time.Sleep(2 * time.Second)
		if n, err := conn.Write([]byte("x")); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("wrote %d, %v", n, err)
		}
	})
}

// A Close sends what is on its way at once. A server that does not take it is
// not waited for longer than a second.
func TestCloseUnderConditions(t *testing.T) {
	for name, reads := range map[string]bool{"taken": true, "not taken": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, far := net.Pipe()
				defer far.Close()
				p, conn := open(t, a)
				p.Conditions(path.Conditions{Latency: time.Hour})
				mustWrite(t, conn, "goodbye")
				began := time.Now()
				if err := conn.Close(); err != nil || time.Since(began) != 0 {
					t.Errorf("Close: %v after %v", err, time.Since(began))
				}
				want := "goodbye"
				if !reads {
					time.Sleep(time.Minute)
					began, want = time.Now(), ""
				}
				got, err := io.ReadAll(far)
				if string(got) != want || err != nil || time.Since(began) != 0 {
					t.Errorf("the server got %q, %v after %v; want %q", got, err, time.Since(began), want)
				}
			})
		})
	}
}
