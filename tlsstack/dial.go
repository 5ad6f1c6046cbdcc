package tlsstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// Dial performs the module's handshake over conn and returns the encrypted
// connection, which owns conn from then on. If it fails it has closed conn, and
// the error is an [*Error].
//
// When ctx ends, Dial closes conn and returns promptly: with KindTimeout if the
// cause (context.Cause) is a deadline, else with KindClosed. A server can make
// Dial wait for as long as ctx lets it, never longer; give ctx a deadline. Once
// Dial has returned, ctx means nothing to the connection.
//
// The deadlines of conn are left alone; one that passes ends Dial with
// KindTimeout.
func Dial(ctx context.Context, conn net.Conn, cfg Config) (*Conn, error) {
	// Closing is what interrupts any net.Conn in the middle of a Read or Write.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c, err := dial(ctx, conn, cfg)
	if !stop() && err == nil { // ctx ended at the last moment, and conn with it
		err = contextError(ctx)
	}
	if err != nil {
		conn.Close() // what went wrong before is what matters
		return nil, err
	}
	return c, nil
}

// dial is Dial without its care for conn.
func dial(ctx context.Context, conn net.Conn, cfg Config) (*Conn, error) {
	s, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	h := &handshake{settings: s, ctx: ctx, conn: conn}
	if ctx.Err() != nil {
		return nil, h.fail(ctx.Err())
	}
	link, err := h.run()
	if err != nil {
		h.forget() // what the server made of it may be what is wrong
		return nil, h.fail(err)
	}
	h.done.Store(true)
	h.trace(func() string { return "handshake done: " + h.state.words() })
	c := &Conn{link: link, state: h.state}
	h.release()
	return c, nil
}

// handshake is one Dial under way.
type handshake struct {
	*settings
	ctx    context.Context // ends with conn closed; asked only why
	conn   net.Conn
	server serverHello // the server's choice, once state.Version is set
	state  State       // what State will answer, as far as it is known
	done   atomic.Bool // alerts are no longer the handshake's

	resume    *keptSession // the session that is offered, if any
	sessionID []byte       // of the ClientHello
}

// release lets go of what only the handshake needed. The finishers keep hooks
// into it for as long as the connection lives, and a CA file may be large.
func (h *handshake) release() {
	h.settings, h.resume = nil, nil
	h.server, h.state = serverHello{}, State{}
}

// run goes from the ClientHello to a finished connection.
func (h *handshake) run() (*legacy.Conn, error) {
	random, err := h.random()
	if err != nil {
		return nil, &Error{Kind: KindHandshake, Reason: "no random bytes for the ClientHello", Err: err}
	}
	if err := h.offerSession(); err != nil {
		return nil, &Error{Kind: KindHandshake, Reason: "no random bytes for the session id", Err: err}
	}
	message := h.offer.marshal(random, h.sessionID)
	h.trace(func() string { return "-> ClientHello: " + h.offer.words(h.ServerName) })
	if _, err := h.conn.Write(plainRecord(recordHandshake, h.offer.recordVersion, message)); err != nil {
		return nil, err
	}
	flight := &firstFlight{conn: h.conn, warn: h.saw}
	if h.server, err = flight.read(); err != nil {
		return nil, err
	}
	h.state.Version, h.state.Suite = h.server.version, h.server.suite
	h.trace(func() string { return "<- ServerHello: " + h.server.words() })
	if err := h.server.accept(h.offer); err != nil {
		return nil, err
	}
	h.state.ExtendedMasterSecret = h.server.extends(extMasterSecret)
	return h.finish(message, random, flight)
}

// random is the ClientHello's: four bytes of the module's clock, as mbedTLS
// has it, and 28 that are random.
func (h *handshake) random() (r [32]byte, err error) {
	now := uint32(h.Now().Unix())
	r[0], r[1], r[2], r[3] = byte(now>>24), byte(now>>16), byte(now>>8), byte(now)
	_, err = io.ReadFull(h.Rand, r[4:])
	return r, err
}

// saw notes an alert of either direction.
func (h *handshake) saw(a Alert) {
	h.state.Alerts = append(h.state.Alerts, a)
	h.trace(func() string {
		if a.Sent {
			return "-> " + a.String()
		}
		return "<- " + a.String()
	})
}

// fail makes any error of run the *Error that Dial returns, and sends the alert
// that is still to be sent.
func (h *handshake) fail(err error) *Error {
	var e *Error
	switch {
	case h.ctx.Err() != nil: // whatever else conn's closing looked like
		e = contextError(h.ctx)
	case errors.As(err, &e):
	default:
		if e = transportError(err); e == nil {
			e = &Error{Kind: KindHandshake, Reason: err.Error(), Err: err}
		}
	}
	if e.Alert != nil && !h.state.has(*e.Alert) {
		if e.Alert.Sent {
			// Whether it can still be delivered changes nothing.
			_, _ = h.conn.Write(plainRecord(recordAlert, h.alertVersion(), []byte{alertLevelFatal, e.Alert.Code}))
		}
		h.saw(*e.Alert)
	}
	if h.state.Version != 0 {
		state := h.state
		e.State = &state
	}
	h.trace(func() string { return "handshake failed: " + e.Error() })
	return e
}

// alertVersion is the record version of an alert from before encryption.
func (h *handshake) alertVersion() uint16 {
	if v := h.state.Version; v >= SSL30 && v <= TLS12 {
		return v
	}
	return h.offer.recordVersion
}

// plainRecord is an unencrypted record; body is at most maxPlaintext bytes.
func plainRecord(kind byte, version uint16, body []byte) []byte {
	n := len(body)
	record := []byte{kind, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}
	return append(record, body...)
}

// words is the hello for a person.
func (h hello) words(name string) string {
	sni := "no SNI"
	if name != "" {
		sni = fmt.Sprintf("SNI %q", name)
	}
	return fmt.Sprintf("%s to %s, %d suites, %s", VersionName(h.recordVersion), VersionName(h.version),
		len(h.suites)-1, sni)
}

// words is the server's choice for a person.
func (h serverHello) words() string {
	return fmt.Sprintf("%s, %s (%04x)", VersionName(h.version), SuiteName(h.suite), h.suite)
}
