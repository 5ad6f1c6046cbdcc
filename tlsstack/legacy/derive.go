package legacy

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/md5" // the hashes of the key schedules
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/subtle"
)

// masterLength is the length of a master secret and of RSA's premaster secret.
const masterLength = 48

// transcript is every handshake message so far, in both directions, headers
// included and HelloRequest left out. It is kept as bytes and not as a running
// hash: which hashes it must go through is known late, and it is short.
type transcript []byte

func (t *transcript) add(message []byte) { *t = append(*t, message...) }

// sum is the transcript's hash. MD5SHA1 is both, one behind the other.
func (t transcript) sum(hash crypto.Hash) []byte { return digest(hash, t) }

// digest hashes the parts as one. MD5SHA1 is both, one behind the other.
func digest(hash crypto.Hash, parts ...[]byte) []byte {
	if hash == crypto.MD5SHA1 {
		return append(digest(crypto.MD5, parts...), digest(crypto.SHA1, parts...)...)
	}
	h := hash.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// sender says whose Finished message it is.
type sender uint8

const (
	byClient sender = iota
	byServer
)

// schedule makes keys out of secrets, as version and suite want it.
type schedule struct {
	version uint16
	hash    crypto.Hash // of the PRF; MD5SHA1 before TLS 1.2
}

// newSchedule is the schedule of a version and a suite.
func newSchedule(version uint16, s suite) schedule {
	if version < tls12 {
		return schedule{version, crypto.MD5SHA1}
	}
	return schedule{version, s.prf}
}

// master is the master secret (RFC 5246 8.1).
func (k schedule) master(premaster, clientRandom, serverRandom []byte) []byte {
	if k.version == ssl30 {
		return ssl3Expand(masterLength, premaster, clientRandom, serverRandom)
	}
	return k.prf(masterLength, premaster, "master secret", clientRandom, serverRandom)
}

// extendedMaster is the master secret bound to the handshake (RFC 7627 4). The
// transcript ends with the ClientKeyExchange.
func (k schedule) extendedMaster(premaster []byte, t transcript) []byte {
	return k.prf(masterLength, premaster, "extended master secret", t.sum(k.hash))
}

// finished is the content of a Finished message (RFC 5246 7.4.9).
func (k schedule) finished(master []byte, t transcript, by sender) []byte {
	if k.version == ssl30 {
		return ssl3Finished(master, t, by)
	}
	label := "client finished"
	if by == byServer {
		label = "server finished"
	}
	return k.prf(12, master, label, t.sum(k.hash))
}

// keys are the pieces of the key block (RFC 5246 6.3).
type keys struct {
	clientMAC, serverMAC []byte
	clientKey, serverKey []byte
	clientIV, serverIV   []byte
}

// keys cuts the key block for a suite.
func (k schedule) keys(s suite, master, clientRandom, serverRandom []byte) keys {
	macLength := 0
	if s.mac != 0 {
		macLength = s.mac.Size()
	}
	size := bulkSizes[s.bulk]
	n := 2 * (macLength + size.key + size.iv)
	var block []byte
	if k.version == ssl30 {
		block = ssl3Expand(n, master, serverRandom, clientRandom)
	} else {
		block = k.prf(n, master, "key expansion", serverRandom, clientRandom)
	}
	cut := func(n int) []byte {
		piece := block[:n:n]
		block = block[n:]
		return piece
	}
	return keys{
		clientMAC: cut(macLength), serverMAC: cut(macLength),
		clientKey: cut(size.key), serverKey: cut(size.key),
		clientIV: cut(size.iv), serverIV: cut(size.iv),
	}
}

// prf is the pseudorandom function of TLS, n bytes of it: P_hash (RFC 5246 5),
// and before TLS 1.2 the XOR of P_MD5 and P_SHA-1 over one half of the secret
// each (RFC 2246 5). The seeds count as one.
func (k schedule) prf(n int, secret []byte, label string, seeds ...[]byte) []byte {
	seed := []byte(label)
	for _, s := range seeds {
		seed = append(seed, s...)
	}
	if k.hash != crypto.MD5SHA1 {
		return pHash(n, k.hash, secret, seed)
	}
	half := (len(secret) + 1) / 2 // an odd secret's middle byte is in both
	out := pHash(n, crypto.MD5, secret[:half], seed)
	subtle.XORBytes(out, out, pHash(n, crypto.SHA1, secret[len(secret)-half:], seed))
	return out
}

// pHash is P_hash of RFC 5246 5, n bytes of it.
func pHash(n int, hash crypto.Hash, secret, seed []byte) []byte {
	h := hmac.New(hash.New, secret)
	out := make([]byte, 0, n+hash.Size())
	h.Write(seed)
	for a := h.Sum(nil); len(out) < n; {
		h.Reset()
		h.Write(a)
		h.Write(seed)
		out = h.Sum(out)
		h.Reset()
		h.Write(a)
		a = h.Sum(a[:0])
	}
	return out[:n]
}
