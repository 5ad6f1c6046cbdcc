// Package interop connects tlsstack to TLS servers that nobody here wrote. It
// holds tests only, behind a build tag:
//
//	go test -tags interop ./tlsstack/interop
//
// The servers, and the Debian packages they come from:
//
//	JSSE      java, javac   openjdk-17-jdk-headless (a later JDK works as well)
//	NSS       selfserv      libnss3-tools
//	GnuTLS    gnutls-serv   gnutls-bin
//	OpenSSL   openssl       openssl
//
// A server that is missing fails the run; nothing is ever skipped. So does a
// pair of version and suite that a server is known to speak (pairs_test.go) and
// that does not connect.
//
// # What is tested
//
// Each pair of version and suite is offered alone, by each finisher that can do
// it, with data both ways and a close by either side. Version and suite are
// compared with what the server says about the connection and with the
// ServerHello on the wire. Then: client certificates, resumption by ticket and
// by session id, selection by server name, refusals, encrypt_then_mac, and the
// module's whole offer to servers that speak little of it (cases_test.go).
//
// A server's own log is the witness wherever it can be. Each speaks its own way:
//
//   - JSSE is driven by Server.java, which echoes and prints each session. It
//     needs three security properties emptied, resumes no session of SSL 3.0, and
//     refuses a hello for more than SSL 3.0 if it speaks that alone.
//   - selfserv answers a request with the request, of up to 10,239 bytes, or with
//     a file, and closes. It also answers half a request, once our side is closed.
//     Its log counts resumed sessions and names suites by their parts.
//   - gnutls-serv --echo answers one line at a time and forgets what has come
//     behind it; without --echo it answers with a page and closes. After any
//     warning alert it ends the connection.
//   - s_server -rev sends lines back reversed, and closes at a line CLOSE; -www
//     alone says whether a session was resumed. It serves one client at a time,
//     until that has closed its socket.
//
// # The table
//
// The result is a table. With -table FILE it is compared with the one between
// the markers in FILE; with -update as well it is written there (the path is
// relative to this directory):
//
//	go test -tags interop ./tlsstack/interop -table ../../docs/tls.md -update
package interop
