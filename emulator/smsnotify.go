package emulator

import (
	"fmt"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
)

// notifySettings are AT+CNMI: how the host hears of what comes.
type notifySettings struct {
	mode int // 1: nothing while the line belongs to a connection; 2: it waits for the line
	mt   int // messages: 0 are stored, 1 stored and told of, 2 passed on
	bm   int // broadcasts
	ds   int // status reports: 0 are dropped, 1 passed on, 2 stored and told of
	bfr  int
}

// smsOutcome is what becomes of a message that the network offers.
type smsOutcome uint8

const (
	smsTaken   smsOutcome = iota
	smsRefused            // the network keeps it, until something has changed
	smsLater              // the network tries again after a while
	smsAwaited            // the host must acknowledge it first
)

// ackTime is how long a host has for AT+CNMA, on the wall clock (24.011 10:
// TR2M, 12-20 s).
const ackTime = 15 * time.Second

// storeGroup is the upper half of <dcs> of a message that tells of others that
// wait somewhere, and is to be stored (23.038 4).
const storeGroup = 0xd0

// receiveSMS takes a message from the network.
func (m *Modem) receiveSMS(in inbound) smsOutcome {
	p := &message{raw: in.raw}
	t, err := p.parsed()
	if err != nil {
		m.log.Error("a message cannot be read", "error", err)
		return smsTaken
	}
	n := &m.sms.set.notify
	if t.SmsType() == tpdu.SmsStatusReport {
		switch n.ds {
		case 0:
			return smsTaken
		case 1:
			return m.passOn("+CDS: "+m.directReport(p, t), p)
		}
		return m.takeIn(m.sms.set.mem[2], p, "+CDSI", true)
	}
	class, err := t.DCS.Class()
	onSIM := err == nil && class == tpdu.MClass2
	memory := m.sms.set.mem[2]
	if onSIM {
		memory = memorySM
	}
	if n.mt == 2 && !onSIM && t.DCS&0xf0 != storeGroup {
		return m.passOn("+CMT: "+m.directMessage(p, t), p)
	}
	return m.takeIn(memory, p, "+CMTI", n.mt > 0 && m.indicates("smsincoming"))
}

// directMessage and directReport are the fields of a message that is passed on.
func (m *Modem) directMessage(p *message, t *tpdu.TPDU) string {
	if !m.sms.set.text {
		return pduHead(p)
	}
	return m.deliverFields(p, t, m.sms.set.details)
}

func (m *Modem) directReport(p *message, t *tpdu.TPDU) string {
	if !m.sms.set.text {
		return fmt.Sprint(len(p.tpdu()))
	}
	return m.reportFields(t)
}

// passOn gives a message to the host itself. In phase 2+ the host must say that
// it has it.
func (m *Modem) passOn(text string, p *message) smsOutcome {
	if m.blocked() {
		return smsLater
	}
	result := smsTaken
	if m.sms.set.phase == 1 {
		result = smsAwaited
		m.sms.ack = m.afterWall(ackTime, m.notAcknowledged)
	}
	for _, line := range m.messageBody(p) {
		text += "\r\n" + line
	}
	m.urc(text)
	return result
}

// blocked reports whether the line belongs to a connection, and AT+CNMI wants
// nothing to wait for it.
func (m *Modem) blocked() bool {
	p := m.urcPort()
	return m.sms.set.notify.mode == 1 && p != nil && p.line.Transparent()
}

// notAcknowledged is a host that has not said anything in time: nothing is
// passed on any more, and the message is stored (27.005 3.4.4).
func (m *Modem) notAcknowledged() {
	m.sms.ack = nil
	m.sms.set.notify.mt, m.sms.set.notify.ds = 0, 0
	m.event(Event{Kind: Noted, Text: "no AT+CNMA in time: messages are no longer passed on"})
	m.offerMessages()
}

