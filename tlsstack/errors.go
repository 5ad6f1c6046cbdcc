package tlsstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Kind is what an [Error] is about. The zero Kind is not used.
type Kind uint8

// The kinds of error.
const (
	// KindConfig: the settings or a local file. No byte was sent.
	KindConfig Kind = iota + 1
	// KindHandshake: the two sides could not agree, or one of them broke the
	// protocol. Error.Alert says who ended it, if an alert was seen.
	KindHandshake
	// KindVerify: the server's certificate was rejected. Error.Flags says why.
	KindVerify
	// KindTimeout: the context's deadline, or one set on the connection, passed.
	KindTimeout
	// KindClosed: the peer closed or reset the connection, or the context was
	// cancelled.
	KindClosed
)

// String is the kind in one word.
func (k Kind) String() string {
	switch k {
	case KindConfig:
		return "config"
	case KindHandshake:
		return "handshake"
	case KindVerify:
		return "verify"
	case KindTimeout:
		return "timeout"
	case KindClosed:
		return "closed"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// What may be wrong with the settings and files of a Config. They are found in
// an Error of KindConfig with errors.Is.
var (
	ErrNoCA             = errors.New("no CA certificate is set")
	ErrNoClientCert     = errors.New("no client certificate is set")
	ErrNoClientKey      = errors.New("no client key is set")
	ErrNoCertificate    = errors.New("no certificate in the file")
	ErrNoKey            = errors.New("no private key in the file")
	ErrKeyEncrypted     = errors.New("the private key is encrypted")
	ErrKeyMismatch      = errors.New("the private key does not belong to the certificate")
	ErrNothingToOffer   = errors.New("no suite is left to offer")
	ErrSuiteUnknown     = errors.New("not a suite of this module")
	ErrVersionRange     = errors.New("not a range of versions of this module")
	ErrServerNameLength = errors.New("server name longer than 255 bytes")
)

// Error is every error of Dial, and the error of a Read or Write that met a
// fatal alert.
type Error struct {
	Kind   Kind
	Reason string      // in words, without the kind; never empty
	Alert  *Alert      // the fatal alert that ended it, if one was seen
	Flags  VerifyFlags // KindVerify: what was left after the Ignore settings
	State  *State      // what was known by then; nil before the ServerHello
	Err    error       // the cause, may be nil
}

// Error is the whole story on one line, starting with "tls: ".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tls: %s: %s", e.Kind, e.Reason)
	if e.Alert != nil {
		fmt.Fprintf(&b, " (%s)", e.Alert)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout makes an Error of KindTimeout a timeout in the sense of net.Error.
func (e *Error) Timeout() bool { return e.Kind == KindTimeout }

// Temporary is always false: no error of a handshake goes away by itself. It
// is there to satisfy net.Error.
func (e *Error) Temporary() bool { return false }

// configError is an error of a setting or a local file.
func configError(cause error, format string, args ...any) *Error {
	return &Error{Kind: KindConfig, Reason: fmt.Sprintf(format, args...), Err: cause}
}

// handshakeError is a breach of the protocol that we found ourselves.
func handshakeError(format string, args ...any) *Error {
	return &Error{Kind: KindHandshake, Reason: fmt.Sprintf(format, args...)}
}

// contextError says how a context ended the handshake. The cause decides, so
// that a caller who keeps time on a clock of its own can cancel with
// context.DeadlineExceeded.
func contextError(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, os.ErrDeadlineExceeded) {
		return &Error{Kind: KindTimeout, Reason: "the handshake took too long", Err: cause}
	}
	return &Error{Kind: KindClosed, Reason: "the handshake was cancelled", Err: cause}
}

// transportError sorts an error of the connection below TLS; nil if err is
// none.
func transportError(err error) *Error {
	var ne net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: KindClosed, Reason: "the server closed the connection", Err: err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &Error{Kind: KindClosed, Reason: "the server reset the connection", Err: err}
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return &Error{Kind: KindClosed, Reason: "the connection was closed", Err: err}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return &Error{Kind: KindTimeout, Reason: "the connection timed out", Err: err}
	}
	return nil
}
