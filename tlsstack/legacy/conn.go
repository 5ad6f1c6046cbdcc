package legacy

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxBarren is how many records, or messages, in a row may bring nothing: empty
// ones, warning alerts, HelloRequests.
const maxBarren = 16

// closeTimeout bounds the sending of close_notify.
const closeTimeout = 5 * time.Second

// errShut is a Write after CloseWrite.
var errShut = errors.New("write after close_notify")

// Conn is the connection after the handshake. It is a net.Conn: one reader and
// any number of writers may use it at once, and Close from anywhere unblocks
// them.
//
// A connection that an alert has ended answers every later Read and Write with
// the same [*Error].
type Conn struct {
	raw     net.Conn
	cfg     *Config
	state   State
	session *Session
	closed  atomic.Bool
	ended   atomic.Pointer[Error] // by an alert, either way

	readMu   sync.Mutex
	in       recordReader
	plain    []byte // content of the last record, not yet read
	messages []byte // handshake messages, or parts, not yet taken
	barren   int    // records in a row that brought nothing
	readErr  error  // what Read has ended with

	writeMu  sync.Mutex
	out      recordWriter
	writeErr error // the stream is broken
	shut     bool  // close_notify was sent, or tried to be
	shutErr  error
	split    bool // application data begins with a record of one byte

	due atomic.Uint32 // an alert to be sent by whoever holds writeMu; see say
}

// newConn is a connection before anything is encrypted.
func newConn(raw net.Conn, version uint16, flight []byte, cfg *Config) *Conn {
	return &Conn{
		raw: raw, cfg: cfg,
		in:  newRecordReader(raw, flight),
		out: newRecordWriter(raw, version),
	}
}

// State is what the handshake came to. It never changes, and its slices are
// shared: do not write to them.
func (c *Conn) State() State { return c.state }

// Session is what it takes to resume the session, nil if the server does not
// let it be resumed.
func (c *Conn) Session() *Session { return c.session }

