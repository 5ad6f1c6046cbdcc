package tlsstack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"runtime/debug"
	"strings"

	utls "github.com/refraction-networking/utls"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// This file is the finisher that uses utls v1.8.2. What it has to work around:
//
//   - utls builds no hello with our versions, empty session id and IP address
//     as SNI. So it is set up after our hello has been answered, with the same
//     fields, and its own sending of the hello is compared with ours and
//     swallowed (replay).
//   - It takes a server's downgrade mark (RFC 8446 4.1.3) for an attack, which
//     mbedTLS does not look at. Being told that only the version the server
//     chose is allowed, it does not look either.
//   - Whatever rejects a certificate, it sends alert 42. replay writes the
//     alert that mbedTLS sends into the same record.
//   - It can panic on what a server sends. One server must not end every modem
//     of the process, so a panic becomes an error of this connection (caught).
//   - After a HelloRequest it can write no more, and which client did the
//     handshake would be visible. So it does the handshake alone: the records
//     that follow are our own client's (takeOver).
//
// What stays different from mbedTLS: a ServerKeyExchange signed with SHA-224 or
// on a curve that Go has not ends the handshake.

func init() {
	// Lets utls finish 003d, c024 and c028. It changes a table of utls that is
	// read without a lock, so it must be done before any connection.
	utls.EnableWeakCiphers()
}

// utlsClientSignatures is what the module signs a CertificateVerify with:
// never RSA-PSS, which utls would prefer.
var utlsClientSignatures = []utls.SignatureScheme{
	utls.PKCS1WithSHA512, utls.PKCS1WithSHA384, utls.PKCS1WithSHA256, utls.PKCS1WithSHA1,
	utls.ECDSAWithP521AndSHA512, utls.ECDSAWithP384AndSHA384, utls.ECDSAWithP256AndSHA256, utls.ECDSAWithSHA1,
}

// finishWithUTLS does the rest of the handshake. message and random are our
// ClientHello, flight is what was read of the server's answer.
func (h *handshake) finishWithUTLS(message []byte, random [32]byte, flight []byte) (c *legacy.Conn, err error) {
	defer caught(&err)
	wire := &replay{Conn: h.conn, hello: message, sent: h.saw}
	wire.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(flight), h.conn), firstReadBytes)
	conn := utls.UClient(wire, h.utlsConfig(wire), utls.HelloCustom)
	if err := conn.ApplyPreset(h.utlsSpec()); err != nil {
		return nil, fmt.Errorf("setting up utls: %w", err)
	}
	own := conn.HandshakeState.Hello
	own.Vers = h.offer.version
	own.Random = random[:]
	own.SessionId = nil
	own.TicketSupported = h.offer.extends(extSessionTicket)
	own.SupportedSignatureAlgorithms = signatureSchemes(h.offer)

	if err := conn.Handshake(); err != nil {
		return nil, h.utlsError(err, wire)
	}
	return h.takeOver(random, conn.HandshakeState.MasterSecret, wire)
}

// takeOver puts our own client's record layer in the place of that of utls, which
// has finished the handshake.
func (h *handshake) takeOver(random [32]byte, master []byte, wire *replay) (*legacy.Conn, error) {
	behind, err := wire.in.Peek(wire.in.Buffered())
	if err != nil {
		return nil, fmt.Errorf("taking over from utls: %w", err)
	}
	conn, err := legacy.TakeOver(h.conn, legacy.Finished{
		Version: h.server.version, Suite: h.server.suite, Master: master,
		ClientRandom: random, ServerRandom: h.server.random,
		Sent: wire.sealed, Received: wire.received, Behind: bytes.Clone(behind),
	}, &legacy.Config{Rand: h.Rand})
	if err != nil {
		return nil, fmt.Errorf("taking over from utls: %w", err)
	}
	return conn, nil
}

// utlsSpec is our hello as utls wants to be told of it. Extensions go as bytes:
// what utls must know of them is set beside (finishWithUTLS). The version is
// the one that the server chose, for both ends.
func (h *handshake) utlsSpec() *utls.ClientHelloSpec {
	spec := &utls.ClientHelloSpec{
		TLSVersMin:         h.server.version,
		TLSVersMax:         h.server.version,
		CipherSuites:       h.offer.suites,
		CompressionMethods: []byte{0},
	}
	for _, e := range h.offer.extensions {
		spec.Extensions = append(spec.Extensions, &utls.GenericExtension{Id: e.id, Data: e.body})
	}
	return spec
}

// utlsConfig hooks our verification and client certificate into utls.
func (h *handshake) utlsConfig(wire *replay) *utls.Config {
	return &utls.Config{
		InsecureSkipVerify:          true, // verifyServer does it
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true, // mbedTLS fills its records
		KeyLogWriter:                h.KeyLog,
		Rand:                        h.Rand,
		Time:                        h.Now,
		VerifyConnection: func(cs utls.ConnectionState) error {
			err := h.verifyServer(cs.PeerCertificates)
			var rejected *Error
			if errors.As(err, &rejected) && rejected.Alert != nil {
				wire.alert = rejected.Alert.Code
			}
			return err
		},
		GetClientCertificate: func(*utls.CertificateRequestInfo) (*utls.Certificate, error) {
			h.state.ClientCertAsked = true
			if h.client == nil {
				h.trace(func() string { return "<- CertificateRequest: there is no client certificate to send" })
				return new(utls.Certificate), nil // an empty list
			}
			h.state.ClientCertSent = true
			h.trace(func() string { return "<- CertificateRequest: sending the client certificate" })
			return &utls.Certificate{
				Certificate:                  h.client.chain,
				PrivateKey:                   h.client.key,
				SupportedSignatureAlgorithms: utlsClientSignatures,
			}, nil
		},
	}
}

