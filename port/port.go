// Package port is the serial device a modem sits behind: the place where a
// host program's bytes come in and the modem's go out. It knows nothing of AT
// commands.
//
// There are three of them, alike in behaviour, so that a modem need not know
// which one it has:
//
//   - [PTY], made by [OpenPTY]: a pseudo-terminal. Any serial program opens its
//     path as it would open /dev/ttyUSB2. [Link] gives it a name that stays.
//   - [TCP], made by [ListenTCP]: one host at a time over a TCP connection, for
//     what a PTY cannot cross (a container's border, a network).
//   - [PipePort], made by [Pipe]: in memory, for programs that use the modem as
//     a library. It works inside a testing/synctest bubble.
//
// # Behaviour
//
// All three have the same methods:
//
//	Next(buf []byte) (n int, ev Event, err error)
//	TryWrite(p []byte) (int, error)
//	WaitWritable() error
//	Path() string
//	Close() error
//
// Next blocks until the host has done something and reports it as an [Event].
// Events keep their order: HostOpen, then Data any number of times, then
// HostClose, and again. All that a host sent before it closed comes before its
// HostClose, also when it had come and gone before Next looked. The error is
// not nil only when the port is of no more use: it is [net.ErrClosed] after
// Close. The buffer must not be empty.
//
// TryWrite hands the host what it takes now and never blocks. A short count
// with a nil error, zero included, means that the host is not reading; the rest
// is the caller's to keep, and WaitWritable tells when to try again. With no
// host nothing is written and the error is [ErrNoHost], so that the modem can
// drop its output (ruling 28). A host is there from the moment Next reports its
// HostOpen. Bytes that a host left unread are gone with it: the next one never
// sees them. The same must hold for bytes the caller still has: it drops them
// after a HostClose before it calls Next again, for the next host may be there
// at once.
//
// WaitWritable blocks until TryWrite may take more (nil), the host goes or is
// not there (ErrNoHost), or the port closes (net.ErrClosed).
//
// Close may be called at any time and more than once. It interrupts Next and
// WaitWritable at once.
//
// Next is for one goroutine, TryWrite for another, WaitWritable for a third.
// Neither Next nor TryWrite allocates while a host is there.
//
// # Limits
//
// A PTY cannot tell one host from the next when the second opens the device in
// the few microseconds before the first one's close has been looked at; the two
// then count as one. It has no modem lines either: last close is its DTR drop.
// Where there is no inotify (macOS, or Linux when the user's instances are used
// up) it looks for a host every 25 ms, and one that opens and closes in between
// without a byte is missed.
//
// A host that locks a PTY for itself (TIOCEXCL) and is killed before it unlocks
// leaves it locked to every user but root: Linux keeps the lock as long as the
// PTY lives, and nothing but a host that has it open can take it off.
package port

import "errors"

// Event is what a host did.
type Event int

// What a host can do.
const (
	Data      Event = iota // the host sent bytes
	HostOpen               // the host opened the device
	HostClose              // the last host closed it; on a PTY this is a DTR drop
)

// String is the event's name.
func (e Event) String() string {
	switch e {
	case Data:
		return "data"
	case HostOpen:
		return "host open"
	case HostClose:
		return "host close"
	}
	return "unknown event"
}

// ErrNoHost is what writing gives while no host has the device open.
var ErrNoHost = errors.New("port: no host has the device open")

// errEmptyBuffer is Next's answer to a buffer that can hold nothing.
var errEmptyBuffer = errors.New("port: Next needs a buffer of at least one byte")
