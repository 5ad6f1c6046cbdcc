// Package lab is the other end of the line: servers inside the process that a
// modem reaches without any network, each good at one thing or bad at one.
//
//	lab, err := lab.Start(lab.Options{})
//	...
//	defer lab.Close()
//	network := lab.Network(network.Offline{})
//
// The servers are real listeners, for TCP or UDP, on loopback addresses with ports
// of the machine's choosing. Network gives them the names, addresses and ports by
// which the modem knows them, and hands everything else to the network below:
//
//	echo.lab (192.0.2.10)     port  identity       what it does
//	plain                        7  none           echoes, without TLS
//	echo                      4433  ca-signed      echoes
//	chained                   4434  chained        echoes
//	self-signed               4435  self-signed    echoes
//	expired                   4436  expired        echoes
//	not-yet-valid             4437  not-yet-valid  echoes
//	wrong-name                4438  wrong-name     echoes
//	client-cert               4439  client-cert    echoes
//	legacy                    4440  legacy         echoes
//	close-after-echo          4450  ca-signed      echoes once, then closes
//	close-unread              4451  ca-signed      sends 4 KiB and closes at once
//	reset                     4452  ca-signed      echoes once, then resets (RST)
//	silent                    4453  none           never answers the TLS hello
//	mute                      4454  ca-signed      never sends after the handshake
//	unasked                   4455  ca-signed      sends a banner, then a line a second
//
//	plain-close-after-echo    7050  none           echoes once, then closes
//	plain-close-unread        7051  none           sends 4 KiB and closes at once
//	plain-reset               7052  none           echoes once, then resets (RST)
//	plain-unasked             7055  none           sends a banner, then a line a second
//	call-back                 7056  none           connects to the modem, see below
//
//	echo.lab, UDP             port  identity       what it does
//	udp-echo                     7  none           sends each datagram back
//	udp-mute                  7054  none           never sends one
//
//	220.180.239.212 (seed 3)  port  identity       what it does
//	seed-8010                 8010  ca-signed      echoes
//	seed-8011                 8011  ca-signed      echoes
//
//	ntp.lab (192.0.2.123)      UDP  identity       what it does
//	ntp                        123  none           tells the time of the machine (SNTP)
//	ntp-silent                 124  none           never answers
//	ntp-refuses                125  none           answers that it does not want to be asked
//
// On any other port of echo.lab and ntp.lab connections are refused, as by a machine
// where nothing listens; datagrams are lost.
//
// # A modem that listens
//
// The network below takes the ports at which the modem listens, if it takes any.
// Where it does not (network.Offline), the lab does so itself, on a port of
// 127.0.0.1 that the machine chooses. Ring connects to the modem either way, and
// so does the service call-back: a client sends it a line with a port, such as
// "2020", and from then on it and the modem's side of the new connection are
// joined.
//
// # Identities
//
// cacert.pem, which Files has for the UFS together with client.pem and
// user_key.pem, is the one CA to trust. What a client that trusts it and looks
// closely has to think of an identity:
//
//   - ca-signed: good, for echo.lab. RSA 2048, or ECDSA P-256 for a client that
//     can do nothing else.
//   - chained: good; an intermediate CA signed it and is sent along.
//   - self-signed: bad, no CA signed it.
//   - expired: bad since 2021-01-01.
//   - not-yet-valid: bad until 2110-01-01.
//   - wrong-name: bad, it is for elsewhere.lab.
//   - client-cert: good; demands a certificate of the CA from the client
//     (seclevel 2, seed 2.2.1) and fails the handshake without.
//   - legacy: good, but speaks only TLS 1.0 with RSA key exchange and
//     AES-CBC, 3DES or RC4.
//
// Everything else is valid from 2020-01-01 to 2120-01-01. Certificates and keys
// are fixed and part of the source (ruling 36): `go generate` makes what is
// missing, `go run ./internal/gencerts -force` makes all anew. The keys are
// public; no machine outside a test bench may trust them.
//
// # What the servers speak
//
// TLS 1.0 to 1.2 with each suite that crypto/tls has: of the module's, these
// are RSA with AES-CBC-SHA, AES-128-CBC-SHA256, 3DES-SHA and RC4-SHA, and ECDHE
// with AES-CBC-SHA, AES-128-CBC-SHA256, AES-GCM, 3DES-SHA (RSA only) and
// RC4-SHA. Not SSL 3.0, static ECDH, RC4-MD5 or CBC with SHA-384 or, for
// AES-256, SHA-256: a client that offers nothing else is turned away with
// handshake_failure. No GODEBUG setting is needed.
//
// Key exchange is on X25519 or P-256, as with most servers that choose for
// themselves; a client's taste for P-521 would cost 7 ms each time. Resumption
// is by ticket. A write is one TLS record, up to 16 KiB; under TLS 1.0 with CBC
// it is a record of one byte and one of the rest, as servers do since BEAST
// (ruling 31).
//
// The echo writes back what it reads, record by record, and keeps nothing: a
// client that does not read what comes back will in the end not be read from,
// either. Under TLS 1.0 it takes the two records of a client's message as one,
// so a message of a single byte comes back 100 ms later.
package lab

//go:generate go run ./internal/gencerts -dir pki
