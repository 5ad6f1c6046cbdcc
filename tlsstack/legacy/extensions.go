package legacy

import "slices"

// The extensions that change the rest of a handshake.
const (
	extEncryptThenMAC uint16 = 22
	extMasterSecret   uint16 = 23
	extSessionTicket  uint16 = 35
	extRenegotiation  uint16 = 0xff01
)

// agreed is what the ServerHello's extensions have switched on.
type agreed struct {
	encryptThenMAC       bool // RFC 7366
	extendedMasterSecret bool // RFC 7627
	ticket               bool // a NewSessionTicket follows (RFC 5077)
	secureRenegotiation  bool // RFC 5746
}

// agree reads the extensions of a ServerHello. Others than these four are left
// alone, as mbedTLS does.
func (s ServerHello) agree(offered []uint16) (agreed, error) {
	var a agreed
	seen := map[uint16]bool{}
	for _, e := range s.Extensions {
		if seen[e.Type] {
			return a, breach(alertDecodeError, "the ServerHello has extension %d twice", e.Type)
		}
		seen[e.Type] = true
		switch e.Type {
		case extEncryptThenMAC:
			a.encryptThenMAC = true
		case extMasterSecret:
			a.extendedMasterSecret = true
		case extSessionTicket:
			a.ticket = true
		case extRenegotiation:
			// Empty but for its length, the connection being new. Offered by
			// the SCSV, not as an extension.
			if len(e.Body) != 1 || e.Body[0] != 0 {
				return a, breach(alertHandshakeFailure, "the server takes a first handshake for a renegotiation")
			}
			a.secureRenegotiation = true
			continue
		default:
			continue
		}
		if len(e.Body) != 0 {
			return a, breach(alertDecodeError, "the ServerHello's extension %d should be empty", e.Type)
		}
		if !slices.Contains(offered, e.Type) {
			return a, breach(alertUnsupportedExt, "the server accepted extension %d, which was not offered", e.Type)
		}
		if s.Version == ssl30 && e.Type != extSessionTicket {
			return a, breach(alertUnsupportedExt, "the server accepted extension %d, which SSL 3.0 does not have", e.Type)
		}
	}
	return a, nil
}
