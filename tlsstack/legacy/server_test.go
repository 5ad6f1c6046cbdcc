package legacy

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// server is a server for tests, with just the mistakes that a test wants. It
// shares key derivation, records and messages with the client, so a handshake
// with it shows that the client is symmetric, not that it is right.
type server struct {
	version, suite uint16
	chain          [][]byte
	key            crypto.Signer
	group          uint16                 // of ECDHE; 0: P-256
	algorithm      uint16                 // of the ServerKeyExchange; 0: SHA-256
	extensions     []Extension            // of the ServerHello
	sessionID      []byte                 // given out
	ticket         []byte                 // given out if the extension is there
	request        *certificateRequestMsg // asks for a client certificate
	resume         *Session               // taken up, whatever the client asks for

	fragment int                                   // bytes of a handshake record; 0: as many as there are
	before   func(s *serverSide, kind uint8) error // called before a message is sent
	tamper   func(kind uint8, m []byte) []byte     // what is sent in the place of a message
}

// serverSide is a server's connection.
type serverSide struct {
	server
	suiteRow suite
	conn     net.Conn
	in       recordReader
	out      recordWriter
	messages []byte

	transcript   transcript
	schedule     schedule
	offered      uint16
	clientRandom []byte
	clientID     []byte
	random       [32]byte
	agree        func(peer []byte) ([]byte, error)
	master       []byte
	etm          bool
	ours, theirs protection
	clientChain  [][]byte
	noCert       bool // the client sent SSL 3.0's no_certificate
}

// accept does the handshake.
func (c server) accept(conn net.Conn) (*serverSide, error) {
	row, ok := suiteByID(c.suite)
	if !ok {
		return nil, fmt.Errorf("no suite %04x", c.suite)
	}
	s := &serverSide{
		server: c, suiteRow: row, conn: conn, schedule: newSchedule(c.version, row),
		in: newRecordReader(conn, nil), out: newRecordWriter(conn, c.version),
	}
	return s, s.handshake()
}

func (s *serverSide) handshake() error {
	if err := s.readClientHello(); err != nil {
		return err
	}
	if err := s.sendServerHello(); err != nil {
		return err
	}
	if s.resume != nil {
		s.master = s.resume.Master
		if err := s.makeKeys(); err != nil {
			return err
		}
		if err := s.sendFinished(); err != nil {
			return err
		}
		return s.readFinished()
	}
	if err := s.sendFlight(); err != nil {
		return err
	}
	if err := s.readFlight(); err != nil {
		return err
	}
	if err := s.readFinished(); err != nil {
		return err
	}
	return s.sendFinished()
}

// sendServerHello chooses what the test has chosen.
func (s *serverSide) sendServerHello() error {
	rand.Read(s.random[:])
	id := s.sessionID
	if s.resume != nil {
		id = s.clientID
	}
	return s.build(typeServerHello, func(b *cryptobyte.Builder) {
		b.AddUint16(s.version)
		b.AddBytes(s.random[:])
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(id) })
		b.AddUint16(s.suite)
		b.AddUint8(0)
		if len(s.extensions) == 0 {
			return
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, e := range s.extensions {
				b.AddUint16(e.Type)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(e.Body) })
			}
		})
	})
}

// sendFlight is the server's, from Certificate to ServerHelloDone.
func (s *serverSide) sendFlight() error {
	body, err := certificateMsg{s.chain}.marshal()
	if err != nil {
		return err
	}
	if err := s.send(typeCertificate, body); err != nil {
		return err
	}
	if s.suiteRow.exchange == kxECDHE {
		if err := s.sendKeyExchange(); err != nil {
			return err
		}
	}
	if s.request != nil {
		body, err := s.request.marshal(s.version)
		if err != nil {
			return err
		}
		if err := s.send(typeCertificateRequest, body); err != nil {
			return err
		}
	}
	if err := s.send(typeServerHelloDone, nil); err != nil {
		return err
	}
	return s.out.flush()
}

