package emulator

import (
	"fmt"
	"strconv"

	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
)

var _ = commands("SMS",
	&Command{
		Name: "+CMGR", Summary: "read a message", Source: "27.005 3.4.2, 4.2, capture", Test: "OK",
		Params: []atengine.Param{atengine.Int("index", 0, roomME)},
		Write: withMessages(func(m *Modem, c *Call) Response {
			p, err := m.messageAt(m.sms.set.mem[0], c.Int(0))
			if err != nil {
				return atengine.Fail(err)
			}
			lines := []string{"+CMGR: " + m.messageHead(p, m.sms.set.details)}
			return m.markRead(append(lines, m.messageBody(p)...), p)
		}),
	},
	&Command{
		Name: "+CMGL", Summary: "list messages", Source: "27.005 3.4.2, 4.1, EC2x",
		Test:   "+CMGL: (0-4)",
		Tests:  func(m *Modem, _ *Call) Response { return atengine.Info("+CMGL: " + m.listable()) },
		Params: []atengine.Param{atengine.Str("stat", 1, 12).Bare()},
		Exec:   withMessages(func(m *Modem, _ *Call) Response { return m.listMessages(recUnread) }),
		Write: withMessages(func(m *Modem, c *Call) Response {
			if !m.asMode(c) {
				return m.wrongMode(c)
			}
			stat, err := m.statOf(c, 0)
			if err != nil {
				return atengine.Fail(err)
			}
			return m.listMessages(stat)
		}),
	},
	&Command{
		Name: "+CMGD", Summary: "delete messages", Source: "27.005 3.5.4, capture",
		Test: "+CMGD: (1-255),(0-4)",
		Tests: func(m *Modem, _ *Call) Response {
			_, total := m.sms.stores.counts(m.sms.set.mem[0])
			first := m.firstIndex()
			return atengine.Infof("+CMGD: (%d-%d),(0-4)", first, first+total-1)
		},
		Params: []atengine.Param{atengine.Int("index", 0, roomME), atengine.Int("delflag", 0, 4).Or(0)},
		Write:  withMessages((*Modem).deleteMessages),
	},
)

// listable is what AT+CMGL takes in the present format.
func (m *Modem) listable() string {
	if !m.sms.set.text {
		return "(0-4)"
	}
	return `("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")`
}

// statOf is parameter i as <stat>: a word in text mode, a number in PDU mode.
// Errors: CMSTextParam, CMSPDUParameter.
func (m *Modem) statOf(c *Call, i int) (messageStat, error) {
	if m.sms.set.text {
		stat, err := statWords.parse("status", c.Text(i))
		if err != nil {
			return 0, fmt.Errorf("%w: %w", err, CMSTextParam)
		}
		return stat, nil
	}
	n, err := strconv.Atoi(c.Text(i))
	if err != nil || n < 0 || n > int(anyStat) {
		return 0, fmt.Errorf("status %q is not 0-4: %w", c.Text(i), CMSPDUParameter)
	}
	return messageStat(n), nil
}

// listMessages answers the messages of a state.
func (m *Modem) listMessages(stat messageStat) Response {
	var lines []string
	var shown []*message
	for i, p := range m.sms.stores.in(m.sms.set.mem[0]) {
		if p == nil || stat != anyStat && p.stat != stat {
			continue
		}
		lines = append(lines, fmt.Sprintf("+CMGL: %d,%s", i+m.firstIndex(), m.listHead(p)))
		lines = append(lines, m.messageBody(p)...)
		shown = append(shown, p)
	}
	return m.markRead(lines, shown...)
}

// markRead answers lines, and makes messages that were not read so.
func (m *Modem) markRead(lines []string, shown ...*message) Response {
	changed := false
	for _, p := range shown {
		if p.stat == recUnread {
			p.stat, changed = recRead, true
		}
	}
	if changed {
		if err := m.saveMessages(); err != nil {
			return atengine.Fail(err)
		}
	}
	return atengine.Info(lines...)
}

// deleteMessages deletes the message at an index, or all of a kind: 1 those that
// were read, 2 the sent ones, too, 3 those that were not sent, too, 4 all. An
// index without a message is as good as deleted (inferred).
func (m *Modem) deleteMessages(c *Call) Response {
	list := m.sms.stores.in(m.sms.set.mem[0])
	flag := c.Int(1)
	if flag == 0 {
		i, err := m.place(list, c.Int(0))
		if err != nil {
			return atengine.Fail(err)
		}
		list[i] = nil
	} else {
		for i, p := range list {
			if p != nil && flag >= deletedBy[p.stat] {
				list[i] = nil
			}
		}
	}
	m.offerAgain()
	return m.saved()
}

