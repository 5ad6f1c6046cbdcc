package fault

import (
	"slices"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Wire bends the bytes on a serial line, from the moment on.
type Wire struct {
	_ struct{} `name:"wire"`

	Dir  string        `yaml:"dir" need:"yes" is:"in|out" doc:"in: from the host; out: to the host"`
	Port string        `yaml:"port" is:"usbmodem|usbat|uart1" default:"that of the moment, or all" doc:"which line"`
	For  decl.Duration `yaml:"for" default:"until a restart" doc:"how long, on the modem's clock"`
	Of   decl.Size     `yaml:"bytes" default:"any number" doc:"how many bytes it concerns"`

	Split     *Split   `yaml:"split" doc:"the bytes come in pieces, with pauses between them"`
	Corrupt   *float64 `yaml:"corrupt" is:"0-1" doc:"the share of bytes that are changed, by one bit"`
	Lose      *float64 `yaml:"lose" is:"0-1" doc:"the share of bytes that are lost"`
	Duplicate *float64 `yaml:"duplicate" is:"0-1" doc:"the share of bytes that come twice"`
	Reorder   *float64 `yaml:"reorder" is:"0-1" doc:"the share of bytes that change places with the next one, if that comes within 50 ms (wall clock)"`
	Baud      bool     `yaml:"baud" doc:"all bytes are garbage, as at a wrong line rate"`
}

// Split cuts bytes into pieces.
type Split struct {
	_ struct{} `name:"split"`

	Size int           `yaml:"size" short:"yes" is:"1-4096" default:"1" doc:"bytes of a piece"`
	Gap  decl.Duration `yaml:"gap" default:"none" doc:"between two pieces, on the modem's clock"`
}

// CheckYAML wants something to be wrong.
func (a *Wire) CheckYAML(n *decl.Node) {
	if a.Split == nil && a.Corrupt == nil && a.Lose == nil && a.Duplicate == nil && a.Reorder == nil && !a.Baud {
		n.Fail("one of split, corrupt, lose, duplicate, reorder, baud", "it bends nothing")
	}
}

func (a *Wire) act(x *Firing) {
	e, rule, dir, pass := x.e, x.rule, emulator.ToHost, x.e.m.WriteRaw
	if a.Dir == "in" {
		dir, pass = emulator.FromHost, x.e.m.Hear
	}
	e.wire.start(&bend{
		act: a, port: or(a.Port, x.port), dir: dir, left: int(a.Of),
		do: func(port string, pieces []emulator.Piece, last bool) []emulator.Piece {
			s := e.wire.stream(rule, a, port)
			pieces = a.through(s, pieces, last)
			s.free(e.m, pass, port)
			return pieces
		},
	}, time.Duration(a.For))
}

// through bends pieces: first each byte by itself, then how they come. Behind
// the last ones nothing waits.
func (a *Wire) through(s *stream, pieces []emulator.Piece, last bool) []emulator.Piece {
	out := make([]emulator.Piece, 0, len(pieces)+1)
	for i, p := range pieces {
		var b []byte
		for _, c := range p.Bytes {
			b = s.bend(a, b, c)
		}
		if last && i == len(pieces)-1 {
			b = s.rest(b)
		}
		out = append(out, a.split(emulator.Piece{Wait: p.Wait, Bytes: b})...)
	}
	return out
}

func (a *Wire) split(p emulator.Piece) []emulator.Piece {
	if a.Split == nil || len(p.Bytes) == 0 {
		return []emulator.Piece{p}
	}
	var out []emulator.Piece
	wait := p.Wait
	for part := range slices.Chunk(p.Bytes, max(1, a.Split.Size)) {
		out = append(out, emulator.Piece{Wait: wait, Bytes: part})
		wait = time.Duration(a.Split.Gap)
	}
	return out
}
