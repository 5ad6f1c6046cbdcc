package legacy

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// drop leaves a message out.
func drop(which uint8) func(uint8, []byte) []byte {
	return func(kind uint8, m []byte) []byte {
		if kind == which {
			return nil
		}
		return m
	}
}

// replace sends another body in a message.
func replace(which uint8, body []byte) func(uint8, []byte) []byte {
	return func(kind uint8, m []byte) []byte {
		if kind == which {
			return marshalMessage(kind, body)
		}
		return m
	}
}

// flip changes a byte of a message's body, counted from its end if negative.
func flip(which uint8, at int) func(uint8, []byte) []byte {
	return func(kind uint8, m []byte) []byte {
		if kind == which {
			if at < 0 {
				m[len(m)+at] ^= 1
			} else {
				m[messageHeader+at] ^= 1
			}
		}
		return m
	}
}

// twice sends a message again.
func twice(which uint8) func(uint8, []byte) []byte {
	return func(kind uint8, m []byte) []byte {
		if kind == which {
			return append(m, m...)
		}
		return m
	}
}

// inject sends records before a message.
func inject(which uint8, kind byte, records ...[]byte) func(*serverSide, uint8) error {
	return func(s *serverSide, next uint8) error {
		if next != which {
			return nil
		}
		for _, r := range records {
			if err := s.out.add(kind, r); err != nil {
				return err
			}
		}
		return nil
	}
}

// times repeats a record.
func times(n int, record []byte) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = record
	}
	return out
}

