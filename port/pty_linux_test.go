package port

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

func settings(t *testing.T, host io.ReadWriteCloser) *unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(host.(*os.File).Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t *testing.T, host io.ReadWriteCloser, s *unix.Termios) {
	t.Helper()
	if err := unix.IoctlSetTermios(int(host.(*os.File).Fd()), setTermiosFlush, s); err != nil {
		t.Fatal(err)
	}
}

func wantRaw(t *testing.T, s *unix.Termios) {
	t.Helper()
	if s.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 || s.Iflag&(unix.ICRNL|unix.IXON) != 0 ||
		s.Oflag&unix.OPOST != 0 || s.Cc[unix.VMIN] != 1 || s.Cc[unix.VTIME] != 0 {
		t.Errorf("not raw: %+v", *s)
	}
}

// The first host finds a raw device, and so does the next after one that left
// it cooked and echoing.
func TestPTYIsRawForEachHost(t *testing.T) {
	p := openPTY(t)
	m := startModem(t, p)
	for range 3 {
		host := openFile(t, p)
		s := settings(t, host)
		wantRaw(t, s)
		m.want(HostOpen)
		s.Lflag |= unix.ECHO | unix.ICANON | unix.ISIG
		s.Iflag |= unix.ICRNL | unix.IXON
		s.Oflag |= unix.OPOST | unix.ONLCR
		s.Cc[unix.VMIN] = 9
		set(t, host, s)
		mustClose(t, host)
		m.want(HostClose)
	}
}

// Settings that a host makes before Next has seen it, and while it is there,
// are its own.
func TestPTYLeavesHostSettings(t *testing.T) {
	p := openPTY(t)
	first := openFile(t, p)
	m := startModem(t, p)
	m.want(HostOpen)
	mustClose(t, first)
	m.want(HostClose)

	host := openFile(t, p)
	s := settings(t, host)
	s.Cc[unix.VMIN], s.Lflag = 7, s.Lflag|unix.ECHOE
	set(t, host, s)
	m.want(HostOpen)
	other := openFile(t, p) // a second open of the same device is no new host
	mustClose(t, other)
	mustSend(t, host, "AT\r")
	m.wantData("AT\r")
	if now := settings(t, host); *now != *s {
		t.Errorf("settings %+v, were %+v", *now, *s)
	}
	mustClose(t, host)
	m.want(HostClose)
}

// A next host that opens before its predecessor's close has been dealt with
// keeps its settings and loses the predecessor's bytes.
func TestForgetHostSparesTheNext(t *testing.T) {
	p := openPTY(t).(*PTY)
	defer mustClose(t, p)
	host := openFile(t, p)
	defer host.Close()
	wantNext(t, p, HostOpen)
	s := settings(t, host)
	s.Lflag |= unix.ECHO
	set(t, host, s)
	fill(t, p)
	if err := p.conn.Control(p.discard); err != nil || p.discardErr != nil {
		t.Fatal(err, p.discardErr)
	}
	if now := settings(t, host); *now != *s {
		t.Errorf("settings %+v, were %+v", *now, *s)
	}
	if err := send(p, "new"); err != nil {
		t.Fatal(err)
	}
	wantRead(t, host, "new")
}

func TestPTYBaud(t *testing.T) {
	p := openPTY(t).(*PTY)
	m := startModem(t, p)
	wantBaud := func(want int) {
		t.Helper()
		if got, err := p.Baud(); got != want || err != nil {
			t.Errorf("baud %d (%v), want %d", got, err, want)
		}
	}
	wantBaud(115200)
	host, err := serial.Open(p.Path(), &serial.Mode{BaudRate: 9600})
	if err != nil {
		t.Fatal(err)
	}
	m.want(HostOpen)
	wantBaud(9600)
	mustClose(t, host)
	m.want(HostClose)
	wantBaud(9600) // as with "stty -F"

	file := openFile(t, p)
	m.want(HostOpen)
	s := settings(t, file)
	s.Cflag = s.Cflag&^unix.CBAUD | unix.BOTHER
	s.Ispeed, s.Ospeed = 123456, 123456
	set(t, file, s)
	wantBaud(123456)
	mustClose(t, file)
	m.want(HostClose)
	wantBaud(123456)
}

