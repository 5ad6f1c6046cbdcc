package tlsstack

import "fmt"

// Alert is an alert record, in either direction.
type Alert struct {
	Code  uint8 // RFC 5246 7.2
	Fatal bool
	Sent  bool // by us; else received
}

// Alert levels and the codes that this package itself uses.
const (
	alertLevelWarning byte = 1
	alertLevelFatal   byte = 2

	alertCloseNotify       uint8 = 0
	alertUnexpectedMessage uint8 = 10
	alertBadCertificate    uint8 = 42
	alertUnsupportedCert   uint8 = 43
	alertCertExpired       uint8 = 45
	alertCertUnknown       uint8 = 46
	alertIllegalParameter  uint8 = 47
	alertUnknownCA         uint8 = 48
	alertAccessDenied      uint8 = 49
	alertDecodeError       uint8 = 50
	alertProtocolVersion   uint8 = 70
	alertUnsupportedExt    uint8 = 110
)

// alertNames is RFC 5246 7.2 with the additions of RFC 6066 and SSL 3.0's 41.
var alertNames = map[uint8]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac",
	21: "decryption_failed", 22: "record_overflow", 30: "decompression_failure",
	40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked",
	45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
	50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
	109: "missing_extension", 110: "unsupported_extension",
	112: "unrecognized_name", 116: "certificate_required",
	120: "no_application_protocol",
}

// Name is the alert's name in the RFCs, or "alert_N".
func (a Alert) Name() string {
	if n, ok := alertNames[a.Code]; ok {
		return n
	}
	return fmt.Sprintf("alert_%d", a.Code)
}

// String is the alert in words, e.g. "fatal alert unknown_ca (48) sent".
func (a Alert) String() string {
	level, direction := "warning", "received"
	if a.Fatal {
		level = "fatal"
	}
	if a.Sent {
		direction = "sent"
	}
	return fmt.Sprintf("%s alert %s (%d) %s", level, a.Name(), a.Code, direction)
}