// What a server may get wrong in a handshake, and the alert it gets for it.
func TestServerMistakes(t *testing.T) {
	ecdhe, kxRSA, static := pair{tls12, 0xc02f}, pair{tls10, 0x002f}, pair{tls12, 0xc025}
	wrongSerial := func(c *server) {
		// A certificate of the wrong kind: EC where RSA is needed.
		cert := testPKI(t).ec
		c.chain, c.key = [][]byte{cert.DER}, cert.Key
	}
	tests := []struct {
		name   string
		pair   pair
		server func(*server)
		alert  uint8
	}{
		{"no Certificate", ecdhe, func(c *server) { c.tamper = drop(typeCertificate) }, alertUnexpectedMessage},
		{"empty Certificate", ecdhe, func(c *server) { c.chain = nil }, alertDecodeError},
		{"Certificate of garbage", ecdhe, func(c *server) { c.chain = [][]byte{[]byte("garbage")} }, alertBadCertificate},
		{"Certificate with a length too many", ecdhe, func(c *server) { c.tamper = flip(typeCertificate, 1) }, alertDecodeError},
		{"Certificate twice", ecdhe, func(c *server) { c.tamper = twice(typeCertificate) }, alertUnexpectedMessage},
		{"EC certificate for RSA", kxRSA, wrongSerial, alertUnsupportedCert},
		{"EC certificate for ECDHE_RSA", ecdhe, wrongSerial, alertUnsupportedCert},
		{"no ServerKeyExchange", ecdhe, func(c *server) { c.tamper = drop(typeServerKeyExchange) }, alertUnexpectedMessage},
		{"ServerKeyExchange with an explicit curve", ecdhe, func(c *server) { c.tamper = flip(typeServerKeyExchange, 0) }, alertDecodeError},
		{"ServerKeyExchange on another group", ecdhe, func(c *server) { c.tamper = flip(typeServerKeyExchange, 1) }, alertIllegalParameter},
		{"ServerKeyExchange with another point", ecdhe, func(c *server) { c.tamper = flip(typeServerKeyExchange, 10) }, alertDecryptError},
		{"ServerKeyExchange with a broken signature", ecdhe, func(c *server) { c.tamper = flip(typeServerKeyExchange, -1) }, alertDecryptError},
		{
			"ServerKeyExchange signed before TLS 1.2",
			pair{tls11, 0xc013},
			func(c *server) { c.tamper = flip(typeServerKeyExchange, -1) }, alertDecryptError,
		},
		{"ServerKeyExchange signed with the other kind", ecdhe, func(c *server) {
			c.tamper = flip(typeServerKeyExchange, 4+65+1) // RSA becomes an unknown signature
		}, alertIllegalParameter},
		{"point not on the curve", ecdhe, func(c *server) { c.group = groupP256; c.before = offCurve }, alertIllegalParameter},
		{"P-224 point not on the curve", ecdhe, func(c *server) { c.group = groupP224; c.before = offCurve }, alertIllegalParameter},
		{"ServerKeyExchange for RSA", kxRSA, func(c *server) {
			c.before = inject(typeServerHelloDone, recordHandshake, marshalMessage(typeServerKeyExchange, []byte{1}))
		}, alertUnexpectedMessage},
		{"ServerKeyExchange for static ECDH", static, func(c *server) {
			c.before = inject(typeServerHelloDone, recordHandshake, marshalMessage(typeServerKeyExchange, []byte{1}))
		}, alertUnexpectedMessage},
		{"CertificateRequest of garbage", ecdhe, func(c *server) {
			c.request = &certificateRequestMsg{types: []byte{1}}
			c.tamper = flip(typeCertificateRequest, 2)
		}, alertDecodeError},
		{"CertificateRequest twice", ecdhe, func(c *server) {
			c.request = &certificateRequestMsg{types: []byte{1}, algorithms: []uint16{0x0401}}
			c.tamper = twice(typeCertificateRequest)
		}, alertUnexpectedMessage},
		{"ServerHelloDone with a body", ecdhe, func(c *server) { c.tamper = replace(typeServerHelloDone, []byte{0}) }, alertDecodeError},
		{"no NewSessionTicket", ecdhe, func(c *server) {
			c.extensions = []Extension{{extSessionTicket, nil}}
			c.tamper = drop(typeNewSessionTicket)
		}, alertUnexpectedMessage},
		{"NewSessionTicket unannounced", ecdhe, func(c *server) {
			c.tamper = func(kind uint8, m []byte) []byte { return m }
			c.before = func(s *serverSide, kind uint8) error {
				if kind != typeFinished {
					return nil
				}
				s.out = newRecordWriter(s.conn, s.version) // before the ChangeCipherSpec
				return s.out.add(recordHandshake, marshalMessage(typeNewSessionTicket, make([]byte, 6)))
			}
		}, alertUnexpectedMessage},
		{"NewSessionTicket of garbage", ecdhe, func(c *server) {
			c.extensions = []Extension{{extSessionTicket, nil}}
			c.tamper = replace(typeNewSessionTicket, []byte{1, 2, 3})
		}, alertDecodeError},
		{"wrong Finished", ecdhe, func(c *server) { c.tamper = flip(typeFinished, 3) }, alertDecryptError},
		{"wrong Finished of SSL 3.0", pair{ssl30, 0x0005}, func(c *server) { c.tamper = flip(typeFinished, 30) }, alertDecryptError},
		{"short Finished", ecdhe, func(c *server) { c.tamper = replace(typeFinished, []byte{1}) }, alertDecryptError},
		{"message longer than mbedTLS takes", ecdhe, func(c *server) {
			c.tamper = replace(typeCertificate, make([]byte, maxMessage-messageHeader+1))
		}, alertDecodeError},
		{"ChangeCipherSpec too early", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordChangeCipher, []byte{1})
		}, alertUnexpectedMessage},
		{"ChangeCipherSpec inside a message", ecdhe, func(c *server) {
			c.fragment = 10
			c.before = inject(typeServerHelloDone, recordChangeCipher, []byte{1})
		}, alertUnexpectedMessage},
		{"application data too early", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordApplication, []byte("data"))
		}, alertUnexpectedMessage},
		{"empty handshake record", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordHandshake, nil)
		}, alertUnexpectedMessage},
		{"alert of one byte", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordAlert, []byte{levelWarning})
		}, alertDecodeError},
		{"nothing but warnings", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordAlert, times(maxBarren+1, []byte{levelWarning, 112})...)
		}, alertUnexpectedMessage},
		{"nothing but HelloRequests", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordHandshake, times(maxBarren+1, []byte{0, 0, 0, 0})...)
		}, alertUnexpectedMessage},
		{"HelloRequest with a body", ecdhe, func(c *server) {
			c.before = inject(typeServerHelloDone, recordHandshake, []byte{0, 0, 0, 1, 0})
		}, alertUnexpectedMessage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serverFor(t, test.pair.version, test.pair.suite)
			test.server(&c)
			_, done, err := offerOf(test.pair).against(t, c, echo)
			wantAlert(t, err, test.alert, true)
			// The server may have failed first, at its own mistake.
			if err := <-done; err == nil {
				t.Error("the server saw no error")
			}
		})
	}
}