// takeIn stores a message, and tells of it. With the memory full the network
// keeps it.
func (m *Modem) takeIn(memory string, p *message, urc string, told bool) smsOutcome {
	index, err := m.keepMessage(memory, p)
	if err != nil {
		m.event(Event{Kind: Noted, Text: fmt.Sprintf("a message cannot be stored in %s, and waits in the network: %v", memory, err)})
		return smsRefused
	}
	if told && !m.blocked() {
		m.urc(fmt.Sprintf(`%s: "%s",%d`, urc, memory, index))
	}
	if used, total := m.sms.stores.counts(memory); used == total && m.indicates("smsfull") {
		m.urc(fmt.Sprintf(`+QIND: "smsfull","%s"`, memory))
	}
	return smsTaken
}

var _ = commands("SMS",
	&Command{
		Name: "+CNMI", Summary: "how the host hears of new messages: the network broadcasts none, and a change drops nothing that waits", Source: "27.005 3.4.1, capture", Plain: true,
		Params: []atengine.Param{
			atengine.Int("mode", 1, 2).As("(1-2)"), atengine.Int("mt", 0, 2).Opt(), atengine.OneOf("bm", 0, 2).Opt(),
			atengine.Int("ds", 0, 2).Opt(), atengine.Int("bfr", 0, 1).As("(0-1)").Opt(),
		},
		Read: func(m *Modem, _ *Call) Response {
			n := &m.sms.set.notify
			return atengine.Infof("+CNMI: %d,%d,%d,%d,%d", n.mode, n.mt, n.bm, n.ds, n.bfr)
		},
		Write: func(m *Modem, c *Call) Response {
			n := &m.sms.set.notify
			for i, v := range []*int{&n.mode, &n.mt, &n.bm, &n.ds, &n.bfr} {
				if c.Has(i) {
					*v = c.Int(i)
				}
			}
			return Response{}
		},
	},
	&Command{
		Name: "+CNMA", Summary: "acknowledge a message", Source: "27.005 3.4.4, 4.7",
		Test: "+CNMA: (0-2)",
		Tests: func(m *Modem, c *Call) Response {
			if m.sms.set.text {
				return Response{}
			}
			return atengine.Info(c.Command.Test)
		},
		Params: []atengine.Param{atengine.Int("n", 0, 2), atengine.Int("length", 1, maxTPDU).Opt()},
		Exec:   withMessages(func(m *Modem, _ *Call) Response { return m.acknowledge(true) }),
		Write:  withMessages((*Modem).acknowledgeWith),
	},
)

// acknowledge is AT+CNMA; the error is CMSNothingToAck.
func (m *Modem) acknowledge(good bool) Response {
	if m.sms.ack == nil {
		return atengine.Fail(CMSNothingToAck)
	}
	m.acknowledged(good)
	return Response{}
}

// acknowledgeWith is AT+CNMA=: 0 and 1 for good, 2 for a refusal, in PDU mode
// perhaps with a report for the network, which it does not look into. Errors:
// CMSNotSupported, CMSNothingToAck, CMSPDUParameter.
func (m *Modem) acknowledgeWith(c *Call) Response {
	n, length := c.Int(0), c.Int(1)
	switch {
	case m.sms.set.text && (n > 0 || c.Has(1)):
		return atengine.Fail(CMSNotSupported)
	case m.sms.ack == nil:
		return atengine.Fail(CMSNothingToAck)
	case !c.Has(1):
		return m.acknowledge(n < 2)
	}
	return atengine.Begin(&atengine.Prompt{
		Max: maxTyped, Echo: c.Line.Echo, Form: m.promptForm(),
		Done: func(typed []byte, end atengine.Ending, _ int) Response {
			if end != atengine.Complete {
				return Response{}
			}
			if report, err := unhex(typed); err != nil || len(report) != length {
				return atengine.Fail(fmt.Errorf("the report is not %d octets: %w", length, CMSPDUParameter))
			}
			return m.acknowledge(n < 2)
		},
	})
}
