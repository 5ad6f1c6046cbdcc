package testwire

import (
	"bytes"
	"fmt"
	"net"
)

// Op is what can be done to a record on its way.
type Op uint8

// The changes. V is Change.Value.
const (
	Cut           Op = iota // the connection ends before the record
	CutInside               // it ends within it, V/256 of the way
	Drop                    // the record is left out
	Double                  // it comes twice
	Swap                    // the next one comes before it
	Split                   // it comes as records of one byte
	Coalesce                // it comes in one record with the next
	RecordKind              // its type is V
	RecordVersion           // its version is 3.V
	RecordLength            // the length in its header is Lengths[V], the bytes are as they were
	Flip                    // a bit is flipped in its body, V/256 of the way
	Trim                    // its last V+1 bytes are left out, the length fits
	Grow                    // it has V+1 bytes more, the length fits
	MessageKind             // the type of the message in it is V
	MessageLength           // the length in the message's header is Lengths[V]
	MessageGrow             // the message has V+1 bytes more, all lengths fit
	MessageTrim             // the message has V+1 bytes less, all lengths fit
	Insert                  // a record comes before it: Extras[V]
	InsertMany              // forty of Extras[V], which is more than any peer should take
	opCount
)

// names are the ops in words.
var names = [...]string{
	"cut", "cut inside", "drop", "double", "swap", "split", "coalesce", "record kind", "record version",
	"record length", "flip", "trim", "grow", "message kind", "message length", "message grow", "message trim", "insert", "insert many",
}

// String is the op in words.
func (o Op) String() string { return names[o] }

// Lengths are what a length field may say instead of n.
var Lengths = []func(n int) int{
	func(int) int { return 0 },
	func(n int) int { return n + 1 },
	func(n int) int { return max(0, n-1) },
	func(int) int { return 1<<24 - 1 }, // as much as the field can say
	func(int) int { return maxPlaintext },
	func(int) int { return maxPlaintext + 1 },
	func(int) int { return maxPlaintext + 2048 + 1 },
}

// Extra is a record that no one has asked for.
type Extra struct {
	Name string
	Kind byte
	Body []byte
}

// Extras are what Insert puts in.
var Extras = []Extra{
	{"HelloRequest", kindHandshake, make([]byte, 4)},
	{"ChangeCipherSpec", kindChangeCipher, []byte{1}},
	{"warning", kindAlert, []byte{1, 90}}, // user_canceled
	{"close_notify", kindAlert, []byte{1, 0}},
	{"fatal alert", kindAlert, []byte{2, 80}}, // internal_error
	{"data", kindData, []byte("data")},
	{"empty data", kindData, nil},
	{"empty handshake", kindHandshake, nil},
	{"empty alert", kindAlert, nil},
	{"empty ChangeCipherSpec", kindChangeCipher, nil},
	{"half an alert", kindAlert, []byte{2}},
	{"half a message", kindHandshake, []byte{11, 0}},
	{"an endless message", kindHandshake, []byte{11, 0xff, 0xff, 0xff}},
	{"heartbeat", 24, []byte{1, 0xff, 0xff}},
	{"an HTTP answer", 'H', []byte("TP/1.1 400 Bad Request\r\n\r\n")},
}

// Record types (RFC 5246 6.2.1).
const (
	kindChangeCipher byte = 20
	kindAlert        byte = 21
	kindHandshake    byte = 22
	kindData         byte = 23

	header        = 5
	messageHeader = 4
	maxPlaintext  = 16384
	many          = 40
)

// Change is one change of a stream of records.
type Change struct {
	Op     Op
	Record int // which record it is about, from 0
	Value  byte
}

// String names the change and the record.
func (c Change) String() string {
	value := fmt.Sprint(c.Value)
	if c.Op == Insert || c.Op == InsertMany {
		value = Extras[int(c.Value)%len(Extras)].Name
	}
	return fmt.Sprintf("%s %s at record %d", c.Op, value, c.Record)
}

