package tlsstack

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// verifyServer is the module's decision about the server's certificates, in
// the order in which they were sent. The error is an *Error of KindVerify with
// the alert that is to be sent. State.Chain is set either way.
func (h *handshake) verifyServer(sent []*x509.Certificate) error {
	if h.SecLevel == 0 {
		for _, c := range sent {
			h.state.Chain = append(h.state.Chain, chainCert(c))
		}
		h.traceChain()
		return nil
	}
	h.state.Verified = true
	suite, _ := suiteByID(h.state.Suite) // accept has let no other through
	verdict := h.judge(sent, suite.KeyExchange)
	h.state.Chain = verdict.chain
	h.traceChain()
	if verdict.flags == 0 {
		return nil
	}
	return &Error{
		Kind:   KindVerify,
		Reason: h.rejection(verdict.flags, sent),
		Alert:  &Alert{Code: verdict.flags.alert(), Fatal: true, Sent: true},
		Flags:  verdict.flags,
	}
}

// rejection says why a chain was refused, and what it was held against.
func (h *handshake) rejection(flags VerifyFlags, sent []*x509.Certificate) string {
	reason := fmt.Sprintf("the server's certificate was rejected: %s [%s]", flags.words(), flags)
	if flags&(FlagExpired|FlagFuture) != 0 {
		reason += ", the module's clock says " + h.Now().UTC().Format(time.DateTime)
	}
	if flags&FlagNameWrong != 0 && len(sent) > 0 {
		reason += fmt.Sprintf(", wanted was %q, it is for %q", h.CheckName, sent[0].DNSNames)
		if len(sent[0].DNSNames) == 0 {
			reason += " and CN " + sent[0].Subject.CommonName
		}
	}
	if flags&FlagNotTrusted != 0 {
		var names []string
		for _, c := range h.roots[:min(3, len(h.roots))] {
			names = append(names, nameOf(c.Subject))
		}
		reason += fmt.Sprintf(", the CA file has %d: %s", len(h.roots), strings.Join(names, "; "))
	}
	return reason
}

// traceChain says every certificate of the chain.
func (h *handshake) traceChain() {
	for i, c := range h.state.Chain {
		h.trace(func() string { return fmt.Sprintf("<- Certificate %d: %s", i, c.words()) })
	}
}

// verdict is what verification came to.
type verdict struct {
	chain []ChainCert // as walked, leaf first
	flags VerifyFlags // what no setting cleared: 0 is accepted
}

// judge walks the chain, lets the settings clear what they clear, and adds what
// the TLS layer checks after the walk and nothing clears.
func (s *settings) judge(sent []*x509.Certificate, kx KeyExchange) verdict {
	w := walker{roots: s.roots, profile: s.Profile, now: s.Now()}
	var v verdict
	for depth, step := range w.walk(sent, s.CheckName) {
		c := chainCert(step.cert)
		c.Trusted = step.trusted
		c.Flags = step.flags
		c.Ignored = step.flags & s.ignored(depth)
		if depth == 0 {
			c.Flags |= usageFlags(step.cert, kx)
		}
		v.flags |= c.Flags &^ c.Ignored
		v.chain = append(v.chain, c)
	}
	return v
}

// ignored is what the settings clear at a depth; 0 is the leaf.
func (s *settings) ignored(depth int) VerifyFlags {
	var f VerifyFlags
	if s.IgnoreTime {
		f |= FlagExpired | FlagFuture
	}
	if s.IgnoreSignature {
		f |= FlagNotTrusted | FlagBadMD
	}
	if s.IgnoreChain && depth > 0 {
		f = ^VerifyFlags(0)
	}
	return f
}

// usageFlags checks that the leaf may be used as the suite uses it (mbedTLS
// 2.16, mbedtls_ssl_check_cert_usage). A certificate that says nothing about
// its usage may be used for anything.
func usageFlags(leaf *x509.Certificate, kx KeyExchange) VerifyFlags {
	var f VerifyFlags
	need := x509.KeyUsageDigitalSignature
	switch kx {
	case KeyRSA:
		need = x509.KeyUsageKeyEncipherment
	case KeyECDHRSA, KeyECDHECDSA:
		need = x509.KeyUsageKeyAgreement
	}
	if hasExtension(leaf, oidKeyUsage) && leaf.KeyUsage&need == 0 {
		f |= FlagKeyUsage
	}
	if hasExtension(leaf, oidExtKeyUsage) &&
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) &&
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
		f |= FlagExtKeyUsage
	}
	return f
}

func chainCert(c *x509.Certificate) ChainCert {
	return ChainCert{
		Subject:   nameOf(c.Subject),
		Issuer:    nameOf(c.Issuer),
		NotBefore: c.NotBefore,
		NotAfter:  c.NotAfter,
		Raw:       c.Raw,
	}
}