// Read returns decrypted bytes. It returns io.EOF after the peer's
// close_notify, and as well when the peer ended the connection between two
// records; io.ErrUnexpectedEOF if it ended in the middle of one. After a passed
// deadline Read may be tried again.
func (c *Conn) Read(p []byte) (int, error) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	for len(c.plain) == 0 {
		if c.readErr != nil {
			return 0, c.readErr
		}
		if err := c.advance(); err != nil {
			return 0, c.failRead(err)
		}
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// failRead notes that reading has come to an end and sends the alert that is
// due. A deadline is no end.
func (c *Conn) failRead(err error) error {
	var e *Error
	switch {
	case timedOut(err):
		return err
	case errors.As(err, &e) && e.Alert.Code == alertCloseNotify && !e.Alert.Fatal:
		err = io.EOF
	case e != nil:
		c.ended.Store(e)
		if e.Alert.Sent {
			c.say(e.Alert)
		}
	}
	c.readErr = err
	return err
}

// advance reads one record and does what it asks for.
func (c *Conn) advance() error {
	// There may be messages left that came with the Finished.
	if err := c.helloRequests(); err != nil {
		return err
	}
	kind, content, err := c.content()
	if err != nil {
		return err
	}
	switch kind {
	case recordApplication:
		if len(c.messages) > 0 {
			return breach(alertUnexpectedMessage, "data in the middle of a handshake message")
		}
		c.barren = 0
		c.plain = content
		return nil
	case recordHandshake:
		c.messages = append(c.messages, content...)
		return c.helloRequests()
	}
	return breach(alertUnexpectedMessage, "a record of type %d after the handshake", kind)
}

// helloRequests refuses the renegotiations that the server has asked for. No
// other message may come after the handshake.
func (c *Conn) helloRequests() error {
	for {
		m, err := c.nextMessage()
		if err != nil || m == nil {
			return err
		}
		if m[0] != typeHelloRequest || len(m) != messageHeader || c.state.Version == ssl30 {
			return breach(alertUnexpectedMessage, "%s after the handshake", messageName(m[0]))
		}
		if err := c.broughtNothing(); err != nil {
			return err
		}
		c.say(Alert{Code: alertNoRenegotiation, Sent: true})
	}
}

// nextMessage takes a handshake message out of what has come of them; nil if
// there is no whole one.
func (c *Conn) nextMessage() ([]byte, error) {
	if len(c.messages) < messageHeader {
		return nil, nil
	}
	n := messageHeader + (int(c.messages[1])<<16 | int(c.messages[2])<<8 | int(c.messages[3]))
	if n > maxMessage {
		return nil, breach(alertDecodeError, "%s of %d bytes", messageName(c.messages[0]), n)
	}
	if len(c.messages) < n {
		return nil, nil
	}
	m := c.messages[:n:n]
	if c.messages = c.messages[n:]; len(c.messages) == 0 {
		c.messages = nil
	}
	return m, nil
}

// content is the next record that brings something: no warning alert, and not
// empty. It stays valid until the next call.
func (c *Conn) content() (kind byte, content []byte, err error) {
	for {
		kind, content, err := c.in.next()
		switch {
		case err != nil:
			return 0, nil, err
		case kind == recordAlert:
			if err := c.heard(content); err != nil {
				return 0, nil, err
			}
		case len(content) > 0:
			return kind, content, nil
		case kind != recordApplication:
			return 0, nil, breach(alertUnexpectedMessage, "an empty record of type %d", kind)
		}
		if err := c.broughtNothing(); err != nil {
			return 0, nil, err
		}
	}
}

// broughtNothing counts what brings nothing, so that a peer cannot keep us busy
// with it.
func (c *Conn) broughtNothing() error {
	if c.barren++; c.barren > maxBarren {
		return breach(alertUnexpectedMessage, "%d records in a row that bring nothing", c.barren)
	}
	return nil
}

// heard takes an alert of the peer. A warning is no error, but for close_notify.
func (c *Conn) heard(content []byte) error {
	if len(content) != 2 {
		return breach(alertDecodeError, "an alert of %d bytes", len(content))
	}
	a := Alert{Code: content[1], Fatal: content[0] == levelFatal}
	c.cfg.saw(a)
	switch {
	case a.Fatal:
		return &Error{Alert: a, Reason: "the server broke off"}
	case a.Code == alertCloseNotify:
		return &Error{Alert: a, Reason: "the server closed the connection", Err: io.EOF}
	}
	return nil
}

// Write encrypts p and sends it, in records of at most 16,384 bytes. After
// CloseWrite or Close it is an error. A Write that fails, by its deadline too,
// has broken the stream: only Close is left.
func (c *Conn) Write(p []byte) (int, error) {
	c.writeMu.Lock()
	defer c.unlockWrite()
	if err := c.writable(); err != nil {
		return 0, err
	}
	written := 0
	for len(p) > 0 {
		n, err := c.writeChunk(p)
		if err != nil {
			c.writeErr = err
			return written, err
		}
		written += n
		p = p[n:]
	}
	return written, nil
}

// writable says why nothing can be written any more.
func (c *Conn) writable() error {
	if e := c.ended.Load(); e != nil {
		return e
	}
	switch {
	case c.closed.Load():
		return net.ErrClosed
	case c.writeErr != nil:
		return c.writeErr
	case c.shut:
		return errShut
	}
	return nil
}

// writeChunk sends the beginning of p: a record, or with split the record of
// one byte and the one after it, as mbedTLS 2.16 cuts them
// (MBEDTLS_SSL_CBC_RECORD_SPLITTING).
func (c *Conn) writeChunk(p []byte) (int, error) {
	n := 0
	if c.split && len(p) > 1 {
		if err := c.out.add(recordApplication, p[:1]); err != nil {
			return 0, err
		}
		n = 1
	}
	rest := p[n:min(len(p), n+maxPlaintext)]
	if err := c.out.add(recordApplication, rest); err != nil {
		return 0, err
	}
	return n + len(rest), c.out.flush()
}

// dueAlert marks a value of Conn.due.
const dueAlert uint32 = 1 << 16

// say sends an alert without waiting for a Write under way, which could wait
// for the peer to read while the peer waits for us: then that Write sends it,
// once it is through.
func (c *Conn) say(a Alert) {
	c.cfg.saw(a)
	level := levelWarning
	if a.Fatal {
		level = levelFatal
	}
	c.due.Store(dueAlert | uint32(level)<<8 | uint32(a.Code))
	if c.writeMu.TryLock() {
		c.unlockWrite()
	}
}

// unlockWrite sends the alert that is due, if there is one, and unlocks. It
// looks again afterwards: one may have become due in between.
func (c *Conn) unlockWrite() {
	for {
		if due := c.due.Swap(0); due != 0 && c.writeErr == nil && !c.shut {
			c.writeErr = c.sendAlert(byte(due>>8), byte(due))
		}
		c.writeMu.Unlock()
		if c.due.Load() == 0 || !c.writeMu.TryLock() {
			return
		}
	}
}

// sendAlert writes an alert; writeMu is held.
func (c *Conn) sendAlert(level, code byte) error {
	if err := c.out.add(recordAlert, []byte{level, code}); err != nil {
		return err
	}
	return c.out.flush()
}

// CloseWrite sends close_notify, for at most 5 s, and leaves the connection
// below open: the caller ends it, and may read on until the peer has closed as
// well. It waits for a Write under way. A second call does nothing and returns
// what the first did. Where an alert has ended the connection nothing is sent.
func (c *Conn) CloseWrite() error {
	c.writeMu.Lock()
	defer c.unlockWrite()
	return c.sendClose()
}

// sendClose is CloseWrite with writeMu held.
func (c *Conn) sendClose() error {
	if c.shut || c.ended.Load() != nil {
		return c.shutErr
	}
	c.shut = true
	if c.shutErr = c.writeErr; c.shutErr != nil {
		return c.shutErr
	}
	if c.shutErr = c.raw.SetWriteDeadline(time.Now().Add(closeTimeout)); c.shutErr != nil {
		return c.shutErr
	}
	c.cfg.saw(Alert{Code: alertCloseNotify, Sent: true})
	c.shutErr = c.sendAlert(levelWarning, alertCloseNotify)
	return c.shutErr
}

// Close sends close_notify unless it was sent, for at most 5 s, and closes the
// connection below. With a Write under way it does not wait to send anything,
// but closes at once. The error is that of closing, or else of the
// close_notify; the connection is closed either way. Later calls return
// net.ErrClosed.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	var notify error
	if c.writeMu.TryLock() {
		notify = c.sendClose()
		c.unlockWrite()
	}
	if err := c.raw.Close(); err != nil {
		return err
	}
	return notify
}

// LocalAddr is the address of the connection below.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// SetDeadline sets both deadlines of the connection below.
func (c *Conn) SetDeadline(t time.Time) error { return c.raw.SetDeadline(t) }

// SetReadDeadline sets the deadline of Read.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.raw.SetReadDeadline(t) }

// SetWriteDeadline sets the deadline of Write.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }
