package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Rule bends connections to Host:Port so that they end at ToHost:ToPort, as
// one --connect-to of curl(1) does. The host program, its TLS server name and
// its certificate check notice nothing of it.
type Rule struct {
	Host   string // a name, in any case, or an IP literal; "" matches every host
	Port   uint16 // 0 matches every port
	ToHost string // a name or an IP literal; "" keeps the host
	ToPort uint16 // 0 keeps the port
}

// ParseRedirect reads a rule in curl's syntax, HOST:PORT:TOHOST:TOPORT, where
// each field may be empty and IPv6 literals stand in brackets. Its errors name
// the field at fault and what to write instead.
func ParseRedirect(s string) (Rule, error) {
	fail := func(why string, args ...any) (Rule, error) {
		return Rule{}, fmt.Errorf("redirection %q: %s", s, fmt.Sprintf(why, args...))
	}
	fields, err := splitFields(s)
	if err != nil {
		return fail("%v", err)
	}
	if len(fields) != 4 {
		return fail("%d fields instead of 4; write HOST:PORT:TOHOST:TOPORT, "+
			"leave a field empty but keep its colon, and put IPv6 addresses in brackets", len(fields))
	}
	var r Rule
	if r.Host, err = parseHost(fields[0]); err != nil {
		return fail("HOST %v", err)
	}
	if r.Port, err = parsePort(fields[1]); err != nil {
		return fail("PORT %v, or nothing for every port", err)
	}
	if r.ToHost, err = parseHost(fields[2]); err != nil {
		return fail("TOHOST %v", err)
	}
	if r.ToPort, err = parsePort(fields[3]); err != nil {
		return fail("TOPORT %v, or nothing to keep the port", err)
	}
	return r, nil
}

// String is the rule in the syntax that ParseRedirect reads.
func (r Rule) String() string {
	port := func(p uint16) string {
		if p == 0 {
			return ""
		}
		return strconv.Itoa(int(p))
	}
	host := func(h string) string {
		if strings.Contains(h, ":") {
			return "[" + h + "]"
		}
		return h
	}
	return host(r.Host) + ":" + port(r.Port) + ":" + host(r.ToHost) + ":" + port(r.ToPort)
}

// splitFields cuts s at its colons, except those between brackets.
func splitFields(s string) ([]string, error) {
	var fields []string
	start, bracket := 0, -1
	for i := range len(s) {
		switch c := s[i]; {
		case c == '[' && bracket < 0:
			bracket = i
		case c == ']':
			bracket = -1
		case c == ':' && bracket < 0:
			fields = append(fields, s[start:i])
			start = i + 1
		}
	}
	if bracket >= 0 {
		return nil, fmt.Errorf("the [ at %q is not closed; put a ] after the IPv6 address", s[bracket:])
	}
	return append(fields, s[start:]), nil
}

// parseHost reads a host field and takes the brackets off. Names that DNS would
// refuse are left to DNS.
func parseHost(field string) (string, error) {
	inner, bracketed := strings.CutPrefix(field, "[")
	if !bracketed {
		if i := strings.IndexFunc(field, notInHost); i >= 0 {
			return "", fmt.Errorf("%q holds %q; write a name or an IP address", field, field[i:i+1])
		}
		return field, nil
	}
	inner, closed := strings.CutSuffix(inner, "]")
	addr, err := netip.ParseAddr(inner)
	if !closed || err != nil || !addr.Is6() || strings.ContainsFunc(inner, notInHost) {
		return "", fmt.Errorf("%q is no IPv6 address; write it like [2001:db8::1], and anything else without brackets", field)
	}
	return inner, nil
}

// notInHost reports what neither a name nor a literal (with its zone) holds.
func notInHost(c rune) bool { return c <= ' ' || c == '[' || c == ']' }

// parsePort reads a port field; empty is 0.
func parsePort(field string) (uint16, error) {
	if field == "" {
		return 0, nil
	}
	port, err := strconv.ParseUint(field, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%q is no port; write 1 to 65535", field)
	}
	return uint16(port), nil
}

// Redirect bends connections by the first rule that matches, over next. Rules
// are matched against the host as the host program gave it and the port it
// asked for; what a rule leads to is not matched again. As with curl a rule
// that neither changes host nor port is passed over.
//
// A redirected name resolves to the addresses of ToHost. A redirected IP
// literal keeps resolving to itself, because the module prints the address it
// believes it talks to (AT+QSSLSTATE); only Dial leads elsewhere.
func Redirect(rules []Rule, next Network) Network {
	if len(rules) == 0 {
		return next
	}
	return &redirect{rules: rules, next: next}
}

type redirect struct {
	rules []Rule
	next  Network
}

// match is where host:port leads; ok is false when no rule bends it.
func (r *redirect) match(host string, port uint16) (to Rule, ok bool) {
	for _, rule := range r.rules {
		if rule.bends() && rule.matches(host, port) {
			if rule.ToHost == "" {
				rule.ToHost = host
			}
			if rule.ToPort == 0 {
				rule.ToPort = port
			}
			return rule, true
		}
	}
	return Rule{}, false
}

func (r Rule) bends() bool { return r.ToHost != "" || r.ToPort != 0 }

func (r Rule) matches(host string, port uint16) bool {
	return (r.Port == 0 || r.Port == port) && (r.Host == "" || sameHost(r.Host, host))
}

// sameHost compares names regardless of case and a trailing dot, and literals
// by the address they mean.
func sameHost(a, b string) bool {
	if addr, ok := Literal(a); ok {
		other, ok := Literal(b)
		return ok && addr == other
	}
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func (r *redirect) Resolve(ctx context.Context, q Query) ([]netip.Addr, error) {
	to, ok := r.match(q.Host, q.Port)
	if _, literal := Literal(q.Host); ok && !literal {
		q.Host, q.Port = to.ToHost, to.ToPort
	}
	return r.next.Resolve(ctx, q)
}

func (r *redirect) Dial(ctx context.Context, t Target) (net.Conn, error) {
	to, ok := r.match(t.Host, t.Addr.Port())
	if !ok {
		return r.next.Dial(ctx, t)
	}
	addrs := []netip.Addr{t.Addr.Addr()}
	if _, literal := Literal(t.Host); literal && to.ToHost != t.Host {
		// Resolve kept the literal, so ToHost has not been looked up yet.
		var err error
		if addrs, err = r.next.Resolve(ctx, Query{Host: to.ToHost, Port: to.ToPort}); err != nil {
			return nil, fmt.Errorf("redirected to %s: %w", hostPort(to.ToHost, to.ToPort), err)
		}
	}
	var failures []error
	for _, addr := range addrs {
		conn, err := r.next.Dial(ctx, Target{Host: to.ToHost, Addr: netip.AddrPortFrom(addr, to.ToPort), UDP: t.UDP, KeepAlive: t.KeepAlive})
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, fmt.Errorf("redirected to %s: %w", hostPort(to.ToHost, to.ToPort), joined(failures))
}

// Listen is next's: rules are about what the modem connects to.
func (r *redirect) Listen(ctx context.Context, port uint16) (net.Listener, error) {
	return Listen(ctx, r.next, port)
}

// ListenPacket is next's, too.
func (r *redirect) ListenPacket(ctx context.Context, port uint16) (net.Conn, error) {
	return ListenPacket(ctx, r.next, port)
}
