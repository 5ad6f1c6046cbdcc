package judge

import (
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/fault"
)

// heard remembers what the host has done of late, to tell what came instead.
type heard struct {
	recent []string // the last ones, the latest last
	count  int      // how many there were in all
}

// remembered is how many of the host's commands are kept.
const remembered = 256

func (h *heard) see(m *fault.Moment) {
	if m.Kind != fault.Given {
		return
	}
	h.count++
	if len(h.recent) == remembered {
		h.recent = slices.Delete(h.recent, 0, 1)
	}
	h.recent = append(h.recent, words(m))
}

// shown is how many different commands are told.
const shown = 6

// from tells what the host has sent since it had sent n commands: each once, in
// the order of the first time.
func (h *heard) from(n int) string { return h.between(n, h.count) }

// between tells what the host has sent from its n-th command on, and before its
// m-th, counted from 0.
func (h *heard) between(n, m int) string {
	first := h.count - len(h.recent)
	list := h.recent[max(0, n-first):max(0, n-first, m-first)]
	var different []string
	for _, text := range list {
		if !slices.Contains(different, text) {
			different = append(different, text)
		}
	}
	switch {
	case len(different) == 0:
		return "nothing"
	case len(different) > shown:
		return strings.Join(different[:shown], ", ") + " and more"
	}
	return strings.Join(different, ", ")
}

// words is a moment as a person would say it: the command as it was typed.
func words(m *fault.Moment) string {
	switch m.Kind {
	case fault.Given, fault.Answered:
		return m.Call.String()
	case fault.Lined:
		return "AT" + string(m.Body)
	}
	if m.Event.Text != "" {
		return string(m.Event.Kind) + " " + m.Event.Text
	}
	return string(m.Event.Kind)
}
