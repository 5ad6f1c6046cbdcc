package legacy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testwire"
)

// This file plays servers whose side of a good handshake is changed on the wire,
// record by record: TestFlights has every change of every record, FuzzFlights
// any mixture of them.

// flightKind is a handshake to be changed.
type flightKind struct {
	pair
	resumed bool
}

// flightKinds are the key exchanges, and a resumption, under every version.
var flightKinds = []flightKind{
	{pair{ssl30, 0x0004}, false},
	{pair{tls10, 0x002f}, false},
	{pair{tls10, 0xc004}, false},
	{pair{tls10, 0xc009}, false},
	{pair{tls11, 0x000a}, false},
	{pair{tls11, 0xc005}, false},
	{pair{tls11, 0xc013}, false},
	{pair{tls12, 0x003d}, false},
	{pair{tls12, 0xc025}, false},
	{pair{tls12, 0xc02f}, false},
	{pair{ssl30, 0x0035}, true},
	{pair{tls10, 0x0035}, true},
	{pair{tls11, 0xc007}, true},
	{pair{tls12, 0xc030}, true},
}

func (k flightKind) String() string {
	name := fmt.Sprintf("%s/%04x", versionName(k.version), k.suite)
	if k.resumed {
		name += "/resumed"
	}
	return name
}

// flightData is what the server sends after the handshake.
const flightData = "some data"

// flightEnd is what came of one.
type flightEnd struct {
	kind flightKind
	*testwire.Mutator
	err       error // of the client's handshake
	data      []byte
	serverErr error
	sent      []byte // by the client
	*sentMessages
}

// tap keeps what goes through it.
type tap struct {
	net.Conn
	sent []byte
}

func (t *tap) Write(p []byte) (int, error) {
	t.sent = append(t.sent, p...)
	return t.Conn.Write(p)
}

// run has a client meet a server of the kind, with changes of its messages and
// its records.
func (k flightKind) run(t testing.TB, records []testwire.Change, messages []messageChange) flightEnd {
	c, o := serverFor(t, k.version, k.suite), offerOf(k.pair)
	if p := testPKI(t); c.key == p.rsa.Key {
		c.chain, c.key = [][]byte{p.quick.DER}, p.quick.Key
	}
	if k.version > ssl30 {
		c.extensions = []Extension{{extMasterSecret, nil}, {extEncryptThenMAC, nil}, {extSessionTicket, nil}}
		c.ticket = []byte("a ticket")
	}
	c.request = &certificateRequestMsg{types: []byte{requestRSA}, algorithms: []uint16{0x0401}}
	if k.resumed {
		o.session = &Session{
			Version: k.version, Suite: k.suite, Master: make([]byte, masterLength), ID: []byte("id"),
			ExtendedMasterSecret: k.version > ssl30,
		}
		c.resume = o.session
	}

	client, raw := testwire.Pair()
	wire := &tap{Conn: client}
	end := flightEnd{kind: k, Mutator: testwire.Mutate(raw, records...), sentMessages: c.install(messages...)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer raw.Close()
		s, err := c.accept(end.Mutator)
		if end.serverErr = err; err != nil {
			return
		}
		if s.write(recordApplication, []byte(flightData)) == nil {
			_ = s.write(recordAlert, []byte{levelWarning, alertCloseNotify}) // to a client that may be gone
		}
	}()
	conn, err := o.connect(wire)
	if end.err = err; err == nil {
		end.data, _ = io.ReadAll(conn) // any error is as good as another
		if s := conn.State(); s.Version != k.version || s.Suite != k.suite || s.Resumed != k.resumed {
			t.Errorf("%v: connected with %+v", k, s)
		}
	}
	client.Close()
	<-done
	end.sent = wire.sent
	return end
}

// check is what holds whatever was changed.
func (e flightEnd) check(t testing.TB) {
	t.Helper()
	if !bytes.HasPrefix([]byte(flightData), e.data) {
		t.Errorf("read %q", e.data)
	}
	if e.err == nil && !e.kind.resumed && e.serverErr != nil && !errors.Is(e.serverErr, io.EOF) && !errors.Is(e.serverErr, io.ErrClosedPipe) {
		t.Errorf("the client is content, the server says: %v", e.serverErr)
	}
	var own *Error
	if errors.As(e.err, &own) && own.Alert.Sent {
		kind := byte(0)
		for rest := e.sent; len(rest) >= recordHeader; {
			kind = rest[0]
			rest = rest[recordHeader+int(rest[3])<<8+int(rest[4]):]
		}
		if kind != recordAlert {
			t.Errorf("%v, but the last record of the client is of type %d", e.err, kind)
		}
	}
}

// TestFlights changes one record of a good handshake after the other, in every
// way. What only cuts the stream into other records, and what a server may say
// in between, changes nothing; with anything else there is no connection.
func TestFlights(t *testing.T) {
	for _, kind := range flightKinds {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			good := kind.run(t, nil, nil)
			if good.check(t); good.err != nil || good.serverErr != nil || string(good.data) != flightData || good.Changed() {
				t.Fatalf("unchanged: %v, server %v, read %q", good.err, good.serverErr, good.data)
			}
			for i := range good.Seen {
				for _, change := range testwire.All(i, good.Seen[i]) {
					end := kind.run(t, []testwire.Change{change}, nil)
					end.check(t)
					want := flightOutcome(kind.version, good.Seen, change)
					if !end.Changed() {
						want = works
					}
					if want == works && end.err != nil || want == fails && end.err == nil {
						t.Errorf("%v: want it to %s, got %v (server: %v)", change, want, end.err, end.serverErr)
					}
					if t.Failed() {
						t.Fatalf("%v", change)
					}
				}
			}
		})
	}
}

// outcome is what a change must come to.
type outcome string

const (
	works  outcome = "work"
	fails  outcome = "fail"
	either outcome = "work or fail"
)

// flightOutcome says what a change of a good stream of records comes to.
func flightOutcome(version uint16, seen []testwire.Seen, c testwire.Change) outcome {
	r := seen[c.Record]
	finished := len(seen) - 3 // then data and close_notify
	if c.Record > finished {
		return works // whatever becomes of the data
	}
	plain := r.Kind == recordHandshake && !r.Sealed
	switch c.Op {
	case testwire.Double:
		if c.Record == finished {
			return works // the second is the connection's
		}
	case testwire.Split:
		if plain {
			return works
		}
	case testwire.Coalesce: // with the next of the same flight
		if next := seen[c.Record+1]; plain && next.Kind == recordHandshake && r.Body[0] != typeServerHelloDone {
			return works
		}
	case testwire.RecordVersion: // SSL 3.0 has it in no MAC
		if c.Value <= byte(tls12&0xff) && (!r.Sealed || version == ssl30) {
			return works
		}
	case testwire.Insert:
		switch extra := testwire.Extras[c.Value].Name; {
		case r.Sealed:
			return fails
		case c.Record == 0: // where this test's reader of ServerHellos reads
			return either
		case extra == "warning", extra == "empty data", extra == "HelloRequest" && plain:
			return works
		}
	}
	return fails
}
