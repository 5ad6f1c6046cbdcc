package legacy

import (
	"crypto"
	"crypto/hmac"
	"encoding/binary"
	"hash"
)

// recordID is what of a record is authenticated beside its content.
type recordID struct {
	seq     uint64
	kind    byte
	version uint16
}

// recordMAC authenticates records. It allocates nothing per record.
type recordMAC interface {
	size() int
	// sum appends the MAC of a record's data to dst, which may be data itself.
	sum(dst []byte, id recordID, data []byte) []byte
}

// authenticator is a recordMAC that also checks.
type authenticator struct {
	recordMAC
	scratch [48]byte // as long as SHA-384's
}

// newAuthenticator is the MAC of a version and a hash.
func newAuthenticator(version uint16, hash crypto.Hash, secret []byte) *authenticator {
	return &authenticator{recordMAC: newRecordMAC(version, hash, secret)}
}

// check cuts the MAC off the end of data and compares it.
func (a *authenticator) check(id recordID, data []byte) ([]byte, error) {
	n := len(data) - a.size()
	if n < 0 || !hmac.Equal(a.sum(a.scratch[:0], id, data[:n]), data[n:]) {
		return nil, errBadRecord
	}
	return data[:n], nil
}

// newRecordMAC is the MAC of a version and a hash.
func newRecordMAC(version uint16, hash crypto.Hash, secret []byte) recordMAC {
	if version == ssl30 {
		n := ssl3PadLength(hash)
		return &ssl3MAC{
			hash:  hash.New(),
			outer: append(secret[:len(secret):len(secret)], ssl3Pad2[:n]...),
			inner: append(secret[:len(secret):len(secret)], ssl3Pad1[:n]...),
		}
	}
	return &tlsMAC{hash: hmac.New(hash.New, secret)}
}

// tlsMAC is HMAC over number, type, version, length and data (RFC 5246
// 6.2.3.1).
type tlsMAC struct {
	hash   hash.Hash
	header [13]byte
}

func (m *tlsMAC) size() int { return m.hash.Size() }

func (m *tlsMAC) sum(dst []byte, id recordID, data []byte) []byte {
	id.authenticated(&m.header, len(data))
	m.hash.Reset()
	m.hash.Write(m.header[:])
	m.hash.Write(data)
	return m.hash.Sum(dst)
}

// authenticated writes what TLS authenticates before n bytes of data; it is
// GCM's additional data as well (RFC 5246 6.2.3.3).
func (id recordID) authenticated(out *[13]byte, n int) {
	binary.BigEndian.PutUint64(out[0:], id.seq)
	out[8] = id.kind
	binary.BigEndian.PutUint16(out[9:], id.version)
	binary.BigEndian.PutUint16(out[11:], uint16(n))
}

// ssl3MAC is two hashes, one in the other, over secret, pads, number, type,
// length and data; the version is not in it (RFC 6101 5.2.3.1).
type ssl3MAC struct {
	hash         hash.Hash
	outer, inner []byte // the secret and a pad
	header       [11]byte
	scratch      [20]byte
}

func (m *ssl3MAC) size() int { return m.hash.Size() }

func (m *ssl3MAC) sum(dst []byte, id recordID, data []byte) []byte {
	binary.BigEndian.PutUint64(m.header[0:], id.seq)
	m.header[8] = id.kind
	binary.BigEndian.PutUint16(m.header[9:], uint16(len(data)))
	m.hash.Reset()
	m.hash.Write(m.inner)
	m.hash.Write(m.header[:])
	m.hash.Write(data)
	inner := m.hash.Sum(m.scratch[:0])
	m.hash.Reset()
	m.hash.Write(m.outer)
	m.hash.Write(inner)
	return m.hash.Sum(dst)
}
