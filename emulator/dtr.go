package emulator

import (
	"errors"
	"fmt"
	"strings"
)

// DropDTR is the DTR signal of a port falling for a moment, as a host's hang-up
// lets it; "" is the first port. AT&D says what becomes of a connection that has
// the port (seed 1.4, ruling 26). The error is that of a port there is none of.
func (l Levers) DropDTR(port string) error {
	p, err := l.m.portCalled(port)
	if err != nil {
		return err
	}
	l.m.note(p, "DTR dropped")
	p.line.DTRDrop()
	return nil
}

// portCalled is the port of that name, or the first one for "".
func (m *Modem) portCalled(name string) (*port, error) {
	var names []string
	for _, p := range m.ports {
		if name == "" || p.name == name {
			return p, nil
		}
		names = append(names, p.name)
	}
	if len(names) == 0 {
		return nil, errors.New("the modem has no port yet")
	}
	return nil, fmt.Errorf("there is no port %q: there is %s", name, strings.Join(names, ", "))
}
