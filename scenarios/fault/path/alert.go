package path

import (
	"fmt"
	"strings"
)

// Alert is the description of a TLS alert (RFC 5246 7.2).
type Alert uint8

// alerts are the descriptions of RFC 5246 7.2, in its order and with its names.
var alerts = []struct {
	code Alert
	name string
}{
	{0, "close_notify"},
	{10, "unexpected_message"},
	{20, "bad_record_mac"},
	{21, "decryption_failed_RESERVED"},
	{22, "record_overflow"},
	{30, "decompression_failure"},
	{40, "handshake_failure"},
	{41, "no_certificate_RESERVED"},
	{42, "bad_certificate"},
	{43, "unsupported_certificate"},
	{44, "certificate_revoked"},
	{45, "certificate_expired"},
	{46, "certificate_unknown"},
	{47, "illegal_parameter"},
	{48, "unknown_ca"},
	{49, "access_denied"},
	{50, "decode_error"},
	{51, "decrypt_error"},
	{60, "export_restriction_RESERVED"},
	{70, "protocol_version"},
	{71, "insufficient_security"},
	{80, "internal_error"},
	{90, "user_canceled"},
	{100, "no_renegotiation"},
	{110, "unsupported_extension"},
}

// AlertNames are the names that ParseAlert knows, in the RFC's order.
func AlertNames() []string {
	var names []string
	for _, a := range alerts {
		names = append(names, a.name)
	}
	return names
}

// ParseAlert finds an alert by its name in RFC 5246 7.2, as handshake_failure.
// The error for any other name lists those there are.
func ParseAlert(name string) (Alert, error) {
	for _, a := range alerts {
		if a.name == name {
			return a.code, nil
		}
	}
	return 0, fmt.Errorf("%q is no TLS alert; those of RFC 5246 7.2 are %s", name, strings.Join(AlertNames(), ", "))
}

// String is the alert's name, or "alert N" for one that the RFC does not have.
func (a Alert) String() string {
	for _, known := range alerts {
		if known.code == a {
			return known.name
		}
	}
	return fmt.Sprintf("alert %d", uint8(a))
}

// Parts of a record (RFC 5246 6.2.1, 7.2).
const (
	recordHeader    = 5 // bytes: type, version, length
	recordFirst     = 20
	recordAlert     = 21
	recordHandshake = 22
	recordLast      = 24 // a heartbeat (RFC 6520)
	levelFatal      = 2
)

// record is the fatal alert as a server sends it before anything is encrypted.
func (a Alert) record(version [2]byte) []byte {
	return []byte{recordAlert, version[0], version[1], 0, 2, levelFatal, byte(a)}
}