// Changes reads changes out of a fuzzer's bytes, three each, at most limit.
func Changes(ops []byte, limit int) (changes []Change) {
	for ; len(ops) >= 3 && len(changes) < limit; ops = ops[3:] {
		changes = append(changes, Change{Op(ops[0]) % opCount, int(ops[1]) % 16, ops[2]})
	}
	return changes
}

// All is every change of record number i of a good stream that has its own
// meaning. In an encrypted record there are no messages to be told apart.
func All(i int, r Seen) (all []Change) {
	add := func(op Op, values ...byte) {
		for _, v := range values {
			all = append(all, Change{op, i, v})
		}
	}
	for _, op := range []Op{Cut, Drop, Double, Swap, Split, Coalesce} {
		add(op, 0)
	}
	add(CutInside, 0, 128)
	add(RecordKind, 0, 20, 21, 22, 23, 24, 0x80)
	add(RecordVersion, 0, 1, 2, 3, 4, 255)
	add(Flip, 0, 64, 128, 255)
	add(Trim, 0, 3)
	add(Grow, 0, 255)
	for v := range Lengths {
		add(RecordLength, byte(v))
	}
	for v := range Extras {
		add(Insert, byte(v))
	}
	if r.Sealed {
		return all
	}
	add(InsertMany, 0, 2, 6)
	if r.Kind == kindHandshake {
		add(MessageKind, 0, 1, 2, 4, 11, 12, 13, 14, 15, 16, 20, 22, 255)
		for v := range Lengths {
			add(MessageLength, byte(v))
		}
		add(MessageGrow, 0, 255)
		add(MessageTrim, 0, 3)
	}
	return all
}

// Seen is a record as the server sent it.
type Seen struct {
	Kind   byte
	Sealed bool // it is encrypted: a ChangeCipherSpec has gone before it
	Body   []byte
}

// Mutator is a server's connection, with changes to the records that are written
// to it. After a cut what is written goes nowhere, as in a network that is gone.
type Mutator struct {
	net.Conn
	Seen []Seen // what was written, before any change

	changes []Change
	part    []byte   // of a record, not yet whole
	held    [][]byte // records that wait for the next (Swap)
	joined  []byte   // a record that takes in the next (Coalesce)
	cut     bool
	in, out []byte
}

// Mutate puts a Mutator before conn.
func Mutate(conn net.Conn, changes ...Change) *Mutator {
	return &Mutator{Conn: conn, changes: changes}
}

// Stream is a whole stream of records after the changes.
func Stream(stream []byte, changes ...Change) []byte {
	m := Mutate(nowhere{}, changes...)
	_, _ = m.Write(stream) // which cannot fail, nowhere takes all
	return m.out
}

// Records are those of a stream.
func Records(stream []byte) []Seen {
	m := Mutate(nowhere{})
	_, _ = m.Write(stream)
	return m.Seen
}

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// Write takes records, or parts of them.
func (m *Mutator) Write(p []byte) (int, error) {
	m.part = append(m.part, p...)
	m.in = append(m.in, p...)
	var out []byte
	for len(m.part) >= header {
		n := header + int(m.part[3])<<8 + int(m.part[4])
		if len(m.part) < n {
			break
		}
		out = append(out, m.pass(bytes.Clone(m.part[:n]))...)
		m.part = m.part[n:]
	}
	m.out = append(m.out, out...)
	if len(out) > 0 {
		if _, err := m.Conn.Write(out); err != nil {
			return 0, err
		}
	}
	if m.cut {
		return len(p), m.Close()
	}
	return len(p), nil
}

// Changed tells whether the client was sent anything else than the server wrote.
func (m *Mutator) Changed() bool { return !bytes.Equal(m.in, m.out) }

