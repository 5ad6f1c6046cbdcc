package tlsstack

import (
	"fmt"
	"slices"
	"strings"
)

// Protocol versions as they stand on the wire (seed table 2).
const (
	SSL30 uint16 = 0x0300
	TLS10 uint16 = 0x0301
	TLS11 uint16 = 0x0302
	TLS12 uint16 = 0x0303
)

// KeyExchange is how a suite agrees on keys, and with that the kind of
// certificate it needs.
type KeyExchange uint8

// The key exchanges of the seed's suites.
const (
	KeyRSA        KeyExchange = iota + 1 // RSA key that may decipher
	KeyECDHERSA                          // RSA key that may sign
	KeyECDHEECDSA                        // EC key that may sign
	KeyECDHRSA                           // EC key that may agree, certificate signed with RSA
	KeyECDHECDSA                         // EC key that may agree, certificate signed with ECDSA
)

// String is the key exchange as the suite names spell it, e.g. "ECDHE_RSA".
func (k KeyExchange) String() string {
	switch k {
	case KeyRSA:
		return "RSA"
	case KeyECDHERSA:
		return "ECDHE_RSA"
	case KeyECDHEECDSA:
		return "ECDHE_ECDSA"
	case KeyECDHRSA:
		return "ECDH_RSA"
	case KeyECDHECDSA:
		return "ECDH_ECDSA"
	}
	return fmt.Sprintf("KeyExchange(%d)", uint8(k))
}

// EC tells whether the key exchange needs an elliptic curve.
func (k KeyExchange) EC() bool { return k != KeyRSA }

// Suite is one row of seed table 3.
type Suite struct {
	ID          uint16      // code on the wire and in AT+QSSLCFG="ciphersuite"
	Name        string      // as the seed prints it, its MBEDTLS_ prefix included
	MinVersion  uint16      // the lowest version that can carry it
	KeyExchange KeyExchange // what it needs of the server's certificate
}

// seedSuites is seed table 3 in the seed's order. The lowest version of each is
// mbedTLS 2.16's.
var seedSuites = []Suite{
	{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", SSL30, KeyRSA},
	{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", SSL30, KeyRSA},
	{0x0005, "TLS_RSA_WITH_RC4_128_SHA", SSL30, KeyRSA},
	{0x0004, "TLS_RSA_WITH_RC4_128_MD5", SSL30, KeyRSA},
	{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", SSL30, KeyRSA},
	{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", TLS12, KeyRSA},
	{0xc002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA", TLS10, KeyECDHECDSA},
	{0xc003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA", TLS10, KeyECDHECDSA},
	{0xc004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", TLS10, KeyECDHECDSA},
	{0xc005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA", TLS10, KeyECDHECDSA},
	{0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", TLS10, KeyECDHEECDSA},
	{0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", TLS10, KeyECDHEECDSA},
	{0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", TLS10, KeyECDHEECDSA},
	{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", TLS10, KeyECDHEECDSA},
	{0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", TLS10, KeyECDHERSA},
	{0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", TLS10, KeyECDHERSA},
	{0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", TLS10, KeyECDHERSA},
	{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", TLS10, KeyECDHERSA},
	{0xc00c, "TLS_ECDH_RSA_WITH_RC4_128_SHA", TLS10, KeyECDHRSA},
	{0xc00d, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA", TLS10, KeyECDHRSA},
	{0xc00e, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA", TLS10, KeyECDHRSA},
	{0xc00f, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA", TLS10, KeyECDHRSA},
	{0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", TLS12, KeyECDHEECDSA},
	{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", TLS12, KeyECDHEECDSA},
	{0xc025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256", TLS12, KeyECDHECDSA},
	{0xc026, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384", TLS12, KeyECDHECDSA},
	{0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", TLS12, KeyECDHERSA},
	{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", TLS12, KeyECDHERSA},
	{0xc029, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256", TLS12, KeyECDHRSA},
	{0xc02a, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384", TLS12, KeyECDHRSA},
	{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", TLS12, KeyECDHERSA},
	{0xc030, "MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", TLS12, KeyECDHERSA},
}

// Suites returns the 32 suites of seed table 3 in the seed's order. The slice
// is the caller's.
func Suites() []Suite { return slices.Clone(seedSuites) }

// suiteByID finds a suite of the seed's table.
func suiteByID(id uint16) (Suite, bool) {
	for _, s := range seedSuites {
		if s.ID == id {
			return s, true
		}
	}
	return Suite{}, false
}

// SuiteName is the seed's name of a suite, or its code in hex ("0x1301") if it
// is not in the seed's table.
func SuiteName(id uint16) string {
	if s, ok := suiteByID(id); ok {
		return s.Name
	}
	return fmt.Sprintf("0x%04x", id)
}

// VersionName is the seed's name of a version ("SSL 3.0", "TLS 1.2"), or its
// code in hex if it is none of the four.
func VersionName(v uint16) string {
	switch v {
	case SSL30:
		return "SSL 3.0"
	case TLS10:
		return "TLS 1.0"
	case TLS11:
		return "TLS 1.1"
	case TLS12:
		return "TLS 1.2"
	}
	return fmt.Sprintf("0x%04x", v)
}

// suiteList names suites in an error.
func suiteList(ids []uint16) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = SuiteName(id)
	}
	if len(names) == 0 {
		return "an empty list of suites"
	}
	return strings.Join(names, ", ")
}
