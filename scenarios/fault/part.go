package fault

import (
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
)

// Placement says where in the output of a command an action works.
type Placement struct {
	Part     Part   `yaml:"part" doc:"of what the module says: echo, line, line 2, body, final, prompt, urc, all"`
	Where    string `yaml:"where" is:"before|inside|after|instead" doc:"where in the part"`
	Detached bool   `yaml:"detached" doc:"comes also when the command it belongs to is over: the host has closed the port or the client"`
}

func (p *Placement) place() *Placement { return p }

// given reports whether the action names a place.
func (p *Placement) given() bool { return p.Part.part != partNone || p.Where != "" }

// The parts in numbers: those of atengine, and two more.
const (
	partEcho = int(atengine.PartEcho) + 1 + iota
	partLine
	partBody
	partFinal
	partPrompt
	partURC
	partAll // of a reply: all but echo and urc

	partNone = 0
)

// Part names a part of what a command writes.
type Part struct {
	part int
	line int // of partLine: which, from 1; 0: each
}

var partNames = []string{"", "echo", "line", "body", "final", "prompt", "urc", "all"}

// String is the part as it is written.
func (p Part) String() string {
	if p.line > 0 {
		return "line " + strconv.Itoa(p.line)
	}
	return partNames[p.part]
}

// DecodeYAML reads a part's name.
func (p *Part) DecodeYAML(n *decl.Node) {
	word, number, numbered := strings.Cut(n.Text(), " ")
	for i, name := range partNames {
		if i > 0 && name == word {
			p.part = i
		}
	}
	if numbered {
		line, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || line < 1 || line > 1000 || p.part != partLine {
			n.Fail("line 2 is the second line of an answer", "%q is no part", n.Text())
			return
		}
		p.line = line
	}
	if p.part == partNone {
		n.Fail(nearest.Hint(word, partNames[1:], "a part is "+p.Describe()), "%q is no part of an answer", n.Text())
	}
}

// Describe says what a part can be.
func (Part) Describe() string { return "echo, line, line N, body, final, prompt, urc or all" }

// covers reports whether the part is, or includes, the n-th part of a line's
// output.
func (p Part) covers(part atengine.Part, n int) bool {
	switch p.part {
	case partAll:
		return part != atengine.PartEcho && part != atengine.PartURC
	case partLine:
		return part == atengine.PartLine && (p.line == 0 || p.line == n)
	}
	return p.part == int(part)+1
}