// sendKeyExchange makes an ephemeral key and signs it.
func (s *serverSide) sendKeyExchange() error {
	if s.group == 0 {
		s.group = groupP256
	}
	point, err := s.newKey()
	if err != nil {
		return err
	}
	m := serverKeyExchangeMsg{params: marshalParams(s.group, point), algorithm: s.algorithm}
	signature := signatureOf(s.key.Public())
	hash := oldHash(signature)
	if s.version >= tls12 {
		if m.algorithm == 0 {
			m.algorithm = 4<<8 | uint16(signature)
		}
		hash, _ = splitAlgorithm(m.algorithm)
	}
	if m.signature, err = signDigest(s.key, hash, digest(hash, s.clientRandom, s.random[:], m.params)); err != nil {
		return err
	}
	body, err := m.marshal(s.version)
	if err != nil {
		return err
	}
	return s.send(typeServerKeyExchange, body)
}

// newKey makes the ephemeral key.
func (s *serverSide) newKey() (point []byte, err error) {
	if s.group == groupP224 {
		curve := elliptic.P224()
		key, x, y, err := elliptic.GenerateKey(curve, rand.Reader) //nolint:staticcheck // crypto/ecdh has no P-224
		s.agree = func(peer []byte) ([]byte, error) {
			x, y := elliptic.Unmarshal(curve, peer) //nolint:staticcheck // as above
			if x == nil {
				return nil, errPoint
			}
			x, _ = curve.ScalarMult(x, y, key) //nolint:staticcheck // as above
			return x.FillBytes(make([]byte, 28)), nil
		}
		return elliptic.Marshal(curve, x, y), err //nolint:staticcheck // as above
	}
	curve, ok := map[uint16]ecdh.Curve{groupP256: ecdh.P256(), groupP384: ecdh.P384(), groupP521: ecdh.P521()}[s.group]
	if !ok { // a point of some length, for a client that must refuse the group
		return append([]byte{4}, make([]byte, 64)...), nil
	}
	key, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	s.agree = agreeWith(key)
	return key.PublicKey().Bytes(), nil
}

func agreeWith(key *ecdh.PrivateKey) func([]byte) ([]byte, error) {
	return func(peer []byte) ([]byte, error) {
		theirs, err := key.Curve().NewPublicKey(peer)
		if err != nil {
			return nil, err
		}
		return key.ECDH(theirs)
	}
}

// readFlight is the client's, from its Certificate to its CertificateVerify.
func (s *serverSide) readFlight() error {
	kind, body, err := s.message()
	if err != nil {
		return err
	}
	if kind == typeCertificate {
		m, ok := parseCertificate(body)
		if !ok {
			return fmt.Errorf("a Certificate that cannot be read")
		}
		s.clientChain = m.chain
		if kind, body, err = s.message(); err != nil {
			return err
		}
	}
	if kind != typeClientKeyExchange {
		return unexpected(typeClientKeyExchange, kind)
	}
	premaster, err := s.premaster(body)
	if err != nil {
		return err
	}
	if s.extends(extMasterSecret) {
		s.master = s.schedule.extendedMaster(premaster, s.transcript)
	} else {
		s.master = s.schedule.master(premaster, s.clientRandom, s.random[:])
	}
	if len(s.clientChain) > 0 {
		if err := s.readVerify(); err != nil {
			return err
		}
	}
	return s.makeKeys()
}

