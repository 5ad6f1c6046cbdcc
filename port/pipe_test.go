package port

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestPipeFirstHost(t *testing.T) {
	p, host := Pipe()
	if _, err := p.Open(); err == nil {
		t.Error("opened twice")
	}
	m := startModem(t, p)
	m.want(HostOpen)
	mustClose(t, host)
	mustClose(t, host)
	m.want(HostClose)
	if _, err := host.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write after Close: %v", err)
	}
	if _, err := host.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Read after Close: %v", err)
	}
	if err := host.SetReadDeadline(time.Now()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("SetReadDeadline after Close: %v", err)
	}
}

// A host reads what was written before the port closed, then its end.
func TestPipePortClosed(t *testing.T) {
	p, host := Pipe()
	wantNext(t, p, HostOpen)
	if err := send(p, "POWERED DOWN"); err != nil {
		t.Fatal(err)
	}
	mustClose(t, p)
	got, err := io.ReadAll(host)
	if string(got) != "POWERED DOWN" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := host.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write: %v", err)
	}
	if _, err := p.Open(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Open: %v", err)
	}
}

// All waiting is durably blocking: in a bubble, hours pass at once, and only
// when both sides wait.
func TestPipeInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, host := Pipe()
		go func() {
			buf := make([]byte, 100)
			for {
				n, ev, err := p.Next(buf)
				if err != nil {
					return
				}
				if ev != Data {
					continue
				}
				time.Sleep(time.Hour) // a slow network
				if err := send(p, string(buf[:n])); err != nil {
					t.Error(err)
				}
			}
		}()
		start := time.Now()
		mustWriteInBubble(t, host, "AT")
		buf := make([]byte, 10)
		if err := host.SetReadDeadline(start.Add(59 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := host.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v", err)
		}
		if d := time.Since(start); d != 59*time.Minute {
			t.Errorf("deadline after %v", d)
		}
		if err := host.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if n, err := host.Read(buf); string(buf[:n]) != "AT" || err != nil {
			t.Errorf("read %q, %v", buf[:n], err)
		}
		if d := time.Since(start); d != time.Hour {
			t.Errorf("answer after %v", d)
		}
		mustClose(t, host)
		synctest.Wait()
		mustClose(t, p)
	})
}

func mustWriteInBubble(t *testing.T, host io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(host, text); err != nil {
		t.Fatal(err)
	}
}

func TestPipeWriteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, host := Pipe()
		if err := host.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := host.Write(make([]byte, pipeSize+1))
		if n != pipeSize || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v", n, err)
		}
		if err := host.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := host.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write after a past deadline: %v", err)
		}
		mustClose(t, p)
	})
}

// Hosts that came and went before Next looked are told apart, byte for byte.
func TestPipeKeepsHostsApart(t *testing.T) {
	p, host := Pipe()
	for _, text := range []string{"one", "", "three"} {
		mustSend(t, host, text)
		mustClose(t, host)
		var err error
		if host, err = p.Open(); err != nil {
			t.Fatal(err)
		}
	}
	m := startModem(t, p)
	for _, text := range []string{"one", "", "three"} {
		m.want(HostOpen)
		m.wantData(text)
		m.want(HostClose)
	}
	m.want(HostOpen)
}

// The ring against a slice.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			r     ring
			model []byte
		)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				b := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes")
				b = append(b, make([]byte, rapid.IntRange(0, pipeSize).Draw(t, "zeros"))...)
				n := r.put(b)
				if want := min(len(b), pipeSize-len(model)); n != want {
					t.Fatalf("put took %d of %d with %d inside", n, len(b), len(model))
				}
				model = append(model, b[:n]...)
			},
			"get": func(t *rapid.T) {
				b := make([]byte, rapid.IntRange(0, pipeSize+1).Draw(t, "room"))
				n := r.get(b)
				if n != min(len(b), len(model)) || string(b[:n]) != string(model[:n]) {
					t.Fatalf("got %d of %d", n, len(model))
				}
				model = model[n:]
			},
			"": func(t *rapid.T) {
				if r.len != len(model) {
					t.Fatalf("length %d, want %d", r.len, len(model))
				}
			},
		})
	})
}
