package legacy

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// Finish does the rest of a handshake over conn, from the ServerHello on, and
// returns the encrypted connection. flight is what has been read of conn so
// far, from the start of the ServerHello's record; it belongs to the connection
// from then on.
//
// If the handshake fails, an alert has been sent where one was due, conn is
// still open, and the error is an [*Error] or one of conn's. conn's deadlines
// bound the handshake; Finish sets none.
func Finish(conn net.Conn, hello Hello, server ServerHello, flight []byte, cfg *Config) (*Conn, error) {
	s, ok := suiteByID(server.Suite)
	if !ok || server.Version < s.minVersion || server.Version > tls12 {
		return nil, fmt.Errorf("%s with suite 0x%04x is not implemented", versionName(server.Version), server.Suite)
	}
	if cfg == nil {
		cfg = &Config{}
	}
	h := &handshake{
		Conn:       newConn(conn, server.Version, flight, cfg),
		hello:      hello,
		server:     server,
		version:    server.Version,
		suite:      s,
		schedule:   newSchedule(server.Version, s),
		transcript: slices.Clone(hello.Message),
	}
	h.state = State{Version: server.Version, Suite: server.Suite}
	if err := h.run(); err != nil {
		h.end(err)
		return nil, err
	}
	return h.Conn, nil
}

// handshake is one Finish under way.
type handshake struct {
	*Conn
	hello      Hello
	server     ServerHello
	version    uint16
	suite      suite
	schedule   schedule
	transcript transcript
	agreed     agreed
	chain      []*x509.Certificate
	master     []byte
	ours       protection // for what we send, once keys are there
	theirs     protection // for what the server sends
	ticket     newSessionTicketMsg
}

// run is the handshake in the order of RFC 5246 7.3.
func (h *handshake) run() error {
	// The caller has read the ServerHello; here it only counts.
	if _, err := h.expect(typeServerHello); err != nil {
		return err
	}
	var err error
	if h.agreed, err = h.server.agree(h.hello.Extensions); err != nil {
		return err
	}
	h.state.SecureRenegotiation = h.agreed.secureRenegotiation
	h.state.ExtendedMasterSecret = h.agreed.extendedMasterSecret
	h.state.EncryptThenMAC = h.agreed.encryptThenMAC && h.suite.bulk.cbc()
	if h.resumes() {
		err = h.abbreviated()
	} else {
		err = h.full()
	}
	if err != nil {
		return err
	}
	h.session = h.resumable()
	h.split = h.version <= tls10 && h.suite.bulk.cbc()
	return nil
}

// resumes tells whether the server takes up the session that was offered: then
// it repeats the id (RFC 5246 7.4.1.3, RFC 5077 3.4).
func (h *handshake) resumes() bool {
	return h.cfg.Session != nil && len(h.server.SessionID) > 0 &&
		bytes.Equal(h.server.SessionID, h.hello.SessionID)
}

// full is a handshake with a key exchange.
func (h *handshake) full() error {
	if err := h.readCertificate(); err != nil {
		return err
	}
	theirs, err := h.readServerKey()
	if err != nil {
		return err
	}
	auth, err := h.readServerDone()
	if err != nil {
		return err
	}

	if h.state.ClientCertAsked {
		if err := h.writeCertificate(auth); err != nil {
			return err
		}
	}
	exchange, premaster, err := h.clientKeyExchange(theirs)
	if err != nil {
		return err
	}
	if err := h.write(typeClientKeyExchange, exchange); err != nil {
		return err
	}
	if h.agreed.extendedMasterSecret {
		h.master = h.schedule.extendedMaster(premaster, h.transcript)
	} else {
		h.master = h.schedule.master(premaster, h.hello.Random[:], h.server.Random[:])
	}
	if h.state.ClientCertSent {
		if err := h.writeCertificateVerify(auth); err != nil {
			return err
		}
	}
	if err := h.makeKeys(); err != nil {
		return err
	}
	if err := h.writeFinished(); err != nil {
		return err
	}
	return h.readFinished()
}

// abbreviated is a handshake that takes up an earlier session's master secret.
func (h *handshake) abbreviated() error {
	s := h.cfg.Session
	switch {
	case s.Version != h.version || s.Suite != h.suite.id:
		return breach(alertIllegalParameter, "the server resumes a session of %s and suite 0x%04x with %s and suite 0x%04x",
			versionName(s.Version), s.Suite, versionName(h.version), h.suite.id)
	case s.ExtendedMasterSecret != h.agreed.extendedMasterSecret: // RFC 7627 5.3
		return breach(alertHandshakeFailure, "the server resumes a session but not its extended_master_secret")
	}
	h.trace(func() string { return "<- the session is resumed" })
	h.state.Resumed = true
	h.state.Chain = s.Chain
	h.master = s.Master
	if err := h.makeKeys(); err != nil {
		return err
	}
	if err := h.readFinished(); err != nil {
		return err
	}
	return h.writeFinished()
}

