//go:build linux || darwin

package port

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// factoryBaud is the rate a new PTY shows, in bits per second: what a module
// runs at until AT+IPR says otherwise, so that a host that sets none matches.
// It is not put back when a host closes, as on a real port, where
// "stty -F device 9600" holds for the next program.
const factoryBaud = 115200

// lookEvery is how often a PTY that no watch wakes looks for a host.
const lookEvery = 25 * time.Millisecond

// longAgo is a deadline that has always passed.
var longAgo = time.Unix(1, 0)

// PTY is a pseudo-terminal: the host has the slave, the modem the master.
//
// The slave is in raw mode before its path is known to anyone, and again after
// each host's last close; a host's own settings are never touched while it has
// the device open, and its baud rate stays when it goes. See the package
// documentation for the methods that all ports share.
type PTY struct {
	path    string
	master  *os.File // non-blocking and driven by the poller; Fd would undo that
	conn    syscall.RawConn
	writer  *rawWriter
	discard func(fd uintptr) // forgetHost on the master
	watch   *slaveWatch      // nil: look every lookEvery
	done    chan struct{}    // closed by Close

	mu     sync.Mutex
	here   bool // Next has reported HostOpen and not yet HostClose
	closed bool

	discardErr error // of the last discard; of Next's goroutine
}

// OpenPTY makes a pseudo-terminal. It fails when the system has no more of them
// (Linux: kernel.pty.max, 4096 by default) or of descriptors; each PTY takes
// one, and all together one more.
func OpenPTY() (*PTY, error) {
	master, path, err := openMaster()
	if err != nil {
		return nil, fmt.Errorf("port: open a PTY: %w", err)
	}
	conn, err := master.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("port: open a PTY: %w", errors.Join(err, master.Close()))
	}
	p := &PTY{
		path:   path,
		master: master,
		conn:   conn,
		writer: newRawWriter(conn),
		done:   make(chan struct{}),
	}
	p.discard = func(fd uintptr) { p.discardErr = forgetHost(fd) }
	// Without a watch (inotify instances are few, and other programs take them
	// too) the port still works, by looking.
	if w, err := watchSlave(path); err == nil {
		p.watch = w
	}
	return p, nil
}

// openMaster opens a PTY, makes its slave raw and closes the slave: held open,
// it would hide the host's close. No other program is started meanwhile: until it
// has closed its copy of the slave it would look like a host.
func openMaster() (master *os.File, path string, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	m, slave, err := openPair()
	if err != nil {
		return nil, "", err
	}
	// The library's Open has called Fd on the master, which leaves it blocking
	// for good. A duplicate starts anew.
	defer func() { err = errors.Join(err, m.Close(), slave.Close()) }()

	if err := makeRaw(slave.Fd()); err != nil {
		return nil, "", err
	}
	fd, err := unix.FcntlInt(m.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, "", os.NewSyscallError("fcntl", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, "", errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fd))
	}
	master = os.NewFile(uintptr(fd), m.Name())
	// Only what the poller drives takes a deadline, and only that can be closed
	// under a Read.
	if err := master.SetDeadline(time.Time{}); err != nil {
		return nil, "", errors.Join(err, master.Close())
	}
	return master, slave.Name(), nil
}

// openPair is pty.Open. Linux can for a moment not find the slave that it has just
// made, while others of its number have just gone and are looked for (measured:
// twice in 40,000, with nothing else on the machine): then it is made again.
func openPair() (master, slave *os.File, err error) {
	const tries = 5
	for range tries {
		if master, slave, err = pty.Open(); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return master, slave, err
}

// Path is the device the host opens, such as /dev/pts/5.
func (p *PTY) Path() string { return p.path }

// Next reports what the host did next.
func (p *PTY) Next(buf []byte) (n int, ev Event, err error) {
	if len(buf) == 0 {
		return 0, Data, errEmptyBuffer
	}
	if !p.hostHere() {
		return 0, HostOpen, p.awaitHost()
	}
	n, err = p.master.Read(buf)
	switch {
	case n > 0:
		return n, Data, nil
	case errors.Is(err, syscall.EIO), errors.Is(err, io.EOF):
		// The master reads to the end what the slave had sent before it says so
		// (EIO on Linux, end of file on macOS).
		return 0, HostClose, p.hostGone()
	}
	return 0, Data, p.closedOr(err)
}

func (p *PTY) hostHere() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.here
}

