package path

import "time"

// Answer is what a server answers to the ClientHello.
type Answer uint8

// What it can answer. The numbers are result codes of an open.
const (
	Answers      Answer = iota // what it would anyway
	NoAnswer                   // nothing, ever (569, when the negotiation time is up)
	AnswersAlert               // a fatal alert, HandshakeFault.Alert, then the end (566)
	AnswersReset               // ECONNRESET (566)
	Truncated                  // the first Bytes bytes of its answer, then the end (566)
	Garbage                    // Bytes random bytes that are no TLS record, then nothing (566)
)

// HandshakeFault is what happens to a TLS handshake. The server gets the
// ClientHello whatever it is.
type HandshakeFault struct {
	How   Answer
	Wait  time.Duration // before the answer, on the modem's clock; with Answers: it is slow
	Alert Alert         // for AnswersAlert
	// Bytes is for Truncated, which counts what the server sends until the
	// handshake is done, and for Garbage. Fewer than the five of a record's
	// header leave a client waiting for more.
	Bytes int
}

// handshake is a fault that is armed, with its random bytes drawn.
type handshake struct {
	HandshakeFault
	garbage []byte
}

// Handshake arms f for the open under way, if nothing of the server's answer has
// been read yet, or for the next one.
func (p *Path) Handshake(f HandshakeFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &handshake{HandshakeFault: f}
	if f.How == Garbage {
		h.garbage = p.noise(f.Bytes)
	}
	if c := p.conn(); c != nil && !c.flight.answered {
		c.flight = flight{version: c.flight.version, fault: h}
		c.disturb()
		return
	}
	p.before(func(o *open) bool { return o.conn != nil }).handshake = h
}

// Connected tells that the handshake of the open under way is done: what is
// armed for it is void.
func (p *Path) Connected() {
	p.onConn(func(c *conn) { c.flight = flight{answered: true} })
}

// noise is n random bytes, the first of which begins no TLS record.
func (p *Path) noise(n int) []byte {
	noise := make([]byte, max(n, 0))
	for i := range noise {
		noise[i] = byte(p.random() * 256)
	}
	if n > 0 && noise[0] >= recordFirst && noise[0] <= recordLast {
		noise[0] += recordLast - recordFirst + 1
	}
	return noise
}

// flight is the server's part of a handshake, as a client reads it.
type flight struct {
	version  [2]byte    // of the record with the ClientHello
	fault    *handshake // has still to take hold
	until    time.Time  // when it does; zero: its wait has not begun
	answered bool       // the client has read something of the server's, or is done

	instead []byte // read in place of what the server sends
	mute    bool   // and then nothing is
	limited bool   // only left bytes of the server's are let through
	left    int
}

// idle reports whether there is nothing to do at a Read.
func (f *flight) idle() bool {
	return f.answered && f.fault == nil && !f.mute && !f.limited
}

// hello sees the first bytes that the client sends.
func (f *flight) hello(p []byte) {
	if f.version == [2]byte{} && len(p) >= recordHeader && p[0] == recordHandshake {
		f.version = [2]byte{p[1], p[2]}
	}
}

// takeHold has the armed fault act once its wait is over, which begins with the
// first Read. It returns the time to wait for; zero: none.
func (c *conn) takeHold() time.Time {
	f := &c.flight
	if f.fault == nil {
		return time.Time{}
	}
	if f.until.IsZero() {
		f.until = time.Now().Add(c.path.clock.Wall(max(f.fault.Wait, 0)))
	}
	if time.Until(f.until) > 0 {
		return f.until
	}
	switch f.fault.How {
	case NoAnswer:
		f.mute = true
	case AnswersAlert:
		version := f.version
		if version == [2]byte{} {
			version = [2]byte{3, 1} // TLS 1.0, as most clients write it
		}
		f.instead, f.limited = f.fault.Alert.record(version), true
	case AnswersReset:
		c.reset()
	case Truncated:
		f.limited, f.left = true, max(f.fault.Bytes, 0)
	case Garbage:
		f.instead, f.mute = f.fault.garbage, true
	}
	f.fault = nil
	return time.Time{}
}