// readCertificate takes the server's certificates and has them verified.
func (h *handshake) readCertificate() error {
	body, err := h.expect(typeCertificate)
	if err != nil {
		return err
	}
	m, ok := parseCertificate(body)
	if !ok || len(m.chain) == 0 {
		return breach(alertDecodeError, "a Certificate message that cannot be read or is empty")
	}
	h.trace(func() string { return fmt.Sprintf("<- Certificate: a chain of %d", len(m.chain)) })
	for i, der := range m.chain {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return &Error{
				Alert:  Alert{Code: alertBadCertificate, Fatal: true, Sent: true},
				Reason: fmt.Sprintf("certificate %d of the server cannot be read: %v", i, err),
				Err:    err,
			}
		}
		h.chain = append(h.chain, cert)
		h.state.Chain = append(h.state.Chain, cert.Raw)
	}
	if h.cfg.VerifyServer != nil {
		if code, err := h.cfg.VerifyServer(h.chain); err != nil {
			return &Error{Alert: Alert{Code: code, Fatal: true, Sent: true}, Reason: err.Error(), Err: err}
		}
	}
	signature := signatureOf(h.chain[0].PublicKey)
	if h.suite.leaf == keyRSA && signature != signatureRSA || h.suite.leaf == keyEC && signature != signatureECDSA {
		return breach(alertUnsupportedCert, "the key in the server's certificate does not fit suite 0x%04x", h.suite.id)
	}
	return nil
}

// readServerKey takes the server's part of the key exchange, if it has one.
func (h *handshake) readServerKey() (serverKey, error) {
	switch h.suite.exchange {
	case kxECDHE:
		return h.readServerKeyExchange()
	case kxECDH:
		return h.fixedKey()
	}
	return serverKey{}, nil
}

// readServerDone reads to the end of the server's flight and decides about the
// client certificate if it is asked for.
func (h *handshake) readServerDone() (clientAuth, error) {
	var auth clientAuth
	kind, body, err := h.message()
	if err != nil {
		return auth, err
	}
	if kind == typeCertificateRequest {
		m, ok := parseCertificateRequest(body, h.version)
		if !ok {
			return auth, breach(alertDecodeError, "a CertificateRequest that cannot be read")
		}
		auth = h.answer(m)
		h.askedForCertificate(auth.identity != nil)
		if kind, body, err = h.message(); err != nil {
			return auth, err
		}
	}
	if kind != typeServerHelloDone {
		return auth, unexpected(typeServerHelloDone, kind)
	}
	if len(body) != 0 {
		return auth, breach(alertDecodeError, "a ServerHelloDone of %d bytes", len(body))
	}
	h.trace(func() string { return "<- ServerHelloDone" })
	return auth, nil
}

// askedForCertificate notes a CertificateRequest and whether it can be met.
func (h *handshake) askedForCertificate(sent bool) {
	h.state.ClientCertAsked, h.state.ClientCertSent = true, sent
	if h.cfg.CertificateAsked != nil {
		h.cfg.CertificateAsked(sent)
	}
	h.trace(func() string {
		if sent {
			return "<- CertificateRequest: sending the client certificate"
		}
		return "<- CertificateRequest: there is no client certificate to send"
	})
}

// makeKeys derives the keys of both directions from the master secret.
func (h *handshake) makeKeys() error {
	if h.cfg.KeyLog != nil {
		line := fmt.Appendf(nil, "CLIENT_RANDOM %x %x\n", h.hello.Random, h.master)
		if _, err := h.cfg.KeyLog.Write(line); err != nil {
			return breach(alertInternalError, "the key log cannot be written: %v", err)
		}
	}
	k := h.schedule.keys(h.suite, h.master, h.hello.Random[:], h.server.Random[:])
	p := protectionParams{h.version, h.suite, h.state.EncryptThenMAC, h.cfg.random()}
	var err error
	if h.ours, err = newProtection(p, sealing, k.clientMAC, k.clientKey, k.clientIV); err != nil {
		return err
	}
	h.theirs, err = newProtection(p, opening, k.serverMAC, k.serverKey, k.serverIV)
	return err
}

// writeFinished switches to our keys and ends our part of the handshake.
func (h *handshake) writeFinished() error {
	if err := h.out.add(recordChangeCipher, []byte{1}); err != nil {
		return err
	}
	h.out.protect(h.ours)
	h.trace(func() string { return "-> ChangeCipherSpec" })
	if err := h.write(typeFinished, h.schedule.finished(h.master, h.transcript, byClient)); err != nil {
		return err
	}
	return h.out.flush()
}

