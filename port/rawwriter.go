package port

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawWriter writes to a descriptor that the runtime poller drives, without
// ever waiting in the write. The callbacks are made once, because a closure
// made for each call would be an allocation for each call.
//
// The descriptor is reached through Control for writing and through Write only
// for waiting: RawConn.Write holds the descriptor's write lock as long as it
// waits, Control takes no lock, so that a write can go on beside a wait.
type rawWriter struct {
	conn  syscall.RawConn
	send  func(fd uintptr)      // one round of try
	ready func(fd uintptr) bool // one look of wait

	// Of the goroutine that calls try.
	data    []byte
	sent    int
	sendErr error

	// Of the goroutine that calls wait.
	seen    int16
	seenErr error
}

func newRawWriter(conn syscall.RawConn) *rawWriter {
	w := &rawWriter{conn: conn}
	w.send = w.sendOnce
	w.ready = w.look
	return w
}

// try writes what the descriptor takes now. When that is less than all of p
// and the other side has hung up, the error is ErrNoHost.
func (w *rawWriter) try(p []byte) (int, error) {
	w.data, w.sent, w.sendErr = p, 0, nil
	err := w.conn.Control(w.send)
	w.data = nil
	if err == nil {
		err = w.sendErr
	}
	return w.sent, err
}

func (w *rawWriter) sendOnce(fd uintptr) {
	for w.sent < len(w.data) {
		n, err := unix.Write(int(fd), w.data[w.sent:])
		switch {
		case err == nil && n > 0:
			w.sent += n
		case err == unix.EINTR:
		case err == nil || err == unix.EAGAIN:
			// Full. A host that is gone will never make room.
			seen, err := poll(fd, unix.POLLOUT)
			if err != nil {
				w.sendErr = err
			} else if seen&(unix.POLLHUP|unix.POLLERR) != 0 {
				w.sendErr = ErrNoHost
			}
			return
		case err == unix.EIO || err == unix.EPIPE || err == unix.ECONNRESET:
			w.sendErr = ErrNoHost
			return
		default:
			w.sendErr = os.NewSyscallError("write", err)
			return
		}
	}
}

// wait blocks until the descriptor takes more (nil), the other side has hung
// up (ErrNoHost), a write deadline passes or the descriptor is closed.
func (w *rawWriter) wait() error {
	if err := w.conn.Write(w.ready); err != nil {
		return err
	}
	if w.seenErr != nil {
		return w.seenErr
	}
	if w.seen&(unix.POLLHUP|unix.POLLERR) != 0 {
		return ErrNoHost
	}
	return nil
}

func (w *rawWriter) look(fd uintptr) bool {
	w.seen, w.seenErr = poll(fd, unix.POLLOUT)
	return w.seenErr != nil || w.seen&(unix.POLLOUT|unix.POLLHUP|unix.POLLERR) != 0
}

// poll asks which of the wanted events a descriptor has right now; POLLHUP and
// POLLERR are always wanted.
func poll(fd uintptr, want int16) (int16, error) {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: want}}
	for {
		_, err := unix.Poll(fds[:], 0)
		if err == unix.EINTR {
			continue
		}
		return fds[0].Revents, os.NewSyscallError("poll", err)
	}
}
