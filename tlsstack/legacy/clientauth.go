package legacy

import "crypto"

// Kinds of key in a CertificateRequest (RFC 5246 7.4.4, RFC 8422 5.5).
const (
	requestRSA   byte = 1
	requestECDSA byte = 64
)

// clientAuth is the answer to a CertificateRequest.
type clientAuth struct {
	identity  *Identity // nil: there is none
	hash      crypto.Hash
	algorithm uint16 // hash and signature, from TLS 1.2
}

// answer decides what a CertificateRequest is answered with. Like mbedTLS it
// sends the one certificate there is, signed with the one hash there is, and
// leaves it to the server to dislike them.
func (h *handshake) answer(certificateRequestMsg) clientAuth {
	id := h.cfg.ClientCertificate
	if id == nil || len(id.Chain) == 0 {
		return clientAuth{}
	}
	signature := signatureOf(id.Key.Public())
	if signature == 0 {
		return clientAuth{}
	}
	if h.version < tls12 {
		return clientAuth{identity: id, hash: oldHash(signature)}
	}
	algorithm := h.preferred(signature)
	hash, _ := splitAlgorithm(algorithm)
	return clientAuth{identity: id, hash: hash, algorithm: algorithm}
}

// preferred is what mbedTLS signs with, without looking at the server's list.
func (h *handshake) preferred(signature uint8) uint16 {
	if h.suite.prf == crypto.SHA384 {
		return 5<<8 | uint16(signature)
	}
	return 4<<8 | uint16(signature)
}

// writeCertificate sends the client's certificate, or says that there is none.
func (h *handshake) writeCertificate(a clientAuth) error {
	var m certificateMsg
	switch {
	case a.identity != nil:
		m.chain = a.identity.Chain
	case h.version == ssl30: // RFC 6101 5.6.6
		h.cfg.saw(Alert{Code: alertNoCertificate, Sent: true})
		h.trace(func() string { return "-> no client certificate" })
		return h.out.add(recordAlert, []byte{levelWarning, alertNoCertificate})
	}
	body, err := m.marshal()
	if err != nil {
		return err
	}
	return h.write(typeCertificate, body)
}

// writeCertificateVerify signs the transcript so far (RFC 5246 7.4.8).
func (h *handshake) writeCertificateVerify(a clientAuth) error {
	signed := h.verifyDigest(a)
	signature, err := signDigest(a.identity.Key, a.hash, signed)
	if err != nil {
		return breach(alertInternalError, "the client's key does not sign: %v", err)
	}
	m := certificateVerifyMsg{algorithm: a.algorithm, signature: signature}
	body, err := m.marshal(h.version)
	if err != nil {
		return err
	}
	return h.write(typeCertificateVerify, body)
}

// verifyDigest is what a CertificateVerify signs.
func (h *handshake) verifyDigest(a clientAuth) []byte {
	if h.version == ssl30 {
		return ssl3Hash(a.hash, h.transcript, "", h.master)
	}
	return h.transcript.sum(a.hash)
}