// pass is what goes out in the place of a record.
func (m *Mutator) pass(record []byte) (out []byte) {
	if m.cut {
		return nil
	}
	i := len(m.Seen)
	sealed := i > 0 && (m.Seen[i-1].Sealed || m.Seen[i-1].Kind == kindChangeCipher)
	m.Seen = append(m.Seen, Seen{record[0], sealed, bytes.Clone(record[header:])})

	if m.joined != nil {
		record = sized(append(m.joined, record[header:]...))
		m.joined = nil
	}
	records, held := [][]byte{record}, m.held
	m.held = nil
	for _, c := range m.changes {
		if c.Record == i && !m.cut {
			records = m.apply(c, records)
		}
	}
	return bytes.Join(append(records, held...), nil)
}

// apply does one change. It is about the last of the records, which is the one
// that was sent, or what has become of it.
func (m *Mutator) apply(c Change, records [][]byte) [][]byte {
	last := len(records) - 1
	if last < 0 || len(records[last]) < header {
		return records // dropped before, or cut short
	}
	before, r := records[:last], records[last]
	body := r[header:]
	at := len(body) * int(c.Value) / 256
	switch c.Op {
	case Cut:
		m.cut = true
		return before
	case CutInside:
		m.cut = true
		return append(before, r[:1+(len(r)-1)*int(c.Value)/256])
	case Drop:
		return before
	case Double:
		return append(before, r, bytes.Clone(r))
	case Swap:
		m.held = append(m.held, r)
		return before
	case Split:
		for _, b := range body {
			before = append(before, []byte{r[0], r[1], r[2], 0, 1, b})
		}
		return before
	case Coalesce:
		m.joined = r
		return before
	case RecordKind:
		r[0] = c.Value
	case RecordVersion:
		r[1], r[2] = 3, c.Value
	case RecordLength:
		n := Lengths[int(c.Value)%len(Lengths)](len(body))
		n = min(n, 1<<16-1)
		r[3], r[4] = byte(n>>8), byte(n)
	case Flip:
		if at < len(body) {
			body[at] ^= 1
		}
	case Trim:
		return append(before, sized(r[:header+max(0, len(body)-int(c.Value)-1)]))
	case Grow:
		return append(before, sized(append(r, make([]byte, int(c.Value)+1)...)))
	case MessageKind:
		if len(body) > 0 {
			body[0] = c.Value
		}
	case MessageLength:
		if len(body) >= messageHeader {
			n := Lengths[int(c.Value)%len(Lengths)](int(body[1])<<16 | int(body[2])<<8 | int(body[3]))
			body[1], body[2], body[3] = byte(n>>16), byte(n>>8), byte(n)
		}
	case MessageGrow, MessageTrim:
		return append(before, resized(r, c.Op, int(c.Value)+1))
	case Insert, InsertMany:
		times := 1
		if c.Op == InsertMany {
			times = many
		}
		e := Extras[int(c.Value)%len(Extras)]
		for range times {
			extra := append([]byte{e.Kind, r[1], r[2], 0, 0}, e.Body...)
			before = append(before, sized(extra))
		}
		return append(before, r)
	}
	return records
}

// resized is a record with its first message longer or shorter by some bytes, at
// its end.
func resized(r []byte, op Op, by int) []byte {
	const start = header + messageHeader
	if len(r) < start {
		return r
	}
	end := min(len(r), start+int(r[start-3])<<16+int(r[start-2])<<8+int(r[start-1]))
	message, rest := bytes.Clone(r[:end]), r[end:]
	if op == MessageGrow {
		message = append(message, make([]byte, by)...)
	} else {
		message = message[:max(start, end-by)]
	}
	n := len(message) - start
	message[start-3], message[start-2], message[start-1] = byte(n>>16), byte(n>>8), byte(n)
	return sized(append(message, rest...))
}

// sized is a record with the length that it has, if a header can say it.
func sized(r []byte) []byte {
	if n := len(r) - header; n < 1<<16 {
		r[3], r[4] = byte(n>>8), byte(n)
	}
	return r
}
