// Package tlsstack is the TLS client of a Quectel LTE Standard module, as seen
// by the server it talks to.
//
// The module's client is mbedTLS 2.x (inferred: seed table 3 prints an MBEDTLS_
// name). It offers SSL 3.0 to TLS 1.2 and 32 cipher suites, has a ClientHello
// of its own shape and decides about certificates by its own rules, which are
// not those of Go: a name may stand in the CN alone, a version 1 root is fine,
// a certificate of the server put into the CA file is not, and what is wrong
// with a chain is collected as flags that the module's settings can clear.
// This package does all that over any net.Conn:
//
//	conn, err := tlsstack.Dial(ctx, tcp, tlsstack.Config{
//		ServerName: "server.example",
//		SecLevel:   1,
//		CheckName:  "server.example",
//		CA:         pemBytes,
//		IgnoreTime: true, // the module's factory setting
//	})
//
// The zero Config offers everything and verifies nothing, as a module does
// that nobody has configured (seclevel 0).
//
// # A handshake
//
// [Dial] builds the ClientHello (hello.go), writes it, reads the ServerHello
// and checks it against the offer (serverhello.go). Then one of two finishers
// does the rest of the handshake:
//
//   - utls (utls.go), wherever it can;
//   - our own client, package tlsstack/legacy (own.go), for the rest: SSL 3.0,
//     static ECDH and the other suites that utls lacks, servers that accept
//     encrypt_then_mac, and every connection with [Config].Sessions set.
//
// The record layer of the [Conn] is our own client's either way: it takes over
// from utls behind the Finished messages.
//
// finisher.go decides, with the reasons beside it. It can only be known once
// the server has chosen, since the module's hello offers everything; our own
// client could finish any handshake. Hello, verification, the alerts that
// follow from it and the kinds of error are this package's own, whoever
// finishes; utls.go lists what else differs. [State] shows which one it was,
// and [Config].Finisher forces one, so that the two can be compared.
//
// # Sessions
//
// With a [SessionCache] the sessions of finished handshakes are kept and the
// next Dial resumes them (session.go), by ticket or by session id: to the same
// server, with the same settings, and no longer than the ticket lives on
// Config.Now's clock. A server that does not take a session up just does a
// whole handshake, and a resumption that fails forgets the session.
//
// # Verification
//
// The walk along the chain (walk.go) raises flags per certificate, Config's
// Ignore settings clear some of them (verify.go), and if one is left the
// handshake ends with the alert that mbedTLS chooses for it.
//
// # Errors
//
// Every error of Dial is an [*Error]. Its Kind tells a wrong local file from a
// refused handshake, a rejected certificate, a timeout and a lost connection;
// its text is made for a person reading a log, since the module itself answers
// 566 to all of them.
//
// # Seeing into it
//
// [State] is what the handshake agreed on and saw, alerts both ways included;
// an [*Error] carries it as far as it was known. Config.Trace tells the
// handshake in words as it goes, and Config.KeyLog gets the secrets that
// Wireshark needs.
//
// # Certificates that Go refuses
//
// Certificates are parsed by crypto/x509, which takes less than mbedTLS. Some
// of that can be allowed by the program, in its main package:
//
//	//go:debug rsa1024min=0         // RSA keys below 1024 bits
//	//go:debug x509negativeserial=1 // negative serial numbers
//
// Keys on secp256k1, on the brainpool curves and on P-192 are refused
// whatever is set.
//
// # Not a goal
//
// This is a test bench's TLS. It offers RC4, 3DES and SHA-1 because the module
// does, and makes no attempt to resist timing attacks. Never use it to protect
// anything.
package tlsstack
