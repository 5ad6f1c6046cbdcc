package legacy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
)

// Finished is a full handshake that another client has finished: what it takes
// to go on in its place.
type Finished struct {
	Version, Suite             uint16 // without encrypt_then_mac, from TLS 1.0 on
	Master                     []byte // the master secret
	ClientRandom, ServerRandom [32]byte

	// Sent and Received are the records behind either side's ChangeCipherSpec, as
	// they are on the wire, up to the one in which the Finished message ends.
	Sent, Received []byte
	Behind         []byte // what has been read behind Received
}

// TakeOver is the connection after such a handshake, on the connection below that
// it was made over. Its State knows version and suite alone, and there is no
// Session. f belongs to the connection from then on.
func TakeOver(conn net.Conn, f Finished, cfg *Config) (*Conn, error) {
	s, ok := suiteByID(f.Suite)
	if !ok || f.Version < max(tls10, s.minVersion) || f.Version > tls12 {
		return nil, fmt.Errorf("%s with suite 0x%04x is not implemented", versionName(f.Version), f.Suite)
	}
	if cfg == nil {
		cfg = &Config{}
	}
	k := newSchedule(f.Version, s).keys(s, f.Master, f.ClientRandom[:], f.ServerRandom[:])
	p := protectionParams{version: f.Version, suite: s, rand: cfg.random()}
	ours, err := newProtection(p, sealing, k.clientMAC, k.clientKey, k.clientIV)
	if err != nil {
		return nil, err
	}
	check, err := newProtection(p, opening, k.clientMAC, k.clientKey, k.clientIV)
	if err != nil {
		return nil, err
	}
	theirs, err := newProtection(p, opening, k.serverMAC, k.serverKey, k.serverIV)
	if err != nil {
		return nil, err
	}
	c := newConn(conn, f.Version, f.Behind, cfg)
	c.state = State{Version: f.Version, Suite: f.Suite}
	c.split = f.Version <= tls10 && s.bulk.cbc()

	// Ciphers and sequence numbers go on where the other client's stand: what it
	// sent is sealed once more, and what it read is opened once more.
	c.out.protect(ours)
	_, err = replayRecords(f.Sent, check, func(kind byte, content []byte) error { return c.out.add(kind, content) })
	if err != nil {
		return nil, fmt.Errorf("what was sent cannot be taken over: %w", err)
	}
	c.out.buffer = nil
	c.in.protect(theirs)
	c.in.seq, err = replayRecords(f.Received, theirs, func(kind byte, content []byte) error {
		if kind == recordHandshake {
			c.messages = append(c.messages, content...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("what was received cannot be taken over: %w", err)
	}
	// A HelloRequest may stand behind the Finished in one record.
	if m, err := c.nextMessage(); err != nil || m == nil || m[0] != typeFinished {
		return nil, errors.Join(errors.New("what was received has no Finished"), err)
	}
	return c, nil
}

// replayRecords opens records and tells of each. It returns how many there were.
func replayRecords(wire []byte, p protection, tell func(kind byte, content []byte) error) (uint64, error) {
	r := newRecordReader(bytes.NewReader(nil), bytes.Clone(wire))
	r.protect(p)
	for {
		kind, content, err := r.next()
		if errors.Is(err, io.EOF) {
			return r.seq, nil
		}
		if err == nil {
			err = tell(kind, content)
		}
		if err != nil {
			return 0, err
		}
	}
}
