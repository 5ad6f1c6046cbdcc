package tlsstack

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"
)

// maxIntermediates is how many certificates mbedTLS follows between the leaf
// and the trusted root (MBEDTLS_X509_MAX_INTERMEDIATE_CA).
const maxIntermediates = 8

// The extensions that the verification looks at.
var (
	oidKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidExtKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// walker goes from the leaf to a trusted root as mbedTLS 2.16 does
// (x509_crt_verify_chain), raising flags where something is wrong and going on.
// It never fails: it has a verdict on anything that x509 could parse.
type walker struct {
	roots   []*x509.Certificate
	profile Profile // MinRSABits set
	now     time.Time
}

// step is one certificate on the way.
type step struct {
	cert    *x509.Certificate
	flags   VerifyFlags
	trusted bool // it is in the CA file
}

// walk goes up from sent[0], which must exist. name is what the leaf must
// carry; empty is not checked.
func (w *walker) walk(sent []*x509.Certificate, name string) []step {
	leaf := sent[0]
	steps := []step{{cert: leaf, flags: w.time(leaf) | w.signedWith(leaf)}}
	if name != "" && !carriesName(leaf, name) {
		steps[0].flags |= FlagNameWrong
	}
	steps[0].flags |= w.key(leaf)
	if w.pinned(leaf) {
		steps[0].trusted = true
		return steps
	}

	selfIssued := 0 // intermediates that issued themselves do not count for pathLen
	at := 0         // where in sent the child stands
	for {
		child := &steps[len(steps)-1]
		parent, ok := w.parent(child.cert, sent[at+1:], len(steps)-1-selfIssued)
		if !ok {
			child.flags |= FlagNotTrusted
			return steps
		}
		if len(steps) > 1 && sameName(child.cert.RawIssuer, child.cert.RawSubject) {
			selfIssued++
		}
		if !parent.trusted && len(steps) > maxIntermediates {
			steps[0].flags |= FlagOther // on the leaf, where no setting clears it
			return steps
		}
		if !parent.signed {
			child.flags |= FlagNotTrusted
		}
		child.flags |= w.key(parent.cert)

		next := step{cert: parent.cert, flags: w.time(parent.cert), trusted: parent.trusted}
		if parent.trusted {
			return append(steps, next)
		}
		next.flags |= w.signedWith(parent.cert)
		steps = append(steps, next)
		at += 1 + parent.index
	}
}

// candidate is a parent that was found.
type candidate struct {
	cert    *x509.Certificate
	index   int  // in the list it was found in
	trusted bool // that list was the CA file
	signed  bool // its key did sign the child
}

// parent looks for the child's issuer in the CA file first, then among the
// certificates that the server sent after the child. pathLen is how many
// intermediates there are below the parent.
func (w *walker) parent(child *x509.Certificate, after []*x509.Certificate, pathLen int) (candidate, bool) {
	if c, ok := w.parentIn(w.roots, child, true, pathLen); ok {
		return c, true
	}
	return w.parentIn(after, child, false, pathLen)
}

// parentIn takes the first that can be the parent and is valid today, or else
// the first that can be. Only among trusted ones must the signature be right to
// be taken: of two roots with one name, the one that signed is meant.
func (w *walker) parentIn(list []*x509.Certificate, child *x509.Certificate, trusted bool, pathLen int) (candidate, bool) {
	var fallback candidate
	found := false
	for i, p := range list {
		if !mayIssue(p, child, trusted) || !pathLenAllows(p, pathLen) {
			continue
		}
		c := candidate{cert: p, index: i, trusted: trusted, signed: signedBy(child, p)}
		if trusted && !c.signed {
			continue
		}
		if w.time(p) == 0 {
			return c, true
		}
		if !found {
			fallback, found = c, true
		}
	}
	return fallback, found
}

// mayIssue checks names, the CA bit and the key usage. A version 1 or 2
// certificate has no CA bit and needs none if it is in the CA file.
func mayIssue(parent, child *x509.Certificate, trusted bool) bool {
	if !sameName(child.RawIssuer, parent.RawSubject) {
		return false
	}
	if trusted && parent.Version < 3 {
		return true
	}
	if !parent.BasicConstraintsValid || !parent.IsCA {
		return false
	}
	return !hasExtension(parent, oidKeyUsage) || parent.KeyUsage&x509.KeyUsageCertSign != 0
}

// pathLenAllows checks pathLenConstraint (RFC 5280 4.2.1.9).
func pathLenAllows(parent *x509.Certificate, below int) bool {
	limited := parent.BasicConstraintsValid && (parent.MaxPathLen > 0 || parent.MaxPathLenZero)
	return !limited || below <= parent.MaxPathLen
}

// pinned tells whether the leaf is self-issued and itself in the CA file. A
// leaf that a CA issued is not trusted by being put there.
func (w *walker) pinned(leaf *x509.Certificate) bool {
	return sameName(leaf.RawIssuer, leaf.RawSubject) &&
		slices.ContainsFunc(w.roots, func(r *x509.Certificate) bool { return bytes.Equal(r.Raw, leaf.Raw) })
}

// time checks the dates by the module's clock, in whole seconds, both ends
// included.
func (w *walker) time(c *x509.Certificate) VerifyFlags {
	now := w.now.Unix()
	var f VerifyFlags
	if now > c.NotAfter.Unix() {
		f |= FlagExpired
	}
	if now < c.NotBefore.Unix() {
		f |= FlagFuture
	}
	return f
}

// signedWith checks the hash that a certificate is signed with.
func (w *walker) signedWith(c *x509.Certificate) VerifyFlags {
	alg, ok := signatureOf(c)
	if !ok || !alg.accepted(w.profile) {
		return FlagBadMD
	}
	return 0
}

// key checks the kind and the length of a key.
func (w *walker) key(c *x509.Certificate) VerifyFlags {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < w.profile.MinRSABits {
			return FlagBadKey
		}
		return 0
	case *ecdsa.PublicKey:
		return 0 // any curve that could be parsed
	}
	return FlagBadPK | FlagBadKey
}

// hasExtension tells whether an extension is there at all, which x509's fields
// do not.
func hasExtension(c *x509.Certificate, oid asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(oid) {
			return true
		}
	}
	return false
}
