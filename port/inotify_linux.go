package port

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// slaveWatch tells that somebody opened a slave. An idle PTY costs nothing
// with it, and all PTYs of the process share one inotify instance: a user has
// no more than 128 of them by default.
//
// The kernel merges equal events that follow each other, so they cannot be
// counted: an event only says "look". Closing needs none, the master reads it.
type slaveWatch struct {
	wake chan struct{} // holds one token after an open
	in   *inotify
	id   int32 // the watch descriptor
	saw  bool  // an open since the last settle; guarded by in.mu
}

// inotify is a running instance with its reader.
type inotify struct {
	file *os.File
	conn syscall.RawConn
	done chan struct{} // closed when the reader has ended

	mu      sync.Mutex // held from reading events to having delivered them
	watches map[int32]*slaveWatch
	buf     [4096]byte
}

// shared is the process's instance. It runs while there is a PTY.
var shared struct {
	mu    sync.Mutex
	in    *inotify
	users int
}

// watchSlave watches the slave at path.
func watchSlave(path string) (*slaveWatch, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.in == nil {
		in, err := startInotify()
		if err != nil {
			return nil, err
		}
		shared.in = in
	}
	w, err := shared.in.add(path)
	if err == nil {
		shared.users++
	}
	return w, errors.Join(err, stopUnused())
}

// stop ends the watch, and the instance with the last one.
func (w *slaveWatch) stop() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	err := w.in.remove(w)
	shared.users--
	return errors.Join(err, stopUnused())
}

// stopUnused stops the instance if nobody uses it. shared.mu is held.
func stopUnused() error {
	if shared.users > 0 {
		return nil
	}
	in := shared.in
	shared.in = nil
	err := in.file.Close()
	<-in.done
	return err
}

// sawOpen tells whether an open was seen since the last settle.
func (w *slaveWatch) sawOpen() bool {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	return w.saw
}

// settle forgets all opens up to now, those included that the kernel still has
// to tell: they belong to a host that has left.
func (w *slaveWatch) settle() error {
	return w.in.conn.Control(func(fd uintptr) {
		w.in.mu.Lock()
		defer w.in.mu.Unlock()
		w.in.deliver(fd)
		w.saw = false
	})
}

func startInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	file := os.NewFile(uintptr(fd), "inotify")
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	in := &inotify{
		file:    file,
		conn:    conn,
		done:    make(chan struct{}),
		watches: make(map[int32]*slaveWatch),
	}
	go in.run()
	return in, nil
}

// run delivers events until the file is closed, which is the only way out of
// Read.
func (in *inotify) run() {
	defer close(in.done)
	_ = in.conn.Read(func(fd uintptr) bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.deliver(fd)
		return false
	})
}

// deliver reads the events there are. in.mu is held.
func (in *inotify) deliver(fd uintptr) {
	for {
		n, err := unix.Read(int(fd), in.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		for b := in.buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			id := int32(binary.NativeEndian.Uint32(b))
			mask := binary.NativeEndian.Uint32(b[4:])
			name := int(binary.NativeEndian.Uint32(b[12:]))
			in.opened(id, mask)
			b = b[min(unix.SizeofInotifyEvent+name, len(b)):]
		}
	}
}

// opened takes one event. in.mu is held.
func (in *inotify) opened(id int32, mask uint32) {
	if mask&unix.IN_Q_OVERFLOW != 0 {
		for _, w := range in.watches {
			w.nudge() // events were lost, anyone may have been opened
		}
		return
	}
	w := in.watches[id]
	if w == nil || mask&unix.IN_OPEN == 0 {
		return
	}
	w.saw = true
	w.nudge()
}

func (w *slaveWatch) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (in *inotify) add(path string) (*slaveWatch, error) {
	w := &slaveWatch{in: in, wake: make(chan struct{}, 1)}
	var addErr error
	err := in.conn.Control(func(fd uintptr) {
		in.mu.Lock() // no event is delivered before the watch is known
		defer in.mu.Unlock()
		id, err := unix.InotifyAddWatch(int(fd), path, unix.IN_OPEN)
		if err != nil {
			addErr = os.NewSyscallError("inotify_add_watch", err)
			return
		}
		w.id = int32(id)
		in.watches[w.id] = w
	})
	if err = errors.Join(err, addErr); err != nil {
		return nil, err
	}
	return w, nil
}

func (in *inotify) remove(w *slaveWatch) error {
	var rmErr error
	err := in.conn.Control(func(fd uintptr) {
		in.mu.Lock()
		defer in.mu.Unlock()
		delete(in.watches, w.id)
		if _, err := unix.InotifyRmWatch(int(fd), uint32(w.id)); err != nil {
			rmErr = os.NewSyscallError("inotify_rm_watch", err)
		}
	})
	return errors.Join(err, rmErr)
}