// premaster takes the secret out of a ClientKeyExchange.
func (s *serverSide) premaster(body []byte) ([]byte, error) {
	var exchange cryptobyte.String
	in := cryptobyte.String(body)
	if s.suiteRow.exchange != kxRSA {
		if !in.ReadUint8LengthPrefixed(&exchange) || !in.Empty() {
			return nil, fmt.Errorf("a ClientKeyExchange that cannot be read")
		}
		if s.agree == nil { // static
			key, err := s.key.(*ecdsa.PrivateKey).ECDH()
			if err != nil {
				return nil, err
			}
			s.agree = agreeWith(key)
		}
		return s.agree(exchange)
	}
	if exchange = in; s.version > ssl30 && (!in.ReadUint16LengthPrefixed(&exchange) || !in.Empty()) {
		return nil, fmt.Errorf("a ClientKeyExchange that cannot be read")
	}
	premaster, err := rsa.DecryptPKCS1v15(nil, s.key.(*rsa.PrivateKey), exchange) //nolint:staticcheck // the key exchange of these suites
	if err != nil {
		return nil, err
	}
	if got := uint16(premaster[0])<<8 | uint16(premaster[1]); got != s.offered {
		return nil, fmt.Errorf("the premaster secret carries version %04x, %04x was offered", got, s.offered)
	}
	return premaster, nil
}

// readVerify checks the client's CertificateVerify.
func (s *serverSide) readVerify() error {
	cert, err := x509.ParseCertificate(s.clientChain[0])
	if err != nil {
		return err
	}
	before := slices.Clone(s.transcript)
	kind, body, err := s.message()
	if err != nil {
		return err
	}
	if kind != typeCertificateVerify {
		return unexpected(typeCertificateVerify, kind)
	}
	in := cryptobyte.String(body)
	hash := oldHash(signatureOf(cert.PublicKey))
	if s.version >= tls12 {
		var algorithm uint16
		if !in.ReadUint16(&algorithm) || !slices.Contains(s.request.algorithms, algorithm) {
			return fmt.Errorf("a CertificateVerify with algorithm %04x", algorithm)
		}
		hash, _ = splitAlgorithm(algorithm)
	}
	var signature cryptobyte.String
	if !in.ReadUint16LengthPrefixed(&signature) || !in.Empty() {
		return fmt.Errorf("a CertificateVerify that cannot be read")
	}
	signed := before.sum(hash)
	if s.version == ssl30 {
		signed = ssl3Hash(hash, before, "", s.master)
	}
	return verifyDigest(cert.PublicKey, hash, signed, signature)
}

func (s *serverSide) makeKeys() (err error) {
	s.etm = s.extends(extEncryptThenMAC) && s.suiteRow.bulk.cbc()
	k := s.schedule.keys(s.suiteRow, s.master, s.clientRandom, s.random[:])
	p := protectionParams{s.version, s.suiteRow, s.etm, rand.Reader}
	if s.ours, err = newProtection(p, sealing, k.serverMAC, k.serverKey, k.serverIV); err != nil {
		return err
	}
	s.theirs, err = newProtection(p, opening, k.clientMAC, k.clientKey, k.clientIV)
	return err
}

func (s *serverSide) sendFinished() error {
	if s.extends(extSessionTicket) {
		body, err := newSessionTicketMsg{300, s.ticket}.marshal()
		if err != nil {
			return err
		}
		if err := s.send(typeNewSessionTicket, body); err != nil {
			return err
		}
	}
	if err := s.out.add(recordChangeCipher, []byte{1}); err != nil {
		return err
	}
	s.out.protect(s.ours)
	if err := s.send(typeFinished, s.schedule.finished(s.master, s.transcript, byServer)); err != nil {
		return err
	}
	return s.out.flush()
}

func (s *serverSide) readFinished() error {
	kind, body, err := s.record()
	if err != nil {
		return err
	}
	if kind != recordChangeCipher || !bytes.Equal(body, []byte{1}) || len(s.messages) > 0 {
		return fmt.Errorf("record %d, % x where a ChangeCipherSpec was due", kind, body)
	}
	s.in.protect(s.theirs)
	want := s.schedule.finished(s.master, s.transcript, byClient)
	message, body, err := s.message()
	if err != nil {
		return err
	}
	if message != typeFinished || !bytes.Equal(body, want) {
		return fmt.Errorf("the client's Finished is wrong")
	}
	return nil
}