// readFinished takes a ticket if one is due, switches to the server's keys and
// checks its part of the handshake.
func (h *handshake) readFinished() error {
	if h.agreed.ticket {
		body, err := h.expect(typeNewSessionTicket)
		if err != nil {
			return err
		}
		m, ok := parseNewSessionTicket(body)
		if !ok {
			return breach(alertDecodeError, "a NewSessionTicket that cannot be read")
		}
		h.trace(func() string { return fmt.Sprintf("<- NewSessionTicket: %d bytes", len(m.ticket)) })
		h.ticket = newSessionTicketMsg{m.lifetime, slices.Clone(m.ticket)}
	}
	if err := h.readChangeCipher(); err != nil {
		return err
	}
	want := h.schedule.finished(h.master, h.transcript, byServer)
	body, err := h.expect(typeFinished)
	if err != nil {
		return err
	}
	if !bytes.Equal(body, want) {
		return breach(alertDecryptError, "the server's Finished is wrong: it has seen another handshake")
	}
	h.trace(func() string { return "<- Finished" })
	return nil
}

// readChangeCipher takes a ChangeCipherSpec, which must stand between messages.
func (h *handshake) readChangeCipher() error {
	if len(h.messages) > 0 {
		return breach(alertUnexpectedMessage, "handshake messages where a ChangeCipherSpec was due")
	}
	kind, body, err := h.content()
	if err != nil {
		return err
	}
	if kind != recordChangeCipher {
		return breach(alertUnexpectedMessage, "a record of type %d where a ChangeCipherSpec was due", kind)
	}
	if !bytes.Equal(body, []byte{1}) {
		return breach(alertDecodeError, "a ChangeCipherSpec that cannot be read")
	}
	h.in.protect(h.theirs)
	h.trace(func() string { return "<- ChangeCipherSpec" })
	return nil
}

// resumable is the session as the server can resume it; nil if it cannot.
func (h *handshake) resumable() *Session {
	s := &Session{
		Version: h.version, Suite: h.suite.id, Master: h.master, Chain: h.state.Chain,
		EncryptThenMAC:       h.state.EncryptThenMAC,
		ExtendedMasterSecret: h.state.ExtendedMasterSecret,
	}
	switch {
	case len(h.ticket.ticket) > 0:
		s.Ticket = h.ticket.ticket
		s.Lifetime = time.Duration(h.ticket.lifetime) * time.Second
	case h.state.Resumed:
		return h.cfg.Session
	case len(h.server.SessionID) > 0:
		s.ID = slices.Clone(h.server.SessionID)
	default:
		return nil
	}
	return s
}

// message takes the next handshake message. It stays valid until the next call.
// HelloRequests are left out (RFC 5246 7.4.1.1).
func (h *handshake) message() (kind uint8, body []byte, err error) {
	for {
		m, err := h.nextMessage()
		if err != nil {
			return 0, nil, err
		}
		if m == nil {
			recordKind, content, err := h.content()
			if err != nil {
				return 0, nil, err
			}
			if recordKind != recordHandshake {
				return 0, nil, breach(alertUnexpectedMessage, "a record of type %d in the middle of the handshake", recordKind)
			}
			h.messages = append(h.messages, content...)
			continue
		}
		if m[0] == typeHelloRequest && len(m) == messageHeader {
			if err := h.broughtNothing(); err != nil {
				return 0, nil, err
			}
			continue
		}
		h.barren = 0
		h.transcript.add(m)
		return m[0], m[messageHeader:], nil
	}
}

// expect takes the next handshake message, which must be of a kind.
func (h *handshake) expect(want uint8) (body []byte, err error) {
	kind, body, err := h.message()
	if err != nil {
		return nil, err
	}
	if kind != want {
		return nil, unexpected(want, kind)
	}
	return body, nil
}

// unexpected is a message in the place of another.
func unexpected(want, got uint8) *Error {
	return breach(alertUnexpectedMessage, "%s where %s was due", messageName(got), messageName(want))
}

// write adds a handshake message to what the next flush sends.
func (h *handshake) write(kind uint8, body []byte) error {
	m := marshalMessage(kind, body)
	h.transcript.add(m)
	h.trace(func() string { return "-> " + messageName(kind) })
	return h.out.add(recordHandshake, m)
}

// trace says a line, which is made only if somebody listens.
func (h *handshake) trace(line func() string) {
	if h.cfg.Trace != nil {
		h.cfg.Trace(line())
	}
}

// end sends the alert that ends a failed handshake. Whether it can still be
// delivered changes nothing.
func (h *handshake) end(err error) {
	var e *Error
	if !errors.As(err, &e) || !e.Alert.Sent {
		return
	}
	h.out.buffer = h.out.buffer[:0] // an unfinished flight is not sent
	h.say(e.Alert)
}
