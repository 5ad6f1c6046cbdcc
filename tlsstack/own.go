package tlsstack

import (
	"crypto/x509"
	"errors"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// This file is the finisher that uses our own client.

// finishWithOwn does the rest of the handshake with tlsstack/legacy.
func (h *handshake) finishWithOwn(message []byte, random [32]byte, flight []byte) (*legacy.Conn, error) {
	hello := legacy.Hello{
		Message:   message,
		Version:   h.offer.version,
		Random:    random,
		SessionID: h.sessionID,
		Groups:    helloGroups,
	}
	if h.offer.extends(extSignatures) {
		hello.Signatures = helloSignatures
	}
	for _, e := range h.offer.extensions {
		hello.Extensions = append(hello.Extensions, e.id)
	}
	server := legacy.ServerHello{
		Version:   h.server.version,
		Random:    h.server.random,
		SessionID: h.server.sessionID,
		Suite:     h.server.suite,
	}
	for _, e := range h.server.extensions {
		server.Extensions = append(server.Extensions, legacy.Extension{Type: e.id, Body: e.body})
	}
	conn, err := legacy.Finish(h.conn, hello, server, flight, h.ownConfig())
	if err != nil {
		return nil, h.ownError(err)
	}
	s := conn.State()
	h.state.Resumed = s.Resumed
	h.state.EncryptThenMAC = s.EncryptThenMAC
	if s.Resumed {
		h.state.Chain, h.state.Verified = h.resume.chain, h.resume.verified
	}
	h.remember(conn.Session())
	return conn, nil
}

// ownConfig hooks our verification, client certificate and sessions into the
// own client.
func (h *handshake) ownConfig() *legacy.Config {
	cfg := &legacy.Config{
		KeyLog:  h.KeyLog,
		Rand:    h.Rand,
		Trace:   h.Trace,
		OnAlert: func(a legacy.Alert) { h.ownAlert(a) },
		VerifyServer: func(chain []*x509.Certificate) (uint8, error) {
			err := h.verifyServer(chain)
			var rejected *Error
			if errors.As(err, &rejected) && rejected.Alert != nil {
				return rejected.Alert.Code, err
			}
			return alertBadCertificate, err
		},
		CertificateAsked: func(sent bool) { h.state.ClientCertAsked, h.state.ClientCertSent = true, sent },
	}
	if h.client != nil {
		cfg.ClientCertificate = &legacy.Identity{Chain: h.client.chain, Key: h.client.key}
	}
	if h.resume != nil {
		cfg.Session = h.resume.session
	}
	return cfg
}

// ownAlert notes an alert of the handshake. Those after it are the connection's.
func (h *handshake) ownAlert(a legacy.Alert) {
	if !h.done.Load() {
		h.saw(Alert(a))
	}
}

// ownError makes an error of the own client an *Error, unless it is one of the
// connection below.
func (h *handshake) ownError(err error) error {
	var ours *Error
	var theirs *legacy.Error
	switch {
	case errors.As(err, &ours):
		return ours // what verifyServer said
	case errors.As(err, &theirs):
		alert := Alert(theirs.Alert)
		kind := KindHandshake
		if alert.Code == alertCloseNotify && !alert.Fatal {
			kind = KindClosed
		}
		return &Error{Kind: kind, Reason: theirs.Reason, Alert: &alert, Err: err}
	}
	return err
}
