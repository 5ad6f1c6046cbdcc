package legacy

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testwire"
)

// This file changes the messages of a server before it puts them into records.
// So the encrypted ones are changed too, under a MAC that is right, and the
// server's Finished is over what it has sent: only what the client thinks of the
// message itself is left to find it wrong.

// messageOp is what is done to a message.
type messageOp uint8

const (
	messageDropped messageOp = iota
	messageTwice
	messageEmptied   // of its body
	messageTrimmed   // by value+1 bytes, its length fits
	messageGrown     // by value+1 bytes, its length fits
	messageOfLength  // says the length messageLengths[value], and is as it was
	messageOfKind    // its type is value
	messageFlipped   // a bit of its body, value/256 of the way
	messageHeld      // sent in one record with the next one
	messageSliced    // sent in records of one byte
	messageAfterHi   // comes after a HelloRequest
	messageAfterMany // comes after twenty of them
	messageOps
)

// messageLengths are what the length of a message of n bytes may say.
var messageLengths = []func(n int) int{
	func(int) int { return 0 },
	func(n int) int { return n + 1 },
	func(n int) int { return max(0, n-1) },
	func(int) int { return maxMessage },
	func(int) int { return 1<<24 - 1 },
}

// messageChange is one change of a message: the nth that the server sends.
type messageChange struct {
	op    messageOp
	nth   int
	value byte
}

func (c messageChange) String() string {
	return fmt.Sprintf("op %d with %d on message %d", c.op, c.value, c.nth)
}

// messageChanges are all of message n.
func messageChanges(n int) (all []messageChange) {
	for op := range messageOps {
		values := []byte{0}
		switch op {
		case messageTrimmed, messageGrown, messageFlipped:
			values = []byte{0, 1, 3, 40, 128, 255}
		case messageOfKind:
			values = []byte{0, 1, 2, 4, 11, 12, 13, 14, 15, 16, 20, 22, 255}
		case messageOfLength:
			values = []byte{0, 1, 2, 3, 4}
		}
		for _, v := range values {
			all = append(all, messageChange{op, n, v})
		}
	}
	return all
}

// sentMessages are the messages that a server has sent.
type sentMessages struct {
	kinds []uint8 // before any change
	same  bool    // none was changed; of what comes in between nothing is said
}

