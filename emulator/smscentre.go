package emulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/tpdu"
)

// Events of the message service; Text is the other number, a colon, and the text.
const (
	SMSSent     EventKind = "sms.sent"
	SMSReceived EventKind = "sms.received"
)

// The network's side of messages. Its times are on the modem's clock (inferred).
const (
	centreNumber  = "+8613800210500"       // the service centre (EC2x)
	deliveryTime  = 2 * time.Second        // from sending until a message to oneself comes
	reportTime    = 3 * time.Second        // until the report of one to somebody else does
	againTime     = time.Second            // until a message is offered again to a memory that has room
	blockedTime   = 30 * time.Second       // to a line that had none
	centreZone    = 8 * time.Hour          // east of UTC, of time stamps
	maxWaiting    = 1000                   // messages for the module
	maxSent       = 256                    // of the module that are remembered
	maxParts      = 255                    // of one long message (23.040 9.2.3.24.1)
	defaultFrom   = "+8613800138000"       // who sends where nobody is named
	statusExpired = 0x46                   // TP-ST: the validity period has passed (23.040 9.2.3.15)
	noMoreWait    = tpdu.FoMMS             // no more messages wait
	reportOctet   = 2 | tpdu.FirstOctet(4) // SMS-STATUS-REPORT, no more messages wait
)

// smsCentre is the network's service centre: what it has for the module, and
// what the module has sent. A loss of the module's power does not touch it.
type smsCentre struct {
	queue []inbound
	sent  []SentSMS
	parts sms.Counter // reference of long messages that are injected
	retry *timer      // when it offers again what could not be taken; nil: not
}

// inbound is a message on its way to the module.
type inbound struct {
	raw     []byte        // with the service centre
	expires time.Time     // zero: never
	report  func(st byte) // tells the sender what came of it; nil: nobody wants to know
}

// SentSMS is a message that the module has sent.
type SentSMS struct {
	Time      time.Time `json:"time"`      // on the modem's clock
	Reference int       `json:"reference"` // as AT+CMGS told it
	To        string    `json:"to"`
	Text      string    `json:"text"` // 8-bit data in hexadecimal
	Alphabet  string    `json:"alphabet"`
	Part      int       `json:"part,omitempty"`  // of a long message, from 1
	Parts     int       `json:"parts,omitempty"` // how many it has
	PDU       string    `json:"pdu"`             // the TPDU in hexadecimal
}

// alphabets are the words for alphabets of messages.
var alphabets = words[tpdu.Alphabet]{{tpdu.Alpha7Bit, "gsm7"}, {tpdu.Alpha8Bit, "8bit"}, {tpdu.AlphaUCS2, "ucs2"}}

// acceptSMS is the network taking a message of the module: one to its own number
// comes back, any other is delivered at once.
func (m *Modem) acceptSMS(p *message, t *tpdu.TPDU) {
	c := &m.sms.centre
	now := m.clock.Now()
	alphabet, _ := t.Alphabet() // it was read before
	s := SentSMS{
		Time: now, Reference: int(t.MR), To: t.DA.Number(), Text: plainText(t), Alphabet: alphabets.of(alphabet),
		PDU: fmt.Sprintf("%X", p.tpdu()),
	}
	if parts, part, _, ok := t.ConcatInfo(); ok {
		s.Part, s.Parts = part, parts
	}
	c.sent = append(c.sent, s)
	if len(c.sent) > maxSent {
		c.sent = slices.Delete(c.sent, 0, len(c.sent)-maxSent)
	}
	m.event(Event{Kind: SMSSent, Text: s.To + ": " + s.Text})
	var report func(byte)
	if t.FirstOctet.SRR() {
		report = func(st byte) { m.reportSMS(t, now, st) }
	}
	if m.isOwn(t.DA) {
		m.after(deliveryTime, func() { m.comeBack(t, now, report) })
	} else if report != nil {
		m.after(reportTime, func() { report(0) })
	}
}

// isOwn reports whether a number is the module's, in its international form or
// without the code of the country.
func (m *Modem) isOwn(a tpdu.Address) bool {
	own := m.id.msisdn[1:]
	return a.Addr == own || a.TypeOfNumber() != tpdu.TonInternational && a.Addr == own[2:]
}

