package legacy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"slices"
)

// serverKey is the server's share of an elliptic curve key exchange.
type serverKey struct {
	group uint16
	point []byte
}

// readServerKeyExchange takes the server's ephemeral key and checks that it is
// within the offer and signed by the leaf certificate's key.
func (h *handshake) readServerKeyExchange() (serverKey, error) {
	body, err := h.expect(typeServerKeyExchange)
	if err != nil {
		return serverKey{}, err
	}
	m, ok := parseServerKeyExchange(body, h.version)
	if !ok {
		return serverKey{}, breach(alertDecodeError, "a ServerKeyExchange that cannot be read or names no curve")
	}
	if !slices.Contains(h.hello.Groups, m.group) {
		return serverKey{}, breach(alertIllegalParameter, "the server chose %s, which was not offered", groupName(m.group))
	}
	if err := h.verifyServerKey(m); err != nil {
		return serverKey{}, err
	}
	return serverKey{m.group, slices.Clone(m.point)}, nil
}

// verifyServerKey checks the signature on a ServerKeyExchange.
func (h *handshake) verifyServerKey(m serverKeyExchangeMsg) error {
	key := h.chain[0].PublicKey
	signature := signatureOf(key)
	hash := oldHash(signature)
	how := signatureName(signature) + " with " + hash.String()
	if h.version >= tls12 {
		how = algorithmName(m.algorithm)
		if !slices.Contains(h.hello.Signatures, m.algorithm) {
			return breach(alertIllegalParameter, "the server signed its key with %s, which was not offered", how)
		}
		var by uint8
		if hash, by = splitAlgorithm(m.algorithm); hash == 0 || by != signature {
			return breach(alertIllegalParameter, "the server signed its key with %s, its certificate is for %s", how, signatureName(signature))
		}
	}
	h.trace(func() string {
		return fmt.Sprintf("<- ServerKeyExchange: %s, signed with %s", groupName(m.group), how)
	})
	signed := digest(hash, h.hello.Random[:], h.server.Random[:], m.params)
	if err := verifyDigest(key, hash, signed, m.signature); err != nil {
		return breach(alertDecryptError, "the server's signature on its key is wrong (%s)", how)
	}
	return nil
}

// fixedKey is the server's key of a static ECDH suite, from its certificate.
func (h *handshake) fixedKey() (serverKey, error) {
	key, ok := h.chain[0].PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return serverKey{}, breach(alertUnsupportedCert, "the server's certificate has no EC key")
	}
	group := map[elliptic.Curve]uint16{
		elliptic.P224(): groupP224, elliptic.P256(): groupP256,
		elliptic.P384(): groupP384, elliptic.P521(): groupP521,
	}[key.Curve]
	if !slices.Contains(h.hello.Groups, group) {
		return serverKey{}, breach(alertIllegalParameter, "the server's key is on %s, which was not offered", key.Params().Name)
	}
	point, err := key.Bytes()
	if err != nil {
		return serverKey{}, breach(alertIllegalParameter, "the server's key is not on its curve")
	}
	return serverKey{group, point}, nil
}

// clientKeyExchange makes the premaster secret, and the body of the message
// that gives the server its part of it. theirs is not used with RSA.
func (h *handshake) clientKeyExchange(theirs serverKey) (body, premaster []byte, err error) {
	var m clientKeyExchangeMsg
	if h.suite.exchange == kxRSA {
		m.exchange, premaster, err = h.encryptPremaster()
	} else {
		m.exchange, premaster, err = agree(theirs.group, theirs.point)
	}
	switch {
	case errors.Is(err, errGroup):
		return nil, nil, breach(alertHandshakeFailure,
			"the server chose %s, which the hello offers as the module does but this client does not have", groupName(theirs.group))
	case errors.Is(err, errPoint):
		return nil, nil, breach(alertIllegalParameter, "the server's key is not on %s", groupName(theirs.group))
	case err != nil:
		return nil, nil, breach(alertInternalError, "no key could be agreed on: %v", err)
	}
	body, err = m.marshal(h.version, h.suite.exchange)
	return body, premaster, err
}

// encryptPremaster makes RSA's premaster secret, which begins with the version
// that was offered, not the one that was chosen (RFC 5246 7.4.7.1).
func (h *handshake) encryptPremaster() (encrypted, premaster []byte, err error) {
	key, ok := h.chain[0].PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, nil, errors.New("the certificate has no RSA key")
	}
	random := h.cfg.random()
	premaster = make([]byte, masterLength)
	premaster[0], premaster[1] = byte(h.hello.Version>>8), byte(h.hello.Version)
	if _, err := io.ReadFull(random, premaster[2:]); err != nil {
		return nil, nil, err
	}
	// Deprecated for good reason, and the only key exchange of these suites.
	encrypted, err = rsa.EncryptPKCS1v15(random, key, premaster) //nolint:staticcheck // see above
	return encrypted, premaster, err
}