// install has the server make the changes. What it returns is complete when the
// server is done.
func (c *server) install(changes ...messageChange) *sentMessages {
	sent := &sentMessages{same: true}
	var held []byte
	c.before = func(s *serverSide, _ uint8) error {
		s.fragment = 0
		for _, change := range changes {
			if change.nth != len(sent.kinds) {
				continue
			}
			switch change.op {
			case messageSliced:
				s.fragment = 1
			case messageAfterHi, messageAfterMany:
				times := 1
				if change.op == messageAfterMany {
					times = maxBarren + 4
				}
				for range times {
					if err := s.out.add(recordHandshake, make([]byte, messageHeader)); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	c.tamper = func(kind uint8, m []byte) []byte {
		n, was := len(sent.kinds), bytes.Clone(m)
		sent.kinds = append(sent.kinds, kind)
		m, held = append(held, m...), nil
		for _, change := range changes {
			if change.nth != n {
				continue
			}
			if m = change.apply(m); change.op == messageHeld {
				m, held = nil, m
			}
		}
		sent.same = sent.same && bytes.Equal(m, was)
		return m
	}
	return sent
}

// apply is a message after the change.
func (c messageChange) apply(m []byte) []byte {
	if len(m) < messageHeader {
		return m
	}
	body := m[messageHeader:]
	v := int(c.value)
	switch c.op {
	case messageDropped:
		return nil
	case messageTwice:
		return append(m, bytes.Clone(m)...)
	case messageEmptied:
		return marshalMessage(m[0], nil)
	case messageTrimmed:
		return marshalMessage(m[0], body[:max(0, len(body)-v-1)])
	case messageGrown:
		return marshalMessage(m[0], append(body, make([]byte, v+1)...))
	case messageOfLength:
		n := messageLengths[v%len(messageLengths)](len(body))
		m[1], m[2], m[3] = byte(n>>16), byte(n>>8), byte(n)
	case messageOfKind:
		m[0] = c.value
	case messageFlipped:
		if len(body) > 0 {
			body[len(body)*v/256] ^= 1
		}
	}
	return m
}

// messageOutcome says what a change of the nth of the messages comes to.
func messageOutcome(kinds []uint8, c messageChange) outcome {
	kind := kinds[c.nth]
	last := c.nth == len(kinds)-1
	switch c.op {
	case messageDropped:
		if kind == typeCertificateRequest {
			return works
		}
	case messageTwice:
		if last {
			return works // the second is the connection's
		}
	case messageEmptied, messageTrimmed:
		switch kind {
		case typeServerHello, typeCertificateRequest: // which has lists that may be left out, or empty
			return either
		}
	case messageGrown:
		if kind == typeServerHello {
			return either // extensions, perhaps
		}
	case messageFlipped:
		if kind != typeServerKeyExchange && kind != typeFinished {
			return either // what nothing signs, and both ends have seen alike
		}
	case messageHeld: // to the next of the same flight, and the same keys
		if !slices.Contains([]uint8{typeServerHelloDone, typeNewSessionTicket, typeFinished}, kind) &&
			kinds[c.nth+1] != typeFinished {
			return works
		}
	case messageSliced:
		return works
	case messageAfterHi:
		if c.nth == 0 { // where this test's reader of ServerHellos reads
			return either
		}
		return works
	}
	return fails
}

// TestFlightMessages changes one message of a good handshake after the other.
func TestFlightMessages(t *testing.T) {
	kinds := []flightKind{
		{pair{ssl30, 0x0004}, false},
		{pair{tls10, 0xc009}, false},
		{pair{tls11, 0xc00a}, false},
		{pair{tls12, 0xc023}, false},
		{pair{ssl30, 0x000a}, true},
		{pair{tls12, 0xc030}, true},
	}
	for _, kind := range kinds {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			good := kind.run(t, nil, nil)
			if good.check(t); good.err != nil || good.serverErr != nil || string(good.data) != flightData {
				t.Fatalf("unchanged: %v, server %v, read %q", good.err, good.serverErr, good.data)
			}
			for n := range good.kinds {
				for _, change := range messageChanges(n) {
					end := kind.run(t, nil, []messageChange{change})
					end.check(t)
					want := messageOutcome(good.kinds, change)
					if end.same && change.op < messageSliced {
						want = works
					}
					if want == works && end.err != nil || want == fails && end.err == nil {
						t.Errorf("want it to %s, got %v (server: %v)", want, end.err, end.serverErr)
					}
					if t.Failed() {
						t.Fatalf("%v, of type %d", change, good.kinds[n])
					}
				}
			}
		})
	}
}

// FuzzFlights makes any mixture of changes: of some messages (op, number, value)
// and of some records (testwire.Changes).
func FuzzFlights(f *testing.F) {
	for i := range flightKinds {
		f.Add(uint8(i), []byte{}, []byte{})
		f.Add(uint8(i), []byte{byte(messageSliced), 4, 0, byte(messageAfterHi), 5, 0}, []byte{})
		f.Add(uint8(i), []byte{byte(messageFlipped), 0, 128, byte(messageHeld), 1, 0}, []byte{byte(testwire.Split), 1, 0})
		f.Add(uint8(i), []byte{byte(messageGrown), 2, 3}, []byte{byte(testwire.Insert), 1, 2, byte(testwire.Coalesce), 2, 0})
		f.Add(uint8(i), []byte{byte(messageTwice), 3, 0}, []byte{byte(testwire.RecordVersion), 0, 0, byte(testwire.CutInside), 6, 200})
	}
	const most = 6 // changes of either sort
	f.Fuzz(func(t *testing.T, which uint8, messages, records []byte) {
		var changes []messageChange
		for ; len(messages) >= 3 && len(changes) < most; messages = messages[3:] {
			changes = append(changes, messageChange{messageOp(messages[0]) % messageOps, int(messages[1]) % 10, messages[2]})
		}
		kind := flightKinds[int(which)%len(flightKinds)]
		end := kind.run(t, testwire.Changes(records, most), changes)
		end.check(t)
		if end.err == nil && !slices.Contains(end.kinds, typeFinished) {
			t.Errorf("connected to a server that has sent no Finished; it says: %v", end.serverErr)
		}
	})
}
