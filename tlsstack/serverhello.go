package tlsstack

import (
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// Record and message types (RFC 5246 6.2.1, 7.4) and the limits of reading.
const (
	recordChangeCipher byte = 20
	recordAlert        byte = 21
	recordHandshake    byte = 22
	recordApplication  byte = 23
	recordHeader            = 5 // bytes: type, version, length

	typeClientHello uint8 = 1
	typeServerHello uint8 = 2

	maxPlaintext   = 16384 // of a record, and of a message that mbedTLS takes
	maxWarnings    = 16    // alerts to sit through before a ServerHello
	firstReadBytes = 4096  // holds the first flight of most servers
)

// serverHello is what the server chose.
type serverHello struct {
	version     uint16
	random      [32]byte
	sessionID   []byte
	suite       uint16
	compression uint8
	extensions  []extension
}

// extends tells whether an extension is in the answer.
func (h serverHello) extends(id uint16) bool {
	return slices.ContainsFunc(h.extensions, func(e extension) bool { return e.id == id })
}

// firstFlight reads records until it has a whole ServerHello. It reads ahead,
// so raw, every byte it has read, is what the finisher must see first. Warning
// alerts are told to warn and taken out of raw, or they would be told again.
// Memory is bounded by maxPlaintext and maxWarnings whatever the server sends;
// time is the connection's to bound.
type firstFlight struct {
	conn io.Reader
	warn func(Alert)
	raw  []byte
	next int    // start in raw of the first record not taken yet
	msg  []byte // handshake messages of the records taken, as far as not used
}

func (f *firstFlight) read() (serverHello, error) {
	f.raw = make([]byte, 0, firstReadBytes)
	for warnings := 0; ; {
		kind, body, err := f.record()
		if err != nil {
			return serverHello{}, err
		}
		if kind == recordAlert {
			alert, err := parseAlert(body)
			if err != nil {
				return serverHello{}, err
			}
			f.warn(alert)
			f.cut(recordHeader + len(body))
			if warnings++; warnings > maxWarnings {
				return serverHello{}, sendingAlert(alertUnexpectedMessage, "the server sends nothing but warnings")
			}
			continue
		}
		f.msg = append(f.msg, body...)
		msg := f.msg
		if len(msg) < 4 {
			continue
		}
		if msg[0] != typeServerHello {
			return serverHello{}, sendingAlert(alertUnexpectedMessage,
				"the server answers with handshake message %d, not with a ServerHello", msg[0])
		}
		n := 4 + (int(msg[1])<<16 | int(msg[2])<<8 | int(msg[3]))
		if n > maxPlaintext {
			return serverHello{}, sendingAlert(alertDecodeError, "a ServerHello of %d bytes", n)
		}
		if len(msg) >= n {
			f.msg = msg[n:]
			return parseServerHello(msg[4:n])
		}
	}
}

// record takes the next record of a kind that may stand here.
func (f *firstFlight) record() (kind byte, body []byte, err error) {
	if err := f.fill(f.next + recordHeader); err != nil {
		return 0, nil, err
	}
	header := f.raw[f.next : f.next+recordHeader]
	kind = header[0]
	n := int(header[3])<<8 | int(header[4])
	if header[1] != 3 || kind < recordChangeCipher || kind > recordApplication {
		return 0, nil, handshakeError("the answer is not TLS, it begins with %q", header)
	}
	if kind != recordAlert && kind != recordHandshake || n == 0 {
		return 0, nil, sendingAlert(alertUnexpectedMessage,
			"a record of type %d and %d bytes where a ServerHello was due", kind, n)
	}
	if n > maxPlaintext {
		return 0, nil, handshakeError("a record of %d bytes before anything is encrypted", n)
	}
	start := f.next + recordHeader
	if err := f.fill(start + n); err != nil {
		return 0, nil, err
	}
	f.next = start + n
	return kind, f.raw[start:f.next], nil
}

// cut takes the last record, n bytes with its header, out of raw.
func (f *firstFlight) cut(n int) {
	f.raw = slices.Delete(f.raw, f.next-n, f.next)
	f.next -= n
}

// fill reads until raw holds n bytes.
func (f *firstFlight) fill(n int) error {
	for len(f.raw) < n {
		f.raw = slices.Grow(f.raw, n-len(f.raw))
		got, err := f.conn.Read(f.raw[len(f.raw):cap(f.raw)])
		f.raw = f.raw[:len(f.raw)+got]
		if err != nil && len(f.raw) < n {
			return err
		}
	}
	return nil
}

// parseAlert reads an alert from before encryption. A fatal one and a
// close_notify are the error.
func parseAlert(body []byte) (Alert, error) {
	if len(body) != 2 {
		return Alert{}, sendingAlert(alertDecodeError, "an alert of %d bytes", len(body))
	}
	alert := Alert{Code: body[1], Fatal: body[0] == alertLevelFatal}
	switch {
	case alert.Fatal:
		return alert, &Error{Kind: KindHandshake, Reason: "the server refuses the offer", Alert: &alert}
	case alert.Code == alertCloseNotify:
		return alert, &Error{Kind: KindClosed, Reason: "the server closed the connection", Alert: &alert, Err: io.EOF}
	}
	return alert, nil
}

// parseServerHello reads the message's body (RFC 5246 7.4.1.3).
func parseServerHello(body []byte) (serverHello, error) {
	var h serverHello
	var random, id, exts cryptobyte.String
	s := cryptobyte.String(body)
	ok := s.ReadUint16(&h.version) &&
		s.ReadBytes((*[]byte)(&random), len(h.random)) &&
		s.ReadUint8LengthPrefixed(&id) && len(id) <= 32 &&
		s.ReadUint16(&h.suite) &&
		s.ReadUint8(&h.compression)
	if ok && !s.Empty() {
		ok = s.ReadUint16LengthPrefixed(&exts) && s.Empty()
	}
	for ok && !exts.Empty() {
		var e extension
		var data cryptobyte.String
		ok = exts.ReadUint16(&e.id) && exts.ReadUint16LengthPrefixed(&data)
		e.body = data
		h.extensions = append(h.extensions, e)
	}
	if !ok {
		return serverHello{}, sendingAlert(alertDecodeError, "a ServerHello that cannot be read")
	}
	copy(h.random[:], random)
	h.sessionID = id
	return h, nil
}

// accept checks the server's choice against the offer.
func (h serverHello) accept(offer hello) error {
	suite, known := suiteByID(h.suite)
	switch {
	case h.version < offer.recordVersion, h.version > offer.version:
		return sendingAlert(alertProtocolVersion, "the server chose %s, which was not offered", VersionName(h.version))
	case !known, !offer.offers(h.suite):
		return sendingAlert(alertIllegalParameter, "the server chose suite %s, which was not offered", SuiteName(h.suite))
	case suite.MinVersion > h.version:
		return sendingAlert(alertIllegalParameter, "the server chose %s with %s, which cannot carry it",
			SuiteName(h.suite), VersionName(h.version))
	case h.compression != 0:
		return sendingAlert(alertIllegalParameter, "the server chose compression %d", h.compression)
	case h.extends(extEncryptThenMAC) && !offer.extends(extEncryptThenMAC):
		return sendingAlert(alertUnsupportedExt, "the server accepted encrypt_then_mac, which was not offered")
	}
	return nil
}

// sendingAlert is a breach of the protocol by the server that is answered with
// a fatal alert; handshake.fail sends it.
func sendingAlert(code uint8, format string, args ...any) *Error {
	err := handshakeError(format, args...)
	err.Alert = &Alert{Code: code, Fatal: true, Sent: true}
	return err
}