// deletedBy are the lowest <delflag> that deletes messages of a state.
var deletedBy = map[messageStat]int{recRead: 1, stoSent: 2, stoUnsent: 3, recUnread: 4}

// pduHead is what stands before a PDU: nothing for a name that nobody has, and
// the length of the TPDU.
func pduHead(p *message) string { return fmt.Sprintf(",%d", len(p.tpdu())) }

// messageHead are the fields of AT+CMGR; details shows those that AT+CSDH hides.
func (m *Modem) messageHead(p *message, details bool) string {
	t, err := p.parsed()
	switch {
	case !m.sms.set.text:
		return fmt.Sprintf("%d,%s", p.stat, pduHead(p))
	case err != nil: // it was looked at when it came
		return `"` + statWords.of(p.stat) + `"`
	}
	text := `"` + statWords.of(p.stat) + `",`
	switch t.SmsType() {
	case tpdu.SmsStatusReport:
		return text + m.reportFields(t)
	case tpdu.SmsDeliver:
		return text + m.deliverFields(p, t, details)
	}
	text += `"` + m.shownNumber(t.DA) + `",`
	if details {
		a := p.centre()
		text += fmt.Sprintf(`,%d,%d,%d,%d,%s,"%s",%d,%d`, t.DA.TOA, byte(t.FirstOctet), t.PID, byte(t.DCS),
			validityText(int(t.FirstOctet), validityIn(p.tpdu(), t)), m.shownNumber(a), a.TOA, lengthOf(p, t))
	}
	return text
}

// deliverFields are the fields of a received message behind its status.
func (m *Modem) deliverFields(p *message, t *tpdu.TPDU, details bool) string {
	text := fmt.Sprintf(`"%s",,"%s"`, m.shownNumber(t.OA), stampOf(t.SCTS.Time))
	if details {
		a := p.centre()
		text += fmt.Sprintf(`,%d,%d,%d,%d,"%s",%d,%d`,
			t.OA.TOA, byte(t.FirstOctet), t.PID, byte(t.DCS), m.shownNumber(a), a.TOA, lengthOf(p, t))
	}
	return text
}

// reportFields are the fields of a status report.
func (m *Modem) reportFields(t *tpdu.TPDU) string {
	return fmt.Sprintf(`%d,%d,"%s",%d,"%s","%s",%d`,
		byte(t.FirstOctet), t.MR, m.shownNumber(t.RA), t.RA.TOA, stampOf(t.SCTS.Time), stampOf(t.DT.Time), t.ST)
}

// listHead are the fields of AT+CMGL, behind the index.
func (m *Modem) listHead(p *message) string {
	t, err := p.parsed()
	if err != nil || !m.sms.set.text || t.SmsType() == tpdu.SmsStatusReport {
		return m.messageHead(p, false)
	}
	text := `"` + statWords.of(p.stat) + `",`
	a := t.DA
	if t.SmsType() == tpdu.SmsDeliver {
		a = t.OA
		text += m.deliverFields(p, t, false)
	} else {
		text += `"` + m.shownNumber(a) + `",,`
	}
	if m.sms.set.details {
		text += fmt.Sprintf(",%d,%d", a.TOA, lengthOf(p, t))
	}
	return text
}

// messageBody is what stands below the fields: a text in the character set, octets in
// hexadecimal, the PDU; nothing of a status report in text mode.
func (m *Modem) messageBody(p *message) []string {
	if !m.sms.set.text {
		return []string{fmt.Sprintf("%X", p.raw)}
	}
	t, err := p.parsed()
	switch {
	case err != nil || t.SmsType() == tpdu.SmsStatusReport:
		return nil
	case isText(int(t.FirstOctet), int(t.DCS)):
		return []string{m.sms.set.charset.fromSeptets(t.UD)}
	}
	return []string{fmt.Sprintf("%X", userDataOctets(p.tpdu(), t))}
}

// lengthOf is <length> of text mode: characters of a text, octets of data.
func lengthOf(p *message, t *tpdu.TPDU) int {
	alphabet, err := t.Alphabet()
	switch {
	case err == nil && isText(int(t.FirstOctet), int(t.DCS)):
		return len(t.UD)
	case err == nil && alphabet == tpdu.AlphaUCS2 && !t.FirstOctet.UDHI():
		return len(t.UD) / 2
	}
	return len(userDataOctets(p.tpdu(), t))
}