// offCurve makes the key exchange of a server bring a point that is nowhere,
// well signed.
func offCurve(s *serverSide, kind uint8) error {
	if kind != typeServerKeyExchange {
		return nil
	}
	n := map[uint16]int{groupP224: 28, groupP256: 32}[s.group]
	params := marshalParams(s.group, append([]byte{4}, make([]byte, 2*n)...))
	m := serverKeyExchangeMsg{params: params, algorithm: 0x0401}
	signature, err := signDigest(s.key, crypto.SHA256, digest(crypto.SHA256, s.clientRandom, s.random[:], params))
	if err != nil {
		return err
	}
	m.signature = signature
	body, err := m.marshal(s.version)
	if err != nil {
		return err
	}
	s.tamper = replace(typeServerKeyExchange, body)
	return nil
}

func TestServerExtensions(t *testing.T) {
	tests := []struct {
		name    string
		pair    pair
		offered []uint16
		answer  []Extension
		alert   uint8 // 0: accepted
	}{
		{"unknown", pair{tls12, 0xc02f}, nil, []Extension{{0x1234, []byte("x")}}, 0},
		{"server name and point formats", pair{tls12, 0xc02f}, nil, []Extension{{0, nil}, {extPointFormats, []byte{1, 0}}}, 0},
		{"twice", pair{tls12, 0xc02f}, nil, []Extension{{extMasterSecret, nil}, {extMasterSecret, nil}}, alertDecodeError},
		{"body where none is due", pair{tls12, 0xc02f}, nil, []Extension{{extMasterSecret, []byte{0}}}, alertDecodeError},
		{"renegotiation", pair{tls12, 0xc02f}, nil, []Extension{{extRenegotiation, []byte{1, 0}}}, alertHandshakeFailure},
		{"EtM not offered", pair{tls12, 0x002f}, []uint16{extMasterSecret}, []Extension{{extEncryptThenMAC, nil}}, alertUnsupportedExt},
		{"EMS not offered", pair{tls12, 0x002f}, []uint16{extEncryptThenMAC}, []Extension{{extMasterSecret, nil}}, alertUnsupportedExt},
		{"ticket not offered", pair{tls12, 0x002f}, []uint16{extEncryptThenMAC}, []Extension{{extSessionTicket, nil}}, alertUnsupportedExt},
		{"EtM with SSL 3.0", pair{ssl30, 0x002f}, []uint16{extEncryptThenMAC}, []Extension{{extEncryptThenMAC, nil}}, alertUnsupportedExt},
		{"EMS with SSL 3.0", pair{ssl30, 0x002f}, []uint16{extMasterSecret}, []Extension{{extMasterSecret, nil}}, alertUnsupportedExt},
		{"EtM with GCM means nothing", pair{tls12, 0xc02f}, nil, []Extension{{extEncryptThenMAC, nil}}, 0},
		{"EtM with RC4 means nothing", pair{tls12, 0x0005}, nil, []Extension{{extEncryptThenMAC, nil}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serverFor(t, test.pair.version, test.pair.suite)
			c.extensions = test.answer
			o := offerOf(test.pair)
			o.extensions = test.offered
			conn, done, err := o.against(t, c, echo)
			if test.alert != 0 {
				wantAlert(t, err, test.alert, true)
				<-done
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			mustEcho(t, conn, []byte("hello"))
			mustClose(t, conn, done)
		})
	}
}

// A server that takes up a session must take it up as it was.
func TestWrongResumption(t *testing.T) {
	p := pair{tls12, 0xc02f}
	good := Session{Version: tls12, Suite: 0xc02f, Master: make([]byte, masterLength), ID: []byte("id")}
	tests := []struct {
		name   string
		change func(*Session)
		alert  uint8
	}{
		{"as it was", func(*Session) {}, 0},
		{"another suite", func(s *Session) { s.Suite = 0xc030 }, alertIllegalParameter},
		{"another version", func(s *Session) { s.Version = tls11 }, alertIllegalParameter},
		{"without extended_master_secret", func(s *Session) { s.ExtendedMasterSecret = true }, alertHandshakeFailure},
		{"another master secret", func(s *Session) { s.Master = []byte("another") }, alertBadRecordMAC},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serverFor(t, tls12, 0xc02f)
			c.resume = &good
			ours := good
			test.change(&ours)
			o := offerOf(p)
			o.session = &ours
			conn, done, err := o.against(t, c, echo)
			if test.alert == 0 {
				if err != nil {
					t.Fatal(err)
				}
				mustClose(t, conn, done)
				return
			}
			wantAlert(t, err, test.alert, true)
			<-done
		})
	}
}

