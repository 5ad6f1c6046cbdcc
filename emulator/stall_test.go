package emulator_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	serial "github.com/quectel-sim/qsim/port"
)

// slowPort is a device whose host types at once and reads nothing until open,
// and then reads everything the moment it is written.
type slowPort struct {
	typed chan []byte
	open  chan struct{}
	done  chan struct{}
	once  sync.Once

	mu  sync.Mutex
	out bytes.Buffer
	was bool
}

func (p *slowPort) Next(buf []byte) (int, serial.Event, error) {
	if !p.was {
		p.was = true
		return 0, serial.HostOpen, nil
	}
	select {
	case b := <-p.typed:
		return copy(buf, b), serial.Data, nil
	case <-p.done:
		return 0, serial.Data, net.ErrClosed
	}
}

func (p *slowPort) TryWrite(b []byte) (int, error) {
	select {
	case <-p.open:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.out.Write(b)
	default:
		return 0, nil
	}
}

func (p *slowPort) WaitWritable() error {
	select {
	case <-p.open:
		return nil
	case <-p.done:
		return net.ErrClosed
	}
}
func (p *slowPort) Path() string { return "slow" }
func (p *slowPort) Close() error { p.once.Do(func() { close(p.done) }); return nil }

// TestNobodyWaitsForARoomThatIsThere: what waited behind a slow host goes on
// also when that host then takes everything at once.
func TestNobodyWaitsForARoomThatIsThere(t *testing.T) {
	p := &slowPort{typed: make(chan []byte), open: make(chan struct{}), done: make(chan struct{})}
	m, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	a := bytes.Repeat([]byte("A"), 4096)
	blocked := false
	for !blocked {
		select {
		case p.typed <- a:
		case <-time.After(200 * time.Millisecond):
			blocked = true // the host is pushed back
		}
	}
	close(p.open)
	for i := 0; i < 100; i++ {
		select {
		case p.typed <- a:
		case <-time.After(2 * time.Second):
			t.Fatal("the host reads, and is pushed back for ever")
		}
	}
	p.typed <- []byte("\rAT\r")
	for range 100 {
		p.mu.Lock()
		ok := bytes.HasSuffix(p.out.Bytes(), []byte("OK\r\n"))
		p.mu.Unlock()
		if ok {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no OK")
}
