package legacy

import (
	"errors"
	"fmt"
)

// Alert is an alert record, in either direction (RFC 5246 7.2).
type Alert struct {
	Code  uint8
	Fatal bool
	Sent  bool // by us; else received
}

// Alert levels and the codes that this package itself uses.
const (
	levelWarning byte = 1
	levelFatal   byte = 2

	alertCloseNotify       uint8 = 0
	alertUnexpectedMessage uint8 = 10
	alertBadRecordMAC      uint8 = 20
	alertRecordOverflow    uint8 = 22
	alertHandshakeFailure  uint8 = 40
	alertNoCertificate     uint8 = 41 // SSL 3.0 only
	alertBadCertificate    uint8 = 42
	alertUnsupportedCert   uint8 = 43
	alertIllegalParameter  uint8 = 47
	alertDecodeError       uint8 = 50
	alertDecryptError      uint8 = 51
	alertProtocolVersion   uint8 = 70
	alertInternalError     uint8 = 80
	alertNoRenegotiation   uint8 = 100
	alertUnsupportedExt    uint8 = 110
)

// Error is a connection ended by an alert. Errors of the connection below are
// passed on as they are and never are an Error.
type Error struct {
	Alert  Alert  // what ended it: fatal, or a close_notify received in the handshake
	Reason string // in words
	Err    error  // the cause: what VerifyServer returned, or nil
}

// Error is the reason alone; the alert is for the caller to print.
func (e *Error) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// breach is a mistake of the peer that is answered with a fatal alert.
func breach(code uint8, format string, args ...any) *Error {
	return &Error{Alert: Alert{Code: code, Fatal: true, Sent: true}, Reason: fmt.Sprintf(format, args...)}
}

// timedOut tells a passed deadline, after which reading can be tried again.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