// A fixed key of an ECDH suite must be on a group that was offered.
func TestFixedKeyGroup(t *testing.T) {
	o := offerOf(pair{tls12, 0xc025})
	o.groups = []uint16{groupP521}
	_, done, err := o.against(t, serverFor(t, tls12, 0xc025), echo)
	wantAlert(t, err, alertIllegalParameter, true)
	<-done
}

// A signature that was not offered is refused though it is good.
func TestSignatureNotOffered(t *testing.T) {
	h := &handshake{Conn: newConn(nil, tls12, nil, &Config{}), version: tls12, hello: Hello{Signatures: []uint16{0x0401}}}
	h.chain = append(h.chain, testPKI(t).rsa.X509(t))
	params := marshalParams(groupP256, []byte("point"))
	for _, algorithm := range []uint16{0x0401, 0x0501, 0x0101} {
		hash, _ := splitAlgorithm(algorithm)
		signature, err := signDigest(testPKI(t).rsa.Key, hash, digest(hash, make([]byte, 64), params))
		if err != nil {
			t.Fatal(err)
		}
		err = h.verifyServerKey(serverKeyExchangeMsg{params: params, algorithm: algorithm, signature: signature})
		if algorithm == 0x0401 && err != nil || algorithm != 0x0401 && err == nil {
			t.Errorf("%04x: %v", algorithm, err)
		}
	}
}

// The server ends it in each state: by a fatal alert, by close_notify, by FIN.
func TestServerEndsHandshake(t *testing.T) {
	states := []uint8{typeCertificate, typeServerKeyExchange, typeServerHelloDone, typeNewSessionTicket, typeFinished}
	for _, state := range states {
		t.Run(messageName(state), func(t *testing.T) {
			c := serverFor(t, tls12, 0xc02f)
			c.extensions = []Extension{{extSessionTicket, nil}}
			stop := errors.New("here the server stops")
			end := func(last func(*serverSide) error) error {
				c.before = func(s *serverSide, kind uint8) error {
					if kind != state {
						return nil
					}
					return errors.Join(last(s), s.out.flush(), stop)
				}
				_, done, err := offerOf(pair{tls12, 0xc02f}).against(t, c, echo)
				if err := <-done; !errors.Is(err, stop) {
					t.Fatalf("server: %v", err)
				}
				return err
			}
			alert := func(level, code byte) func(s *serverSide) error {
				return func(s *serverSide) error { return s.out.add(recordAlert, []byte{level, code}) }
			}
			wantAlert(t, end(alert(levelFatal, 80)), 80, false)
			if err := end(alert(levelWarning, alertCloseNotify)); !errors.Is(err, io.EOF) {
				t.Errorf("close_notify: %v, want EOF within", err)
			}
			if err := end(func(*serverSide) error { return nil }); !errors.Is(err, io.EOF) {
				t.Errorf("FIN: %v, want EOF", err)
			}
			err := end(func(s *serverSide) error {
				if err := s.out.flush(); err != nil {
					return err
				}
				_, err := s.conn.Write([]byte{recordHandshake, 3, 3, 0, 10, 1})
				return err
			})
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("FIN in a record: %v, want ErrUnexpectedEOF", err)
			}
		})
	}
}

// What Finish is told may be out of its reach.
func TestNotImplemented(t *testing.T) {
	for _, p := range []pair{{tls12, 0x1301}, {ssl30, 0xc013}, {tls11, 0xc02f}, {0x0304, 0xc02f}, {0x0200, 0x0004}} {
		_, err := Finish(nil, Hello{}, ServerHello{Version: p.version, Suite: p.suite}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("0x%04x", p.suite)) {
			t.Errorf("%04x with %04x: %v", p.suite, p.version, err)
		}
	}
}

// RSA keys and curves that are no use for a suite end in an error.
func TestUselessKeys(t *testing.T) {
	secp := testpki.Issue(t, testpki.Spec{PublicKeyInfo: testpki.Secp256k1Info(t)}, nil)
	c := serverFor(t, tls12, 0xc025)
	c.chain = [][]byte{secp.DER}
	_, done, err := offerOf(pair{tls12, 0xc025}).against(t, c, echo)
	wantAlert(t, err, alertBadCertificate, true)
	<-done
}
