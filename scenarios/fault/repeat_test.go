package fault_test

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// tape is a port whose host has sent everything already, in chunks, and reads
// all that the modem says.
type tape struct {
	chunks [][]byte
	opened bool
	played chan struct{} // closed when all chunks have been used
	closed chan struct{}
	end    sync.Once

	mu   sync.Mutex
	said []byte
}

func newTape(chunks [][]byte) *tape {
	return &tape{chunks: slices.Clone(chunks), played: make(chan struct{}), closed: make(chan struct{})}
}

func (p *tape) Next(buf []byte) (int, port.Event, error) {
	if !p.opened {
		p.opened = true
		return 0, port.HostOpen, nil
	}
	if len(p.chunks) > 0 {
		n := copy(buf, p.chunks[0])
		if p.chunks[0] = p.chunks[0][n:]; len(p.chunks[0]) == 0 {
			p.chunks = p.chunks[1:]
		}
		return n, port.Data, nil
	}
	close(p.played)
	<-p.closed
	return 0, port.Data, net.ErrClosed
}

func (p *tape) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, b...)
	return len(b), nil
}

func (p *tape) WaitWritable() error { return nil }
func (p *tape) Path() string        { return "tape" }
func (p *tape) Close() error        { p.end.Do(func() { close(p.closed) }); return nil }

// fatal is what tests and rapid's checks have in common.
type fatal interface {
	Helper()
	Fatal(args ...any)
}

// run is all that a modem says to a host that sends chunks.
func run(t fatal, rules string, seed uint64, chunks [][]byte) string {
	t.Helper()
	var s setting
	if err := decl.Decode("rules.yaml", []byte(rules), &s).Err(); err != nil {
		t.Fatal(err)
	}
	e := fault.New(s.Faults, fault.Options{Seed: seed})
	m, err := emulator.New(emulator.Options{Seed: seed, Clock: clock.New(1000), Network: network.Offline{}, Events: e})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Attach(m); err != nil {
		t.Fatal(err)
	}
	p := newTape(chunks)
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	<-p.played
	if err := m.Do(func(emulator.Levers) error { return nil }); err != nil { // what is left of the last chunk
		t.Fatal(err)
	}
	p.mu.Lock()
	said := string(p.said)
	p.mu.Unlock()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return said
}

// repeatRules are rules whose doings leave the time out.
var repeatRules = []string{
	"{on: {command: CSQ, chance: 0.5}, do: {error: 550}}",
	"{on: {command: CSQ, chance: 0.3}, do: {urc: {text: '+X: 1', part: line, where: inside}}}",
	"{on: {command: CREG, every: 2}, do: {drop: final}}",
	"{on: {command: CREG, chance: 0.7}, do: {raw: {bytes: '#'}}}",
	"{on: {command: CGATT, nth: 1}, do: {wire: {dir: out, corrupt: 0.2, lose: 0.1, duplicate: 0.1}}}",
	"{on: {command: CGATT, nth: 2}, do: {wire: {dir: in, corrupt: 0.02, bytes: 50}}}",
	"{on: {command: CSQ, nth: 3}, do: {wire: {dir: in, duplicate: 0.1, lose: 0.1, bytes: 20}}}",
	"{on: {line: {commands: 2}}, do: {order: [2, 1]}}",
	"{on: {line: {text: /CSQ/}, chance: 0.5}, do: {replace: {match: 'SQ', with: 'QS', part: echo}}}",
	"{on: {command: CREG, nth: 2}, do: {urc: '+Y: 1'}}",
	"{on: {urc: /Y/, chance: 0.5}, do: {urc: '+Z: 1'}}",
	"{on: {command: QSSLOPEN}, do: {error: 565}}",
	"{on: {command: CSQ, nth: 4}, do: {mark: m}}",
	"{on: {command: CREG, chance: 0.5}, while: {mark: m}, do: {respond: [no, ERROR]}}",
}

// TestSameSeedSameBytes: the same seed, rules and bytes of the host give the same
// bytes of the modem, however the host's are cut.
func TestSameSeedSameBytes(t *testing.T) {
	lines := []string{
		"AT+CSQ\r", "AT+CREG?\r", "AT+CGATT?\r", "AT+CSQ;+CREG?\r", "AT+CGATT?;+CSQ\r\n", "A/", "ATE0\r", "ATE1\r", "x\x08AT+CREG?\r",
		"AT+QSSLOPEN=1,1,4,\"a\",1\r", "AT+QSSLOPEN=1,1,4,\"a\",1,2\r", "ATV0\r", "ATV1\r", "garbage\r",
	}
	rapid.Check(t, func(t *rapid.T) {
		rules := "faults:\n"
		for _, r := range rapid.SliceOfNDistinct(rapid.SampledFrom(repeatRules), 1, 8, rapid.ID[string]).Draw(t, "rules") {
			rules += "  - " + r + "\n"
		}
		text := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 1, 25).Draw(t, "lines"), ""))
		seed := rapid.Uint64().Draw(t, "seed")
		cut := func() (chunks [][]byte) {
			for rest := text; len(rest) > 0; {
				n := rapid.IntRange(1, min(40, len(rest))).Draw(t, "chunk")
				if end := rest[n-1 : min(n+1, len(rest))]; string(end) == "\r\n" {
					n++ // when it comes tells whether an LF is one of the host's line ends
				}
				chunks = append(chunks, bytes.Clone(rest[:n]))
				rest = rest[n:]
			}
			return chunks
		}
		a, b := run(t, rules, seed, cut()), run(t, rules, seed, cut())
		if a != b {
			t.Fatalf("%q\n%q", a, b)
		}
	})
}

// TestChance: the seed decides, and each rule has its own chances.
func TestChance(t *testing.T) {
	const rule = "faults:\n  - {on: {command: CSQ, chance: 0.5}, do: {error: 550}}\n"
	host := [][]byte{[]byte("ATE0\r" + strings.Repeat("AT+CSQ\rAT+CREG?\r", 64))}
	first, again, other := run(t, rule, 1, host), run(t, rule, 1, host), run(t, rule, 2, host)
	if first != again {
		t.Error("the same seed, another outcome")
	}
	if first == other {
		t.Error("another seed, the same outcome")
	}
	if n := strings.Count(first, "ERROR"); n < 16 || n > 48 {
		t.Errorf("%d of 64 hit", n)
	}
	second := "  - {on: {command: CREG, chance: 0.5}, do: {urc: '+X: 1'}}\n"
	if with := run(t, rule+second, 1, host); strings.ReplaceAll(with, "\r\n+X: 1\r\n", "") != first {
		t.Error("another rule's chances change the first one's")
	}
}
