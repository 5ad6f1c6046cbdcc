// Package legacy is a TLS client that speaks what today's libraries have
// dropped: SSL 3.0 to TLS 1.2, with the 32 suites of the module (seed tables 2
// and 3), static ECDH, RC4, MD5 and 3DES among them.
//
// It is a client from the ServerHello on. Whoever uses it has sent a
// ClientHello of its own making and read the answer; [Finish] is told both,
// does the rest of the handshake and returns the encrypted connection:
//
//	conn, err := legacy.Finish(tcp, hello, server, flight, &legacy.Config{
//		VerifyServer: func(chain []*x509.Certificate) (alert uint8, err error) { ... },
//	})
//
// # How it is cut
//
// The files follow the layers of RFC 5246 and RFC 6101:
//
//	suites.go       the 32 suites, as data
//	derive.go       secrets: PRF, master secret, key block, Finished
//	derivessl3.go   the same for SSL 3.0
//	mac.go          record MACs, HMAC and SSL 3.0's own
//	protection.go   how records are encrypted: RC4, CBC, GCM
//	reader.go       records from the connection
//	writer.go       records to the connection
//	messages.go     the handshake messages, parsed and marshalled
//	groups.go       the elliptic curves
//	keyexchange.go  how the premaster secret comes about
//	signature.go    signatures on handshake messages
//	clientauth.go   the client's certificate
//	extensions.go   what the server's extensions switch on
//	handshake.go    the order of it all
//	conn.go         the connection afterwards
//	takeover.go     the connection after a handshake that another client did
//
// # What it does where the RFCs leave a choice
//
// It does what mbedTLS 2.16 does with its stock configuration:
//
//   - Application data under SSL 3.0 and TLS 1.0 with a CBC suite goes out as
//     one byte and the rest, in two records.
//   - A HelloRequest is answered with the warning no_renegotiation, and life
//     goes on; under SSL 3.0, which has no such alert, with a fatal
//     unexpected_message. During a handshake it is ignored (RFC 5246 7.4.1.1).
//   - A handshake message is at most 16,384 bytes long.
//   - Without a certificate it answers a CertificateRequest with an
//     empty Certificate, under SSL 3.0 with the warning no_certificate.
//   - A CertificateRequest is answered with the one certificate there is,
//     whatever kinds of key and algorithms the server lists. A CertificateVerify
//     of TLS 1.2 uses SHA-256, or SHA-384 with the suites that end in SHA384.
//   - What the server's extensions accept is checked; unknown ones are ignored.
//
// # Limits
//
// A server may choose any group of the hello; on those that Go does not have
// (brainpool, secp256k1, secp192r1 and so on) the handshake ends with
// handshake_failure and an error that names the group. RSA keys below 1024 bits
// need //go:debug rsa1024min=0 in the main package. Renegotiation, compression,
// fixed ECDH client certificates and TLS 1.3 are not there.
//
// Whatever a peer sends, memory is bounded (a record of 18,437 bytes, a message
// of 16,384, [maxBarren] records in a row that bring nothing) and the answer is
// an error, never a panic. Time is bounded by the connection's deadlines alone.
//
// # Not a goal
//
// Resisting timing attacks: padding and MACs are checked in the plainest way.
// It is for test benches; never use it to protect anything.
package legacy
