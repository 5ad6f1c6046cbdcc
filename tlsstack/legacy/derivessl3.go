package legacy

import (
	"bytes"
	"crypto"
)

// The pads of SSL 3.0's MAC and hashes (RFC 6101 5.2.3.1): 48 bytes go with
// MD5, 40 with SHA-1.
var (
	ssl3Pad1 = bytes.Repeat([]byte{0x36}, 48)
	ssl3Pad2 = bytes.Repeat([]byte{0x5c}, 48)
)

// ssl3PadLength is the length of the pads for a hash.
func ssl3PadLength(hash crypto.Hash) int {
	if hash == crypto.MD5 {
		return 48
	}
	return 40
}

// ssl3Expand makes n bytes of a secret and two randoms: the master secret
// (client's random first) and the key block (server's first), RFC 6101 6.1 and
// 6.2.2. n is at most 26 times 16.
func ssl3Expand(n int, secret, first, second []byte) []byte {
	var out []byte
	for round := 1; len(out) < n; round++ {
		// "A", "BB", "CCC" ...
		salt := bytes.Repeat([]byte{'A' + byte(round-1)}, round)
		inner := digest(crypto.SHA1, salt, secret, first, second)
		out = append(out, digest(crypto.MD5, secret, inner)...)
	}
	return out[:n]
}

// ssl3Finished is the content of a Finished message (RFC 6101 5.6.9).
func ssl3Finished(master []byte, t transcript, by sender) []byte {
	label := "CLNT"
	if by == byServer {
		label = "SRVR"
	}
	return ssl3Hash(crypto.MD5SHA1, t, label, master)
}

// ssl3Hash is the hash over the handshake in a Finished message, and without a
// label in a CertificateVerify (RFC 6101 5.6.8). MD5SHA1 is both, one behind
// the other.
func ssl3Hash(hash crypto.Hash, t transcript, label string, master []byte) []byte {
	if hash == crypto.MD5SHA1 {
		return append(ssl3Hash(crypto.MD5, t, label, master), ssl3Hash(crypto.SHA1, t, label, master)...)
	}
	n := ssl3PadLength(hash)
	inner := digest(hash, t, []byte(label), master, ssl3Pad1[:n])
	return digest(hash, master, ssl3Pad2[:n], inner)
}