// signatureSchemes is the offer's signature_algorithms as utls checks a
// ServerKeyExchange against it; nil where it was not offered.
func signatureSchemes(offer hello) []utls.SignatureScheme {
	if !offer.extends(extSignatures) {
		return nil
	}
	schemes := make([]utls.SignatureScheme, len(helloSignatures))
	for i, s := range helloSignatures {
		schemes[i] = utls.SignatureScheme(s)
	}
	return schemes
}

// utlsError adds to an error of utls the alert that it sent or got.
func (h *handshake) utlsError(err error, wire *replay) error {
	var e *Error
	if errors.As(err, &e) || transportError(err) != nil {
		return err
	}
	e = &Error{Kind: KindHandshake, Reason: strings.TrimPrefix(err.Error(), "tls: "), Err: err}
	if alert, ok := utlsAlert(err); ok {
		e.Alert, e.Reason = &alert, "the server broke off"
		if alert.Sent {
			e.Reason = "the server broke the protocol"
		}
	} else if wire.fatal != nil {
		e.Alert = wire.fatal
	}
	return e
}

// utlsAlert finds the alert that an error of utls is about. It stands in a
// net.OpError, in a type that utls does not export: a uint8.
func utlsAlert(err error) (Alert, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" && op.Op != "local error" {
		return Alert{}, false
	}
	code := reflect.ValueOf(op.Err)
	if code.Kind() != reflect.Uint8 {
		return Alert{}, false
	}
	return Alert{Code: uint8(code.Uint()), Fatal: true, Sent: op.Op == "local error"}, true
}

// errUTLSPanic is the error that a panic of utls becomes; what it said and where
// follow in the error around it.
var errUTLSPanic = errors.New("utls panicked")

// caught is deferred around utls, and makes a panic the error.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = &Error{
			Kind: KindHandshake, Reason: fmt.Sprintf("utls cannot cope with this server: %v", r),
			Err: fmt.Errorf("%w: %v\n%s", errUTLSPanic, r, debug.Stack()),
		}
	}
}

// replay stands between utls and the connection during the handshake. To utls
// it looks as if nothing had been sent or read before.
type replay struct {
	net.Conn
	hello []byte        // the ClientHello we sent; nil once utls has sent the same
	in    *bufio.Reader // of what we have read before, and of Conn
	alert uint8         // stands in for alert 42 when verification has failed
	sent  func(Alert)   // told of every alert on its way out
	fatal *Alert        // the fatal one

	// What goes and comes encrypted: behind the ChangeCipherSpecs.
	sealing, opening bool
	sealed, received []byte
	left             int  // of the record that utls reads
	changes          bool // it is a ChangeCipherSpec
}

// errHelloDiffers cannot happen while utls writes what it is told to.
var errHelloDiffers = errors.New("utls built another ClientHello than the one sent")

// Read gives utls no more than the record that it wants, or it would keep the
// beginning of the next one.
func (r *replay) Read(p []byte) (int, error) {
	if r.left == 0 {
		header, err := r.in.Peek(recordHeader)
		switch {
		case len(header) == 0:
			return 0, err
		case err != nil: // utls finds out, too
			r.left = len(header)
		default:
			r.left = recordHeader + (int(header[3])<<8 | int(header[4]))
		}
		r.opening = r.opening || r.changes
		r.changes = header[0] == recordChangeCipher
	}
	n, err := r.in.Read(p[:min(len(p), r.left)])
	r.left -= n
	if r.opening {
		r.received = append(r.received, p[:n]...)
	}
	return n, err
}

// Write sends whole records, which is how utls writes.
func (r *replay) Write(p []byte) (int, error) {
	if r.hello != nil {
		if len(p) < recordHeader || !bytes.Equal(p[recordHeader:], r.hello) {
			return 0, errHelloDiffers
		}
		r.hello = nil
		return len(p), nil
	}
	rest := p
	for !r.sealing && len(rest) >= recordHeader {
		n := recordHeader + (int(rest[3])<<8 | int(rest[4]))
		if n > len(rest) {
			break
		}
		r.look(rest[0], rest[recordHeader:n])
		rest = rest[n:]
	}
	if r.sealing {
		r.sealed = append(r.sealed, rest...)
	}
	return r.Conn.Write(p)
}

// look reads one unencrypted record on its way out, and mends an alert.
func (r *replay) look(kind byte, body []byte) {
	switch {
	case kind == recordChangeCipher:
		r.sealing = true
	case kind == recordAlert && len(body) == 2:
		a := Alert{Code: body[1], Fatal: body[0] == alertLevelFatal, Sent: true}
		if a.Fatal && r.alert != 0 {
			a.Code, body[1] = r.alert, r.alert
		}
		if a.Fatal {
			r.fatal = &a
		}
		r.sent(a)
	}
}
