package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

func (s *door) listFaults(w http.ResponseWriter, _ *http.Request) error {
	list, err := s.faults()
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, Faults{list})
}

func (s *door) addFault(w http.ResponseWriter, r *http.Request) error {
	var rule fault.Rule
	if err := read(w, r, &rule); err != nil {
		return err
	}
	var held fault.Held
	err := s.do("fault armed: "+rule.String(), func(emulator.Levers) error {
		e := s.t.Faults
		if n := len(e.Rules()); n >= s.limits.rules {
			return refuse("conflict", "take some away: DELETE /v1/faults, or qsim ctl fault rm", "%d faults are armed, which is the most", n)
		}
		id := e.Add(rule)
		held = fault.Held{ID: id, Rule: &rule}
		return nil
	})
	if err != nil {
		return err
	}
	f, err := shown(held)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/faults/"+strconv.Itoa(f.ID))
	return answer(w, http.StatusCreated, f)
}

func (s *door) removeFaults(w http.ResponseWriter, r *http.Request) error {
	if err := nothing(r); err != nil {
		return err
	}
	var removed Removed
	err := s.do("all faults removed", func(emulator.Levers) error {
		for _, h := range s.t.Faults.Rules() {
			s.t.Faults.Remove(h.ID)
			removed.Removed++
		}
		return nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, removed)
}

func (s *door) removeFault(w http.ResponseWriter, r *http.Request) error {
	if err := nothing(r); err != nil {
		return err
	}
	text := r.PathValue("id")
	id, err := strconv.Atoi(text)
	gone := refuse("not_found", "see GET /v1/faults, or qsim ctl fault list", "there is no fault %q", text)
	if err != nil {
		return gone
	}
	err = s.do(fmt.Sprintf("fault %d removed", id), func(emulator.Levers) error {
		if !s.t.Faults.Remove(id) {
			return gone
		}
		return nil
	})
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// faults are the rules that are armed.
func (s *door) faults() ([]Fault, error) {
	var held []fault.Held
	err := s.t.Modem.Do(func(emulator.Levers) error {
		held = s.t.Faults.Rules()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return allShown(held)
}

func allShown(held []fault.Held) ([]Fault, error) {
	list := make([]Fault, len(held))
	for i, h := range held {
		var err error
		if list[i], err = shown(h); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// shown is a rule as clients see it.
func shown(h fault.Held) (Fault, error) {
	rule, err := ruleJSON(h.Rule)
	return Fault{ID: h.ID, Name: h.Rule.Name, On: h.Rule.On.String(), Hits: h.Hits, Rule: rule}, err
}

// ruleJSON is a rule in JSON, as it can be sent again.
func ruleJSON(r *fault.Rule) (json.RawMessage, error) {
	text, err := decl.Encode(r)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := writeJSON(&b, &doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writeJSON writes YAML that has neither aliases nor keys other than words and
// numbers, in its order.
func writeJSON(b *bytes.Buffer, y *yaml.Node) error {
	switch y.Kind {
	case yaml.DocumentNode:
		return writeJSON(b, y.Content[0])
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(y.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeText(b, y.Content[i].Value); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := writeJSON(b, y.Content[i+1]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range y.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	default:
		switch tag := y.ShortTag(); {
		case tag == "!!null":
			b.WriteString("null")
		case (tag == "!!int" || tag == "!!float" || tag == "!!bool") && json.Valid([]byte(y.Value)):
			b.WriteString(y.Value)
		default:
			return writeText(b, y.Value)
		}
	}
	return nil
}

func writeText(b *bytes.Buffer, text string) error {
	data, err := json.Marshal(text)
	b.Write(data)
	return err
}
