package legacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// protection seals the records of one direction, or opens them; one value does
// only one of the two. All of them work in place and allocate nothing per
// record.
type protection interface {
	// lead is how many bytes stand before the content in a sealed fragment.
	lead() int
	// tail is how many stand behind n bytes of content.
	tail(n int) int
	// seal takes lead bytes to be filled in and the content behind them, and
	// returns the sealed fragment. Its capacity must have room for tail.
	seal(id recordID, fragment []byte) ([]byte, error)
	// open returns the content, or errBadRecord.
	open(id recordID, fragment []byte) ([]byte, error)
}

// errBadRecord is a record that does not authenticate, whatever the reason.
var errBadRecord = errors.New("a record that does not authenticate")

// direction is which way a protection goes.
type direction uint8

const (
	sealing direction = iota
	opening
)

// protectionParams is what the handshake has come to.
type protectionParams struct {
	version uint16
	suite   suite
	etm     bool      // encrypt_then_mac was agreed on (RFC 7366)
	rand    io.Reader // of explicit IVs
}

// newProtection is the protection of one direction with its keys.
func newProtection(p protectionParams, way direction, macKey, key, iv []byte) (protection, error) {
	switch p.suite.bulk {
	case bulkRC4:
		c, err := rc4.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("setting up RC4: %w", err)
		}
		return &stream{cipher: c, mac: newAuthenticator(p.version, p.suite.mac, macKey)}, nil

	case bulkAES128GCM, bulkAES256GCM:
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("setting up AES: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("setting up GCM: %w", err)
		}
		c := &gcm{aead: aead}
		copy(c.nonce[:], iv)
		return c, nil
	}

	newBlock := aes.NewCipher
	if p.suite.bulk == bulk3DES {
		newBlock = des.NewTripleDESCipher
	}
	block, err := newBlock(key)
	if err != nil {
		return nil, fmt.Errorf("setting up the block cipher: %w", err)
	}
	mode := cipher.NewCBCDecrypter
	if way == sealing {
		mode = cipher.NewCBCEncrypter
	}
	c := &cbc{
		mode: mode(block, iv),
		mac:  newAuthenticator(p.version, p.suite.mac, macKey),
		ssl3: p.version == ssl30,
		etm:  p.etm,
		rand: p.rand,
	}
	if p.version >= tls11 {
		rekeyed, ok := c.mode.(settableIV)
		if !ok {
			return nil, errors.New("the block cipher takes no IV per record")
		}
		c.explicit = rekeyed
	}
	return c, nil
}

// clear is no protection, as before the first ChangeCipherSpec.
type clear struct{}

func (clear) lead() int                                    { return 0 }
func (clear) tail(int) int                                 { return 0 }
func (clear) seal(_ recordID, data []byte) ([]byte, error) { return data, nil }
func (clear) open(_ recordID, data []byte) ([]byte, error) { return data, nil }

// stream is a MAC, and RC4 over both (RFC 5246 6.2.3.1).
type stream struct {
	cipher  *rc4.Cipher
	mac     *authenticator
	scratch []byte // as long as the longest record so far
}

func (s *stream) lead() int    { return 0 }
func (s *stream) tail(int) int { return s.mac.size() }

func (s *stream) seal(id recordID, data []byte) ([]byte, error) {
	data = s.mac.sum(data, id, data)
	s.apply(data)
	return data, nil
}

func (s *stream) open(id recordID, data []byte) ([]byte, error) {
	s.apply(data)
	return s.mac.check(id, data)
}

// apply encrypts or decrypts data. From one buffer into another RC4 is a fifth
// faster than in place, which more than pays for the copy.
func (s *stream) apply(data []byte) {
	s.scratch = append(s.scratch[:0], data...)
	s.cipher.XORKeyStream(data, s.scratch)
}

// gcm is AES-GCM with the record's number as explicit nonce (RFC 5288 3).
type gcm struct {
	aead       cipher.AEAD
	nonce      [12]byte // 4 bytes of the key block, 8 that are sent
	additional [13]byte
}

const (
	gcmNonce = 8 // bytes of it that are sent
	gcmTag   = 16
)

