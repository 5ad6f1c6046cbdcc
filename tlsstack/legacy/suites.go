package legacy

import (
	"crypto"
	"fmt"
)

// Protocol versions as they stand on the wire.
const (
	ssl30 uint16 = 0x0300
	tls10 uint16 = 0x0301
	tls11 uint16 = 0x0302
	tls12 uint16 = 0x0303
)

// versionName names a version in traces and errors.
func versionName(v uint16) string {
	switch v {
	case ssl30:
		return "SSL 3.0"
	case tls10, tls11, tls12:
		return fmt.Sprintf("TLS 1.%d", v-tls10)
	}
	return fmt.Sprintf("0x%04x", v)
}

// keyExchange is how a suite comes to its premaster secret.
type keyExchange uint8

const (
	kxRSA   keyExchange = iota + 1 // encrypted to the key in the certificate
	kxECDH                         // with the key in the certificate
	kxECDHE                        // with a key of the server's, signed
)

// publicKey is the kind of key that a certificate holds.
type publicKey uint8

const (
	keyRSA publicKey = iota + 1
	keyEC
)

// bulk is how a suite encrypts.
type bulk uint8

const (
	bulkRC4 bulk = iota + 1
	bulk3DES
	bulkAES128
	bulkAES256
	bulkAES128GCM
	bulkAES256GCM
)

// bulkSizes are the lengths that the key block is cut into, in bytes: key, and
// the part of the IV that is not sent (RFC 5246 6.3).
var bulkSizes = [...]struct{ key, iv int }{
	bulkRC4:       {16, 0},
	bulk3DES:      {24, 8},
	bulkAES128:    {16, 16},
	bulkAES256:    {32, 16},
	bulkAES128GCM: {16, 4},
	bulkAES256GCM: {32, 4},
}

// cbc tells whether records are padded to blocks.
func (b bulk) cbc() bool { return b == bulk3DES || b == bulkAES128 || b == bulkAES256 }

// suite is one row of the table.
type suite struct {
	id         uint16
	minVersion uint16 // the lowest that can carry it
	exchange   keyExchange
	leaf       publicKey // what the server's certificate must hold
	bulk       bulk
	mac        crypto.Hash // of records; 0 with GCM
	prf        crypto.Hash // of TLS 1.2
}

// suites is seed table 3 in the order of the codes.
var suites = []suite{
	{0x0004, ssl30, kxRSA, keyRSA, bulkRC4, crypto.MD5, crypto.SHA256},
	{0x0005, ssl30, kxRSA, keyRSA, bulkRC4, crypto.SHA1, crypto.SHA256},
	{0x000a, ssl30, kxRSA, keyRSA, bulk3DES, crypto.SHA1, crypto.SHA256},
	{0x002f, ssl30, kxRSA, keyRSA, bulkAES128, crypto.SHA1, crypto.SHA256},
	{0x0035, ssl30, kxRSA, keyRSA, bulkAES256, crypto.SHA1, crypto.SHA256},
	{0x003d, tls12, kxRSA, keyRSA, bulkAES256, crypto.SHA256, crypto.SHA256},

	{0xc002, tls10, kxECDH, keyEC, bulkRC4, crypto.SHA1, crypto.SHA256}, // ECDH_ECDSA
	{0xc003, tls10, kxECDH, keyEC, bulk3DES, crypto.SHA1, crypto.SHA256},
	{0xc004, tls10, kxECDH, keyEC, bulkAES128, crypto.SHA1, crypto.SHA256},
	{0xc005, tls10, kxECDH, keyEC, bulkAES256, crypto.SHA1, crypto.SHA256},
	{0xc007, tls10, kxECDHE, keyEC, bulkRC4, crypto.SHA1, crypto.SHA256}, // ECDHE_ECDSA
	{0xc008, tls10, kxECDHE, keyEC, bulk3DES, crypto.SHA1, crypto.SHA256},
	{0xc009, tls10, kxECDHE, keyEC, bulkAES128, crypto.SHA1, crypto.SHA256},
	{0xc00a, tls10, kxECDHE, keyEC, bulkAES256, crypto.SHA1, crypto.SHA256},
	{0xc00c, tls10, kxECDH, keyEC, bulkRC4, crypto.SHA1, crypto.SHA256}, // ECDH_RSA
	{0xc00d, tls10, kxECDH, keyEC, bulk3DES, crypto.SHA1, crypto.SHA256},
	{0xc00e, tls10, kxECDH, keyEC, bulkAES128, crypto.SHA1, crypto.SHA256},
	{0xc00f, tls10, kxECDH, keyEC, bulkAES256, crypto.SHA1, crypto.SHA256},
	{0xc011, tls10, kxECDHE, keyRSA, bulkRC4, crypto.SHA1, crypto.SHA256}, // ECDHE_RSA
	{0xc012, tls10, kxECDHE, keyRSA, bulk3DES, crypto.SHA1, crypto.SHA256},
	{0xc013, tls10, kxECDHE, keyRSA, bulkAES128, crypto.SHA1, crypto.SHA256},
	{0xc014, tls10, kxECDHE, keyRSA, bulkAES256, crypto.SHA1, crypto.SHA256},

	{0xc023, tls12, kxECDHE, keyEC, bulkAES128, crypto.SHA256, crypto.SHA256},
	{0xc024, tls12, kxECDHE, keyEC, bulkAES256, crypto.SHA384, crypto.SHA384},
	{0xc025, tls12, kxECDH, keyEC, bulkAES128, crypto.SHA256, crypto.SHA256},
	{0xc026, tls12, kxECDH, keyEC, bulkAES256, crypto.SHA384, crypto.SHA384},
	{0xc027, tls12, kxECDHE, keyRSA, bulkAES128, crypto.SHA256, crypto.SHA256},
	{0xc028, tls12, kxECDHE, keyRSA, bulkAES256, crypto.SHA384, crypto.SHA384},
	{0xc029, tls12, kxECDH, keyEC, bulkAES128, crypto.SHA256, crypto.SHA256},
	{0xc02a, tls12, kxECDH, keyEC, bulkAES256, crypto.SHA384, crypto.SHA384},
	{0xc02f, tls12, kxECDHE, keyRSA, bulkAES128GCM, 0, crypto.SHA256},
	{0xc030, tls12, kxECDHE, keyRSA, bulkAES256GCM, 0, crypto.SHA384},
}

// suiteByID finds a row.
func suiteByID(id uint16) (suite, bool) {
	for _, s := range suites {
		if s.id == id {
			return s, true
		}
	}
	return suite{}, false
}
