package emulator

import "fmt"

// urc sends an unsolicited result code to the port that gets them (ruling 18). A
// module that is off or boots says nothing.
func (m *Modem) urc(text string) {
	if m.dark() {
		return
	}
	p := m.urcPort()
	m.urcBy(p, text)
	if p != nil {
		return
	}
	m.urcsLost++
	if len(m.ports) > 0 {
		m.log.Debug("a URC is lost: nobody has its port", "port", m.urcPortName(), "urc", text)
		m.event(Event{Kind: Noted, Port: m.urcPortName(), Text: `nobody has port "` + m.urcPortName() + `": dropped ` + text})
	}
}

// urcBy sends a result code by a port; nil: by none.
func (m *Modem) urcBy(p *port, text string) {
	e := Event{Kind: URCSent, Text: text}
	if p != nil {
		e.Port = p.name
	}
	m.event(e)
	if p != nil {
		p.unsolicited(text)
	}
}

// maxLate bounds the result codes that AT+QCFG="urcdelay" holds back, as the line
// bounds those that wait for it.
const maxLate = 128

// unsolicited sends a result code by the port, after the time of
// AT+QCFG="urcdelay". Their order stays, also when that time is made shorter.
func (a *port) unsolicited(text string) {
	now := a.m.clock.Now()
	due := now.Add(a.m.config.urcDelay)
	if len(a.late) > 0 && due.Before(a.lateDue) {
		due = a.lateDue
	}
	switch {
	case len(a.late) == 0 && !due.After(now):
		a.line.URC(text)
		return
	case len(a.late) >= maxLate:
		a.m.note(a, "too many result codes are held back: dropped "+text)
		return
	}
	a.late, a.lateDue = append(a.late, text), due
	boots := a.m.power.boots
	a.m.after(due.Sub(now), func() {
		if a.m.power.boots != boots {
			return
		}
		next := a.late[0]
		a.late = a.late[1:]
		a.line.URC(next)
	})
}

// SendURC sends an unsolicited result code, given without its framing, by a
// port; "" is the one that gets them. The error is that of a port there is none
// of, or of a module that is off or boots and says nothing.
func (l Levers) SendURC(port, text string) error {
	m := l.m
	if m.dark() {
		return fmt.Errorf("the module is %s: it says nothing", m.power.phase)
	}
	if port == "" {
		m.urc(text)
		return nil
	}
	p, err := m.portCalled(port)
	if err == nil {
		m.urcBy(p, text)
	}
	return err
}

// urcPort is the port that gets URCs; nil: the modem has no port of that name,
// and nobody gets them. The one connector of a modem with one port is its USB
// modem port and its UART in one (ruling 17).
func (m *Modem) urcPort() *port {
	name := m.urcPortName()
	if len(m.ports) == 1 && name == uartPort {
		return m.ports[0]
	}
	for _, p := range m.ports {
		if p.name == name {
			return p
		}
	}
	return nil
}

// urcPortName is the port that AT+QURCCFG names, or the default.
func (m *Modem) urcPortName() string {
	switch {
	case m.serial.urcPort != "":
		return m.serial.urcPort
	case m.quirks[quirkURCPort] == "usbat":
		return usbATPort
	}
	return portNames[0]
}