func (*gcm) lead() int    { return gcmNonce }
func (*gcm) tail(int) int { return gcmTag }

func (g *gcm) seal(id recordID, fragment []byte) ([]byte, error) {
	data := fragment[gcmNonce:]
	binary.BigEndian.PutUint64(g.nonce[4:], id.seq)
	copy(fragment, g.nonce[4:])
	id.authenticated(&g.additional, len(data))
	sealed := g.aead.Seal(data[:0], g.nonce[:], data, g.additional[:])
	return fragment[:gcmNonce+len(sealed)], nil
}

func (g *gcm) open(id recordID, fragment []byte) ([]byte, error) {
	if len(fragment) < gcmNonce+gcmTag {
		return nil, errBadRecord
	}
	copy(g.nonce[4:], fragment)
	data := fragment[gcmNonce:]
	id.authenticated(&g.additional, len(data)-gcmTag)
	data, err := g.aead.Open(data[:0], g.nonce[:], data, g.additional[:])
	if err != nil {
		return nil, errBadRecord
	}
	return data, nil
}

// settableIV is a CBC mode whose IV can be set for each record.
type settableIV interface{ SetIV([]byte) }

// cbc is a MAC, padding, and a block cipher over them (RFC 5246 6.2.3.2), or
// with encrypt_then_mac the MAC over the rest (RFC 7366).
type cbc struct {
	mode     cipher.BlockMode
	mac      *authenticator
	explicit settableIV // from TLS 1.1 the IV is sent; before, the last block goes on
	ssl3     bool
	etm      bool
	rand     io.Reader
}

func (c *cbc) lead() int {
	if c.explicit != nil {
		return c.mode.BlockSize()
	}
	return 0
}

func (c *cbc) tail(n int) int {
	if c.etm {
		return c.padding(n) + c.mac.size()
	}
	return c.mac.size() + c.padding(n+c.mac.size())
}

// padding is how many bytes fill n up to whole blocks: 1 to a block.
func (c *cbc) padding(n int) int {
	block := c.mode.BlockSize()
	return block - n%block
}

func (c *cbc) seal(id recordID, fragment []byte) ([]byte, error) {
	lead := c.lead()
	if !c.etm {
		fragment = c.mac.sum(fragment, id, fragment[lead:])
	}
	n := c.padding(len(fragment) - lead)
	for range n {
		fragment = append(fragment, byte(n-1))
	}
	if c.explicit != nil {
		if _, err := io.ReadFull(c.rand, fragment[:lead]); err != nil {
			return nil, fmt.Errorf("no random bytes for an IV: %w", err)
		}
		c.explicit.SetIV(fragment[:lead])
	}
	c.mode.CryptBlocks(fragment[lead:], fragment[lead:])
	if c.etm {
		fragment = c.mac.sum(fragment, id, fragment)
	}
	return fragment, nil
}

func (c *cbc) open(id recordID, data []byte) ([]byte, error) {
	if c.etm {
		var err error
		if data, err = c.mac.check(id, data); err != nil {
			return nil, err
		}
	}
	block, lead := c.mode.BlockSize(), c.lead()
	if len(data) < lead+block || len(data)%block != 0 {
		return nil, errBadRecord
	}
	if c.explicit != nil {
		c.explicit.SetIV(data[:lead])
		data = data[lead:]
	}
	c.mode.CryptBlocks(data, data)
	data, ok := c.unpad(data)
	if !ok {
		return nil, errBadRecord
	}
	if c.etm {
		return data, nil
	}
	return c.mac.check(id, data)
}

// unpad takes the padding off. Each of its bytes is its length; in SSL 3.0 only
// the last one, which is less than a block (RFC 6101 5.2.3.2).
func (c *cbc) unpad(data []byte) ([]byte, bool) {
	n := int(data[len(data)-1])
	if n >= len(data) {
		return nil, false
	}
	if c.ssl3 {
		return data[:len(data)-1-n], n < c.mode.BlockSize()
	}
	for _, b := range data[len(data)-1-n:] {
		if int(b) != n {
			return nil, false
		}
	}
	return data[:len(data)-1-n], true
}
