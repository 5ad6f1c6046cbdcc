package emulator

import "github.com/quectel-sim/qsim/atengine"

// Backlog is how many bytes wait in the modem: for a host that does not read,
// from a host that is pushed back, and in the receive and send buffers of all
// clients.
func (m *Modem) Backlog() (out, in, rx, tx int, err error) {
	err = m.do(func() {
		for _, p := range m.ports {
			out += len(p.out)
			in += p.in.len()
		}
		for e := range m.ends.all {
			rx += e.rx.data.len()
			tx += e.tx.size + len(e.out.buf)
		}
	})
	return out, in, rx, tx, err
}

// Calm puts the settings of all lines back to the factory's, and makes a line
// that AT&D0 kept transparent feel the host's close. A module that is off or
// boots is up.
func (m *Modem) Calm() error {
	return m.do(func() {
		m.power.up.cut()
		m.power.down.cut()
		m.power.phase = PhaseReady
		for _, p := range m.ports {
			p.line.Settings = atengine.Factory()
			p.line.HostClosed()
			m.dtrDropped(p)
			m.ends.hostClosed(p)
		}
	})
}
