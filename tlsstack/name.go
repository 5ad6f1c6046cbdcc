package tlsstack

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// carriesName checks a server's name against a certificate as mbedTLS 2.16
// does (x509_crt_verify_name): against the DNS names if there is a
// subjectAltName at all, else against every CN. An IP address is compared as
// text like any name, and never with the addresses in a subjectAltName.
func carriesName(c *x509.Certificate, name string) bool {
	candidates := c.DNSNames
	if !hasExtension(c, oidSubjectAltName) {
		candidates = commonNames(c)
	}
	return slices.ContainsFunc(candidates, func(n string) bool { return nameMatches(n, name) })
}

// nameMatches compares without regard to ASCII case. "*." at the start stands
// for one whole label, the first.
func nameMatches(pattern, name string) bool {
	if equalASCII(pattern, name) {
		return true
	}
	if len(pattern) < 3 || pattern[:2] != "*." {
		return false
	}
	dot := strings.IndexByte(name, '.')
	return dot > 0 && equalASCII(pattern[1:], name[dot:])
}

// equalASCII is equality but for the case of A to Z.
func equalASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// attribute is one part of a distinguished name.
type attribute struct {
	oid   asn1.ObjectIdentifier
	tag   cbasn1.Tag
	value []byte
}

// oidCommonName is CN.
var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// commonNames are the CNs of the subject, in order.
func commonNames(c *x509.Certificate) []string {
	attributes, ok := parseName(c.RawSubject)
	if !ok {
		return nil
	}
	var names []string
	for _, a := range attributes {
		if a.oid.Equal(oidCommonName) {
			names = append(names, string(a.value))
		}
	}
	return names
}

// sameName compares two distinguished names as mbedTLS does (x509_name_cmp):
// the same attributes in the same order, where UTF8String and PrintableString
// count as one type and are compared without regard to ASCII case.
func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	as, aOK := parseName(a)
	bs, bOK := parseName(b)
	return aOK && bOK && slices.EqualFunc(as, bs, func(x, y attribute) bool {
		if !x.oid.Equal(y.oid) {
			return false
		}
		if x.tag == y.tag && bytes.Equal(x.value, y.value) {
			return true
		}
		return isText(x.tag) && isText(y.tag) && equalASCII(string(x.value), string(y.value))
	})
}

func isText(tag cbasn1.Tag) bool { return tag == cbasn1.UTF8String || tag == cbasn1.PrintableString }

// parseName reads a Name (RFC 5280 4.1.2.4), flattening its sets.
func parseName(der []byte) ([]attribute, bool) {
	var all []attribute
	var name cryptobyte.String
	input := cryptobyte.String(der)
	if !input.ReadASN1(&name, cbasn1.SEQUENCE) {
		return nil, false
	}
	for !name.Empty() {
		var set cryptobyte.String
		if !name.ReadASN1(&set, cbasn1.SET) {
			return nil, false
		}
		for !set.Empty() {
			var pair, value cryptobyte.String
			var a attribute
			if !set.ReadASN1(&pair, cbasn1.SEQUENCE) ||
				!pair.ReadASN1ObjectIdentifier(&a.oid) ||
				!pair.ReadAnyASN1(&value, &a.tag) {
				return nil, false
			}
			a.value = value
			all = append(all, a)
		}
	}
	return all, true
}

// nameOf is a distinguished name for a person.
func nameOf(n pkix.Name) string {
	if s := n.String(); s != "" {
		return s
	}
	return "(no name)"
}