// awaitHost blocks until a host has the slave open, or had it open since the
// last one left.
func (p *PTY) awaitHost() error {
	for {
		here, err := p.look()
		if err != nil {
			return p.closedOr(err)
		}
		if here {
			p.mu.Lock()
			p.here = true
			p.mu.Unlock()
			return nil
		}
		if p.watch != nil {
			select {
			case <-p.watch.wake:
				continue
			case <-p.done:
				return net.ErrClosed // looking again would not end before the descriptor is closed
			}
		}
		timer := time.NewTimer(lookEvery)
		select {
		case <-timer.C:
		case <-p.done:
			timer.Stop()
			return net.ErrClosed
		}
	}
}

// look tells whether there is a host to report. What the master shows is the
// truth; that an open was seen only matters for a host that has gone again.
func (p *PTY) look() (here bool, err error) {
	if p.watch != nil && p.watch.sawOpen() {
		here = true
	}
	var lookErr error
	err = p.conn.Control(func(fd uintptr) {
		var now bool
		now, lookErr = slaveOpenOrUnread(fd)
		here = here || now
	})
	return here, errors.Join(err, lookErr)
}

// hostGone forgets the host whose close was just read: what it left unread, its
// terminal settings, its opens.
func (p *PTY) hostGone() error {
	p.mu.Lock()
	// First of all, and under the lock: a next host may be about to open and to
	// make its settings, and TryWrite about to write for the one that left.
	err := p.conn.Control(p.discard)
	p.here = false
	// Ends a wait for room that the discarding has just made: it wakes nobody.
	// WaitWritable takes the deadline back; only there can no waiter miss it.
	deadlineErr := p.master.SetWriteDeadline(longAgo)
	p.mu.Unlock()
	if err = errors.Join(err, p.discardErr, deadlineErr); err != nil {
		return p.closedOr(err)
	}
	if p.watch != nil {
		return p.closedOr(p.watch.settle())
	}
	return nil
}

// closedOr is net.ErrClosed if the port was closed meanwhile, which explains
// any error of its descriptor, else err with the port's path. The error itself
// does not tell: a RawConn's is none of the exported ones.
func (p *PTY) closedOr(err error) error {
	if err == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return net.ErrClosed
	}
	return fmt.Errorf("port: %s: %w", p.path, err)
}

// TryWrite writes what the host takes now. A host that does not read takes some
// 20 KB on Linux before it is full.
func (p *PTY) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, net.ErrClosed
	}
	if !p.here {
		return 0, ErrNoHost
	}
	return p.writer.try(b)
}

// WaitWritable blocks until TryWrite may take more.
func (p *PTY) WaitWritable() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return net.ErrClosed
	}
	if !p.here {
		p.mu.Unlock()
		return ErrNoHost
	}
	err := p.master.SetWriteDeadline(time.Time{}) // hostGone's, of an earlier host
	p.mu.Unlock()
	if err == nil {
		err = p.writer.wait()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ErrNoHost) {
		return ErrNoHost
	}
	return p.closedOr(err)
}

// Baud is the rate the host has set, in bits per second: 115200 until a host
// sets another. A PTY carries bytes at any rate; comparing it with AT+IPR is the
// modem's to do.
func (p *PTY) Baud() (int, error) {
	var (
		baud    int
		baudErr error
	)
	err := p.conn.Control(func(fd uintptr) { baud, baudErr = baudOf(fd) })
	if err = errors.Join(err, baudErr); err != nil {
		return 0, p.closedOr(err)
	}
	return baud, nil
}

// Close removes the device. A host that has it open sees it hang up.
func (p *PTY) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.mu.Unlock()
	close(p.done)
	var err error
	if p.watch != nil {
		err = p.watch.stop()
	}
	return errors.Join(err, p.master.Close())
}
