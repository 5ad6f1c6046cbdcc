package tlsstack

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// Conn is a connection after its handshake. It is a net.Conn: one reader and
// any number of writers may use it at once, and Close from anywhere unblocks
// them.
type Conn struct {
	link  *legacy.Conn // the record layer
	state State
}

// Read reads decrypted bytes, straight from the record layer. It returns io.EOF
// after the peer's close_notify, and as well when the peer just ended the TCP
// connection between two records, which many servers do;
// io.ErrUnexpectedEOF if it ended in the middle of a record. A fatal alert of
// the peer is an [*Error] of KindClosed. A deadline is os.ErrDeadlineExceeded,
// after which Read may be tried again.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.link.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.explain(err)
	}
	return n, err
}

// Write encrypts p and sends it, in records of at most 16,384 bytes. After
// CloseWrite or Close it is an error. A Write that fails, by its deadline too,
// has broken the stream: only Close is left.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.link.Write(p)
	if err != nil {
		err = c.explain(err)
	}
	return n, err
}

// explain makes an error about an alert an *Error and leaves others alone.
func (c *Conn) explain(err error) error {
	var broken *legacy.Error
	if !errors.As(err, &broken) {
		return err
	}
	alert := Alert(broken.Alert)
	reason := "the server broke off"
	if alert.Sent {
		reason = "the connection was broken off"
	}
	return &Error{Kind: KindClosed, Reason: reason, Alert: &alert, Err: err}
}

// CloseWrite sends close_notify, for at most 5 s, and leaves the connection
// below open: the caller ends it, half (FIN) or whole, and may read on until
// the peer has closed as well. It waits for a Write under way. A second call
// does nothing and returns what the first did.
func (c *Conn) CloseWrite() error { return c.link.CloseWrite() }

// Close sends close_notify unless it was sent, for at most 5 s, and closes the
// connection below. With a Write under way it does not wait to send anything,
// but closes at once. The error is that of closing or of the close_notify; the
// connection is closed either way. Later calls return net.ErrClosed.
func (c *Conn) Close() error { return c.link.Close() }

// LocalAddr is the address of the connection below.
func (c *Conn) LocalAddr() net.Addr { return c.link.LocalAddr() }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.link.RemoteAddr() }

// SetDeadline sets both deadlines of the connection below.
func (c *Conn) SetDeadline(t time.Time) error { return c.link.SetDeadline(t) }

// SetReadDeadline sets the deadline of Read.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.link.SetReadDeadline(t) }

// SetWriteDeadline sets the deadline of Write.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.link.SetWriteDeadline(t) }

// State is what the handshake came to. It never changes, and its slices are
// shared: do not write to them.
func (c *Conn) State() State { return c.state }

// State is what a handshake agreed on and saw.
type State struct {
	Version  uint16      // SSL30 to TLS12
	Suite    uint16      // see SuiteName
	Chain    []ChainCert // leaf first: as walked at SecLevel 1 and 2, as sent at 0
	Verified bool        // Chain was verified (SecLevel 1 and 2)
	Resumed  bool        // an earlier session was resumed; Chain is that session's
	Finisher string      // which TLS code did it: FinisherUTLS or FinisherOwn
	Alerts   []Alert     // those of the handshake, both ways, warnings included

	// In effect on the connection.
	EncryptThenMAC, ExtendedMasterSecret bool

	ClientCertAsked bool // the server asked for a client certificate
	ClientCertSent  bool // and got one
}

// ChainCert is one certificate of the server's chain, and what was found wrong
// with it.
type ChainCert struct {
	Subject, Issuer     string // as RFC 4514 writes names
	NotBefore, NotAfter time.Time
	Flags               VerifyFlags // what the walk raised
	Ignored             VerifyFlags // those of them that a setting cleared
	Trusted             bool        // it is in the CA file
	Raw                 []byte      // DER
}

// words is the certificate for a person.
func (c ChainCert) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, issued by %s, %s to %s", c.Subject, c.Issuer,
		c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
	if c.Trusted {
		b.WriteString(", in the CA file")
	}
	if left := c.Flags &^ c.Ignored; left != 0 {
		b.WriteString(": " + left.words())
	}
	if c.Ignored != 0 {
		b.WriteString(" (ignored: " + c.Ignored.words() + ")")
	}
	return b.String()
}

// words is the outcome for a person.
func (s State) words() string {
	verified := "server not verified"
	if s.Verified {
		verified = "server verified"
	}
	out := fmt.Sprintf("%s, %s, %s", VersionName(s.Version), SuiteName(s.Suite), verified)
	if s.EncryptThenMAC {
		out += ", encrypt_then_mac"
	}
	if s.ExtendedMasterSecret {
		out += ", extended_master_secret"
	}
	if s.Resumed {
		out += ", session resumed"
	}
	switch {
	case s.ClientCertSent:
		out += ", client certificate sent"
	case s.ClientCertAsked:
		out += ", client certificate asked for and not sent"
	}
	return out
}

// has tells whether an alert is among those seen.
func (s State) has(a Alert) bool {
	for _, seen := range s.Alerts {
		if seen == a {
			return true
		}
	}
	return false
}
