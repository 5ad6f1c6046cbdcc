// Package seed is chapter 3 of the SSL application note, the examples, as
// transcripts: what the host types there and what the module answers, byte for
// byte. They play against the lab, whose server at the note's own address
// sends back what it gets, and against a real module that finds such a server
// there.
//
// Each file says what it needs: in "# needs:" the sections to be played before
// it, in "# before:" what must hold besides. [Demo] is the whole chapter as one
// session; [Chain] is one section with what it needs.
package seed

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/chat"
)

// FS holds the transcripts, *.chat.
//
//go:embed *.chat
var FS embed.FS

// demo is the order in which the sections make one session.
var demo = []string{
	"3.1-activate",
	"upload",
	"3.2-ssl-context",
	"3.3-buffer",
	"3.4-direct-push",
	"3.5-transparent",
	"3.1.3-deactivate",
}

// Section is a transcript with what is needed to play it.
type Section struct {
	Name   string   // of the file, without .chat
	Title  string   // as its @section says
	Needs  []string // sections to be played before, in this order
	Script *chat.Script
	Files  Files             // what its @file and @size name
	Vars   map[string]string // values known beforehand
}

// Options are the options to play the section with. Timeout, Settle and Observe
// are left to the caller.
func (s Section) Options() chat.Options {
	return chat.Options{Files: s.Files, Vars: s.Vars}
}

// Names are the sections in the order of the demo.
func Names() []string { return slices.Clone(demo) }

// Demo is the chapter as one session: PDP context up, certificate uploaded, SSL
// context set, a client in each of the three modes, PDP context down. cacert is
// the certificate to upload, in PEM, 1 byte or more: for the lab, that of the
// lab's CA. Every section is to be played on the same device, in this order.
func Demo(cacert []byte) []Section {
	sections := make([]Section, len(demo))
	for i, name := range demo {
		sections[i] = load(name, cacert)
	}
	return sections
}

// Chain is the named section, preceded by the sections it needs, for a modem
// that has just started. The error is that of an unknown name.
func Chain(name string, cacert []byte) ([]Section, error) {
	if !slices.Contains(demo, name) {
		return nil, fmt.Errorf("no section %q: there are %s", name, strings.Join(demo, ", "))
	}
	section := load(name, cacert)
	var chain []Section
	for _, need := range section.Needs {
		chain = append(chain, load(need, cacert))
	}
	return append(chain, section), nil
}

// load reads an embedded section. That it can is a matter of the build, as with
// regexp.MustCompile, and so a panic if not.
func load(name string, cacert []byte) Section {
	text, err := FS.ReadFile(name + ".chat")
	script, parseErr := chat.Parse(name+".chat", text)
	if err := errors.Join(err, parseErr); err != nil {
		panic("seed: " + err.Error())
	}
	section := Section{
		Name:   name,
		Script: script,
		Files:  Files{"cacert.pem": cacert},
		Vars:   map[string]string{"checksum": Checksum(cacert)},
	}
	for _, step := range script.Steps {
		if needs, ok := strings.CutPrefix(step.Text, "needs:"); ok && step.Op == chat.OpComment {
			section.Needs = strings.FieldsFunc(needs, func(r rune) bool { return r == ',' || r == ' ' })
		}
		if step.Op == chat.OpSection {
			section.Title = step.Text
		}
	}
	return section
}

// Checksum is what the module prints after AT+QFUPL and AT+QFDWL: the 16-bit
// words of the file, high byte first and a last odd byte filled with 0, XORed,
// in lower-case hexadecimal digits without leading zeros. Measured on an
// EG800K.
func Checksum(content []byte) string {
	var sum uint16
	for i, b := range content {
		if i%2 == 0 {
			sum ^= uint16(b) << 8
		} else {
			sum ^= uint16(b)
		}
	}
	return fmt.Sprintf("%x", sum)
}
