package tlsstack

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// Bounds of a SessionCache. A module talks to few servers, and a ticket has to
// fit into a ClientHello of one record.
const (
	maxSessions = 32
	maxTicket   = 8192 // bytes
)

// SessionCache keeps what it takes to resume sessions (seed 2.2.1,
// session_cache): by server, and by the settings under which a session was
// made, so that a change of them never resumes an older one. The zero value is
// ready; it is safe for concurrent use and may be shared by Dials.
type SessionCache struct {
	mu   sync.Mutex
	kept map[sessionKey]*keptSession
}

// sessionKey is a server and a digest of every setting that a session depends
// on.
type sessionKey struct {
	server   string
	settings [sha256.Size]byte
}

// keptSession is a session and what was known of its server.
type keptSession struct {
	session  *legacy.Session
	chain    []ChainCert
	verified bool
	made     time.Time // on the module's clock; the ticket's age counts from it
}

// Forget drops all sessions.
func (c *SessionCache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.kept)
}

// get finds a session that has not outlived its ticket.
func (c *SessionCache) get(k sessionKey, now time.Time) *keptSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.kept[k]
	if s == nil {
		return nil
	}
	age := now.Sub(s.made)
	if age < 0 || s.session.Lifetime > 0 && age > s.session.Lifetime {
		delete(c.kept, k)
		return nil
	}
	return s
}

// put keeps s in the place of what was kept under its key.
func (c *SessionCache) put(k sessionKey, s *keptSession) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = make(map[sessionKey]*keptSession)
	}
	if _, known := c.kept[k]; !known && len(c.kept) >= maxSessions {
		c.dropOldest()
	}
	c.kept[k] = s
}

// drop forgets s, unless another Dial has put a newer session in its place.
func (c *SessionCache) drop(k sessionKey, s *keptSession) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept[k] == s {
		delete(c.kept, k)
	}
}

func (c *SessionCache) dropOldest() {
	var oldest sessionKey
	var first *keptSession
	for k, s := range c.kept {
		if first == nil || s.made.Before(first.made) {
			oldest, first = k, s
		}
	}
	delete(c.kept, oldest)
}

// sessionKey is under which this Dial's session is kept.
func (s *settings) sessionKey() sessionKey {
	digest := sha256.New()
	field := func(p []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		digest.Write(n[:])
		digest.Write(p)
	}
	field(fmt.Appendf(nil, "%04x %04x %04x %d %t %t %t %+v", s.offer.recordVersion, s.offer.version, s.offer.suites,
		s.SecLevel, s.IgnoreTime, s.IgnoreChain, s.IgnoreSignature, s.Profile))
	field([]byte(s.ServerName))
	field([]byte(s.CheckName))
	field(s.CA)
	field(s.ClientCert)
	field(s.ClientKey)
	k := sessionKey{server: s.Server}
	digest.Sum(k.settings[:0])
	return k
}

// offerSession puts a kept session into the offer: its ticket beside a random
// session id, or its id (RFC 5077 3.4).
func (h *handshake) offerSession() error {
	if h.Sessions == nil {
		return nil
	}
	h.resume = h.Sessions.get(h.sessionKey(), h.Now())
	if h.resume == nil {
		return nil
	}
	h.sessionID = h.resume.session.ID
	if ticket := h.resume.session.Ticket; len(ticket) > 0 {
		h.offer = h.offer.withTicket(ticket)
		h.sessionID = make([]byte, 32)
		if _, err := io.ReadFull(h.Rand, h.sessionID); err != nil {
			return err
		}
	}
	return nil
}

// remember keeps the session of a finished handshake, nil if the server gave
// none. One that was resumed and not renewed stays as it is: a ticket does not
// live longer by being used.
func (h *handshake) remember(session *legacy.Session) {
	switch {
	case h.Sessions == nil, h.resume != nil && session == h.resume.session:
		return
	case session == nil, len(session.Ticket) > maxTicket:
		h.forget() // the server knows the old one no more
		return
	}
	h.Sessions.put(h.sessionKey(), &keptSession{
		session: session, chain: h.state.Chain, verified: h.state.Verified, made: h.Now(),
	})
}

// forget drops the session that was offered, if any.
func (h *handshake) forget() {
	if h.resume != nil {
		h.Sessions.drop(h.sessionKey(), h.resume)
	}
}