// The device hangs up under a host when the modem is gone.
func TestPTYHangsUp(t *testing.T) {
	p := openPTY(t)
	host := openFile(t, p)
	defer host.Close()
	wantNext(t, p, HostOpen)
	mustClose(t, p)
	n, err := host.Read(make([]byte, 1))
	if n != 0 || err == nil {
		t.Errorf("host read %d, %v", n, err)
	}
}

// inotifies counts this process's inotify instances.
func inotifies(t *testing.T) (n int) {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		// One of them is the directory just read, and gone.
		if to, err := os.Readlink("/proc/self/fd/" + name.Name()); err == nil && strings.Contains(to, "inotify") {
			n++
		}
	}
	return n
}

// Two hundred PTYs take a descriptor each and one inotify instance together,
// which goes with the last of them.
func TestPTYsShareOneInotify(t *testing.T) {
	const ports = 200
	before, routines := descriptors(t), runtime.NumGoroutine()
	for range 2 {
		var all []*PTY
		for range ports {
			all = append(all, openPTY(t).(*PTY))
		}
		if n := inotifies(t); n != 1 {
			t.Errorf("%d inotify instances, want 1", n)
		}
		if n := descriptors(t) - before; n != ports+1 {
			t.Errorf("%d descriptors, want %d", n, ports+1)
		}
		if n := runtime.NumGoroutine() - routines; n > 1 {
			t.Errorf("%d goroutines more, want 1", n)
		}
		for i, p := range all {
			host := openFile(t, p)
			wantNext(t, p, HostOpen)
			mustSend(t, host, p.Path())
			wantNextData(t, p, p.Path())
			mustClose(t, host)
			wantNext(t, p, HostClose)
			if i%2 == 0 {
				mustClose(t, p)
			}
		}
		for _, p := range all {
			mustClose(t, p)
		}
		if n := inotifies(t); n != 0 {
			t.Errorf("%d inotify instances after the last Close", n)
		}
		wantBack(t, "descriptors", before, func() int { return descriptors(t) })
	}
}

func wantNextData(t *testing.T, p Port, text string) {
	t.Helper()
	buf := make([]byte, len(text))
	for got := 0; got < len(text); {
		n, ev, err := p.Next(buf[got:])
		if ev != Data || err != nil {
			t.Fatalf("Next: %v, %v", ev, err)
		}
		got += n
	}
	if string(buf) != text {
		t.Errorf("got %q, want %q", buf, text)
	}
}

// Events lost by the kernel only mean another look.
func TestInotifyOverflow(t *testing.T) {
	p := openPTY(t).(*PTY)
	m := startModem(t, p)
	in := p.watch.in
	in.mu.Lock()
	in.opened(-1, unix.IN_Q_OVERFLOW)
	in.opened(12345, unix.IN_OPEN) // of a watch that is gone
	in.mu.Unlock()
	host := openFile(t, p)
	m.want(HostOpen)
	mustClose(t, host)
	m.want(HostClose)
}

// The end of a host ends a wait for room also when the next host is there by
// then: no hang-up is left to be seen, and making room by discarding wakes
// nobody.
func TestHostGoneEndsWait(t *testing.T) {
	p := openPTY(t).(*PTY)
	defer mustClose(t, p)
	next := openFile(t, p)
	defer next.Close()
	for range 50 {
		wantNext(t, p, HostOpen)
		fill(t, p)
		sent := make(chan error, 1)
		go func() { sent <- send(p, tooMuch) }()
		for range 1000 {
			runtime.Gosched() // let it come to wait
		}
		if err := p.hostGone(); err != nil {
			t.Fatal(err)
		}
		if err := within(t, "send", func() error { return <-sent }); !errors.Is(err, ErrNoHost) {
			t.Fatalf("send: %v, want ErrNoHost", err)
		}
	}
}

// A program that is started beside a new PTY is no host of it, though it has a copy
// of the slave until it runs.
func TestStartedProgramIsNoHost(t *testing.T) {
	const starters, ptys = 4, 100
	done := make(chan struct{})
	var all sync.WaitGroup
	for range starters {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := exec.Command("true").Run(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer all.Wait()
	defer close(done)
	for range ptys {
		p, err := OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		here, err := p.look()
		if err = errors.Join(err, p.Close()); err != nil {
			t.Fatal(err)
		}
		if here {
			t.Fatal("a host that nobody is")
		}
	}
}
