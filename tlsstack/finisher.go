package tlsstack

import (
	"slices"

	"github.com/quectel-sim/qsim/tlsstack/legacy"
)

// The two finishers of a handshake, by the names that State.Finisher and
// Config.Finisher have for them.
const (
	FinisherUTLS = "utls"   // github.com/refraction-networking/utls
	FinisherOwn  = "legacy" // tlsstack/legacy, which can finish anything
)

// utlsSuites are the suites that utls v1.8.2 can finish, the last three of them
// after EnableWeakCiphers.
var utlsSuites = []uint16{
	0x0035, 0x002f, 0x0005, 0x000a, 0xc007, 0xc009, 0xc00a, 0xc011, 0xc012,
	0xc013, 0xc014, 0xc023, 0xc027, 0xc02f, 0xc030, 0x003d, 0xc024, 0xc028,
}

// choose says who finishes, and why. It can only be known now that the server
// has chosen: the default offer is everything.
func (h *handshake) choose(flight *firstFlight) (finisher, why string) {
	switch {
	case h.server.version < TLS10:
		return FinisherOwn, "utls has no SSL 3.0"
	case !slices.Contains(utlsSuites, h.server.suite):
		return FinisherOwn, "utls has no such suite"
	case h.server.extends(extEncryptThenMAC):
		return FinisherOwn, "utls has no encrypt_then_mac"
	case h.Sessions != nil:
		return FinisherOwn, "utls tells nothing of sessions by id, and panics on some tickets"
	case h.Finisher == FinisherOwn:
		return FinisherOwn, "as configured"
	}
	if h.Finisher == FinisherUTLS {
		return FinisherUTLS, "as configured"
	}
	if obstacle := flight.utlsObstacle(h.server, h.client != nil); obstacle != "" {
		return FinisherOwn, obstacle
	}
	return FinisherUTLS, "it can"
}

// finish does the rest of the handshake. message and random are our
// ClientHello, flight is what was read of the server's answer.
func (h *handshake) finish(message []byte, random [32]byte, flight *firstFlight) (*legacy.Conn, error) {
	finisher, why := h.choose(flight)
	if h.Finisher == FinisherUTLS && finisher != FinisherUTLS {
		return nil, handshakeError("utls cannot finish this handshake: %s", why)
	}
	h.trace(func() string { return "finished by " + finisher + ": " + why })
	h.state.Finisher = finisher
	if finisher == FinisherUTLS {
		return h.finishWithUTLS(message, random, flight.raw)
	}
	return h.finishWithOwn(message, random, flight.raw)
}
