package tlsstack

import (
	"fmt"
	"strings"
)

// VerifyFlags is what is wrong with a certificate, or with a chain. The bits
// are those of mbedTLS 2.16 (MBEDTLS_X509_BADCERT_*), so that a log can be laid
// beside one of a module.
type VerifyFlags uint32

// The flags that this package raises.
const (
	FlagExpired     VerifyFlags = 0x000001 // notAfter has passed
	FlagNameWrong   VerifyFlags = 0x000004 // CN_MISMATCH: the leaf does not carry the name
	FlagNotTrusted  VerifyFlags = 0x000008 // no parent, a bad signature, or not under a CA of the file
	FlagOther       VerifyFlags = 0x000100 // the chain is longer than mbedTLS follows
	FlagFuture      VerifyFlags = 0x000200 // notBefore has not come
	FlagKeyUsage    VerifyFlags = 0x000800 // keyUsage forbids the suite's key exchange
	FlagExtKeyUsage VerifyFlags = 0x001000 // extKeyUsage has no serverAuth
	FlagBadMD       VerifyFlags = 0x004000 // signed with a hash the profile refuses
	FlagBadPK       VerifyFlags = 0x008000 // a kind of key the profile refuses
	FlagBadKey      VerifyFlags = 0x010000 // a key shorter than the profile's minimum
)

// flagNames is in the order in which String prints.
var flagNames = []struct {
	flag VerifyFlags
	name string
	text string
}{
	{FlagNotTrusted, "NOT_TRUSTED", "not signed by a trusted CA"},
	{FlagExpired, "EXPIRED", "expired"},
	{FlagFuture, "FUTURE", "not yet valid"},
	{FlagNameWrong, "CN_MISMATCH", "carries another name"},
	{FlagBadMD, "BAD_MD", "signed with a hash that is not accepted"},
	{FlagBadKey, "BAD_KEY", "key too short"},
	{FlagBadPK, "BAD_PK", "kind of key not accepted"},
	{FlagKeyUsage, "KEY_USAGE", "key usage forbids it"},
	{FlagExtKeyUsage, "EXT_KEY_USAGE", "not for servers"},
	{FlagOther, "OTHER", "chain too long"},
}

// String lists the flags by mbedTLS' names ("EXPIRED|BAD_MD"); "none" if there
// is none.
func (f VerifyFlags) String() string {
	return f.join("|", "none", func(name, _ string) string { return name })
}

// words lists the flags as a person would say them.
func (f VerifyFlags) words() string {
	return f.join(", ", "nothing wrong", func(_, text string) string { return text })
}

func (f VerifyFlags) join(sep, none string, pick func(name, text string) string) string {
	if f == 0 {
		return none
	}
	var parts []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			parts = append(parts, pick(n.name, n.text))
			f &^= n.flag
		}
	}
	if f != 0 {
		parts = append(parts, fmt.Sprintf("0x%x", uint32(f)))
	}
	return strings.Join(parts, sep)
}

// alert is the alert that mbedTLS 2.16 sends when these flags end a handshake.
// The order decides where there are several.
func (f VerifyFlags) alert() uint8 {
	switch {
	case f&FlagOther != 0:
		return alertAccessDenied
	case f&FlagNameWrong != 0:
		return alertBadCertificate
	case f&(FlagKeyUsage|FlagExtKeyUsage|FlagBadPK|FlagBadKey) != 0:
		return alertUnsupportedCert
	case f&FlagExpired != 0:
		return alertCertExpired
	case f&FlagNotTrusted != 0:
		return alertUnknownCA
	}
	return alertCertUnknown
}
