package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
)

// State is what a modem is like at a moment. All that is said must hold.
type State struct {
	_ struct{} `name:"state" doc:"What the modem is like. All that is said must hold."`

	Mark         string                  `yaml:"mark" doc:"this mark is set"`
	SSL          map[int]decl.Matcher    `yaml:"ssl" keys:"0-11" is:"initial|opening|connected|closing" doc:"state of SSL clients"`
	Sockets      map[int]decl.Matcher    `yaml:"sockets" keys:"0-11" is:"initial|opening|connected|listening|closing" doc:"state of TCP/IP sockets"`
	PDP          map[int]decl.Matcher    `yaml:"pdp" keys:"1-15" is:"idle|active|broken|drifted" doc:"state of PDP contexts"`
	SIM          *decl.Matcher           `yaml:"sim" is:"ready|absent|pin|puk|blocked" doc:"the SIM"`
	Registration *decl.Matcher           `yaml:"registration" is:"home|roaming|searching|denied|none" doc:"the place in the network (27.007 7.2)"`
	Power        *decl.Matcher           `yaml:"power" is:"off|waiting|booting|starting|ready" doc:"how far a boot is; waiting: for the first host"`
	Files        map[string]decl.Matcher `yaml:"files" doc:"size of files on UFS in bytes, or absent"`
	Not          *State                  `yaml:"not" doc:"this must not hold"`
}

// CheckYAML wants something to be said, and sizes of files.
func (s *State) CheckYAML(n *decl.Node) {
	said := false
	for key, value := range n.Pairs() {
		said = true
		if key.Text() == "files" {
			for _, size := range value.Pairs() {
				checkSize(size)
			}
		}
	}
	if !said {
		n.Fail("such as {ssl: {4: connected}}", "the state says nothing")
	}
}

// checkSize looks whether a matcher can fit a file's size, or that it is absent.
func checkSize(n *decl.Node) {
	switch n.Kind() {
	case decl.Sequence:
		for _, item := range n.Items() {
			checkSize(item)
		}
	case decl.Mapping:
		if not := n.Get("not"); not != nil {
			checkSize(not)
		}
	default:
		if _, err := strconv.ParseUint(n.Text(), 10, 63); err != nil && n.Text() != absent && !strings.HasPrefix(n.Text(), "/") {
			n.Want(nearest.Hint(n.Text(), []string{absent}, ""), "a size in bytes or "+absent)
		}
	}
}

// absent is the size of a file that is not there.
const absent = "absent"

// Differs tells in words what does not hold, or "" when all does. marks are the
// marks that are set.
func (s *State) Differs(now *emulator.State, marks map[string]bool) string {
	if s.Mark != "" && !marks[s.Mark] {
		return fmt.Sprintf("the mark %s is not set", s.Mark)
	}
	for _, id := range sortedKeys(s.SSL) {
		m, is := s.SSL[id], clientState(now, id)
		if !m.Match(is) {
			return fmt.Sprintf("SSL client %d is %s, not %s", id, is, m.String())
		}
	}
	for _, id := range sortedKeys(s.Sockets) {
		m, is := s.Sockets[id], socketState(now, id)
		if !m.Match(is) {
			return fmt.Sprintf("socket %d is %s, not %s", id, is, m.String())
		}
	}
	for _, id := range sortedKeys(s.PDP) {
		m, is := s.PDP[id], contextState(now, id)
		if !m.Match(is) {
			return fmt.Sprintf("PDP context %d is %s, not %s", id, is, m.String())
		}
	}
	for _, f := range []struct {
		what string
		m    *decl.Matcher
		is   string
	}{{"the SIM", s.SIM, now.SIM.String()}, {"the registration", s.Registration, now.Registration.String()}, {"the power", s.Power, now.Boot.String()}} {
		if f.m != nil && !f.m.Match(f.is) {
			return fmt.Sprintf("%s is %s, not %s", f.what, f.is, f.m.String())
		}
	}
	for _, name := range sortedKeys(s.Files) {
		m, is := s.Files[name], fileState(now, name)
		if !m.Match(is) {
			return fmt.Sprintf("the file %s has size %s, not %s", name, is, m.String())
		}
	}
	if s.Not != nil && s.Not.Differs(now, marks) == "" {
		return "what must not hold does"
	}
	return ""
}

// onlyMarks reports whether the state speaks of marks alone, which can be told
// without a snapshot of the modem.
func (s *State) onlyMarks() bool {
	return len(s.SSL) == 0 && len(s.Sockets) == 0 && len(s.PDP) == 0 && s.SIM == nil && s.Registration == nil && s.Power == nil &&
		len(s.Files) == 0 && (s.Not == nil || s.Not.onlyMarks())
}

func clientState(now *emulator.State, id int) string {
	for _, c := range now.SSL {
		if c.ID == id {
			return c.State
		}
	}
	return "initial"
}

func socketState(now *emulator.State, id int) string {
	for _, c := range now.Sockets {
		if c.ID == id {
			return c.State
		}
	}
	return "initial"
}

func contextState(now *emulator.State, id int) string {
	for _, c := range now.PDP {
		if c.ID == id {
			return c.State
		}
	}
	return "idle"
}

func fileState(now *emulator.State, name string) string {
	if len(name) > 4 && strings.EqualFold(name[:4], "UFS:") {
		name = name[4:]
	}
	i := slices.IndexFunc(now.Files, func(f emulator.FileState) bool { return f.Name == name })
	if i < 0 {
		return absent
	}
	return fmt.Sprint(now.Files[i].Size)
}