// comeBack delivers a message that the module has sent to itself.
func (m *Modem) comeBack(t *tpdu.TPDU, sent time.Time, report func(byte)) {
	d := tpdu.TPDU{
		FirstOctet: noMoreWait | t.FirstOctet&(tpdu.FoUDHI|tpdu.FoRP), OA: addressOf(m.id.msisdn),
		PID: t.PID, DCS: t.DCS, SCTS: centreTime(sent), UDH: t.UDH, UD: t.UD,
	}
	raw, err := d.MarshalBinary()
	if err != nil {
		m.log.Error("a message to oneself cannot be delivered", "error", err)
		return
	}
	in := inbound{raw: withCentre(addressOf(centreNumber), raw), report: report}
	switch t.VP.Format {
	case tpdu.VpfRelative, tpdu.VpfEnhanced:
		if t.VP.Duration > 0 {
			in.expires = sent.Add(t.VP.Duration)
		}
	case tpdu.VpfAbsolute:
		in.expires = t.VP.Time.Time
	}
	m.bring(in)
}

// reportSMS brings the status report of a message.
func (m *Modem) reportSMS(t *tpdu.TPDU, sent time.Time, st byte) {
	r := tpdu.TPDU{
		FirstOctet: reportOctet, MR: t.MR, RA: t.DA, SCTS: centreTime(sent), DT: centreTime(m.clock.Now()), ST: st,
	}
	raw, err := r.MarshalBinary()
	if err != nil {
		m.log.Error("a status report cannot be made", "error", err)
		return
	}
	m.bring(inbound{raw: withCentre(addressOf(centreNumber), raw)})
}

// centreTime is a time stamp of the service centre.
func centreTime(t time.Time) tpdu.Timestamp {
	return tpdu.Timestamp{Time: t.In(time.FixedZone("", int(centreZone/time.Second)))}
}

// bring queues a message and offers it. One that finds no place is lost.
func (m *Modem) bring(in inbound) {
	if len(m.sms.centre.queue) >= maxWaiting {
		m.event(Event{Kind: Noted, Text: "too many messages wait for the module: one is lost"})
		return
	}
	m.sms.centre.queue = append(m.sms.centre.queue, in)
	m.offerMessages()
}

// offerMessages gives the module what the network has for it, as long as it takes it.
func (m *Modem) offerMessages() {
	c := &m.sms.centre
	for len(c.queue) > 0 && m.sms.ack == nil && m.smsReachable() {
		in := c.queue[0]
		c.queue = c.queue[1:]
		if !in.expires.IsZero() && m.clock.Now().After(in.expires) {
			in.answer(statusExpired)
			continue
		}
		switch m.receiveSMS(in) {
		case smsTaken:
			m.delivered(in)
			continue
		case smsLater:
			defer m.offerIn(blockedTime)
		}
		c.queue = slices.Insert(c.queue, 0, in)
		return
	}
}

func (in *inbound) answer(st byte) {
	if in.report != nil {
		in.report(st)
	}
}

// delivered is a message that the module has taken.
func (m *Modem) delivered(in inbound) {
	p := &message{raw: in.raw}
	if t, err := p.parsed(); err == nil && t.SmsType() == tpdu.SmsDeliver {
		m.event(Event{Kind: SMSReceived, Text: t.OA.Number() + ": " + plainText(t)})
	}
	in.answer(0)
}

// acknowledged is the host's word on the message that the network has first.
func (m *Modem) acknowledged(good bool) {
	stopTimer(&m.sms.ack)
	c := &m.sms.centre
	if len(c.queue) == 0 {
		return
	}
	in := c.queue[0]
	c.queue = c.queue[1:]
	if good {
		m.delivered(in)
	} else {
		m.event(Event{Kind: Noted, Text: "the host refuses a message: it is lost"})
	}
	m.offerMessages()
}

// smsReachable reports whether the network can give the module a message.
func (m *Modem) smsReachable() bool {
	return !m.dark() && m.radio.stat.in() && m.smsError() == nil
}

// offerAgain has the network offer what it has, when something has changed in the
// module.
func (m *Modem) offerAgain() { m.offerIn(againTime) }

func (m *Modem) offerIn(d time.Duration) {
	c := &m.sms.centre
	if len(c.queue) == 0 || c.retry != nil {
		return
	}
	c.retry = m.after(d, func() {
		c.retry = nil
		m.offerMessages()
	})
}
