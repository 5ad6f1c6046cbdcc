package emulator

import (
	"fmt"
	"strconv"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
)

// Times of sending, on the modem's clock (inferred). AT+CMMS keeps the link up
// between messages: with 1 for so long after each, with 2 for good.
const (
	sendTime = 1500 * time.Millisecond // from Ctrl-Z until the network has it
	sendOn   = 300 * time.Millisecond  // where the link is up
	linkTime = 5 * time.Second         // 27.005 3.5.6: 1-5 s
)

// Bounds of what is typed at a prompt, in bytes: a text of 160 characters in
// UCS2, or a PDU, and its line ends. And of a TPDU, in octets.
const (
	maxTyped = 1024
	maxTPDU  = 255
)

// draft is a message whose text or PDU is being asked for.
type draft struct {
	text    bool
	charset charset
	params  textParams
	to      tpdu.Address
	centre  tpdu.Address
	length  int // of the TPDU, in PDU mode
	stat    messageStat
}

// newDraft is a draft as the settings have it. In PDU mode parameter 0 is the
// length. The error is CMSPDUParameter.
func (m *Modem) newDraft(c *Call, stat messageStat) (d draft, err error) {
	set := &m.sms.set
	d = draft{text: set.text, charset: set.charset, params: set.params, centre: m.sms.stores.centre, stat: stat}
	if d.text {
		d.to.TOA = nationalNumber
		return d, nil
	}
	if d.length, err = strconv.Atoi(c.Text(0)); err != nil || d.length < 1 || d.length > maxTPDU {
		return d, fmt.Errorf("%q is no length of a TPDU: %w", c.Text(0), CMSPDUParameter)
	}
	return d, nil
}

// message is the draft with what was typed. Errors: CMSPDUParameter,
// CMSTextParam, CMSTooLong, CMSNotSupported.
func (d *draft) message(typed []byte, dropped int) (*message, *tpdu.TPDU, error) {
	if !d.text {
		return fromPDU(typed, d.length, d.stat)
	}
	if dropped > 0 {
		return nil, nil, fmt.Errorf("more than %d bytes: %w", maxTyped, CMSTooLong)
	}
	data, err := d.charset.encode(typed, d.params.fo, d.params.dcs)
	if err != nil {
		return nil, nil, err
	}
	raw, err := d.params.submit(d.to, data)
	if err != nil {
		return nil, nil, err
	}
	p := &message{stat: d.stat, raw: withCentre(d.centre, raw)}
	t, err := p.parsed()
	if err != nil { // a header that a host typed
		return nil, nil, fmt.Errorf("%w: %w", err, CMSTextParam)
	}
	return p, t, nil
}

// messagePrompt asks for a text or a PDU. What is typed is echoed as AT&E says,
// and each CR of a text is answered with a prompt of its own (27.005 3.5.1).
func (m *Modem) messagePrompt(c *Call) *atengine.Prompt {
	set := &m.sms.set
	return &atengine.Prompt{
		Max: maxTyped, Echo: c.Line.Echo, Form: m.promptForm(),
		Again: set.text && set.charset != charsetUCS2 && isText(set.params.fo, set.params.dcs),
	}
}

// askMessage asks for the message of a draft, and gives it to take. ESC leaves
// everything as it was, and so does a host that goes. The SIM may be gone when
// the message has been typed, so that it is looked for again.
func (m *Modem) askMessage(c *Call, d draft, take func(*message, *tpdu.TPDU) Response) Response {
	prompt := m.messagePrompt(c)
	prompt.Done = func(typed []byte, end atengine.Ending, dropped int) Response {
		if end != atengine.Complete {
			return Response{}
		}
		if err := m.smsError(); err != nil {
			return atengine.Fail(err)
		}
		p, t, err := d.message(typed, dropped)
		if err != nil {
			return atengine.Fail(err)
		}
		return take(p, t)
	}
	return atengine.Begin(prompt)
}

// askFor is how a command that asks for a message asks when its answer is
// decided already. ESC cancels it all the same.
func askFor(m *Modem, c *Call, then Response) Response {
	prompt := m.messagePrompt(c)
	prompt.Done = func(_ []byte, end atengine.Ending, _ int) Response {
		if end != atengine.Complete {
			return Response{}
		}
		return then
	}
	return atengine.Begin(prompt)
}

var (
	_ = asks("+CMGS", askFor)
	_ = asks("+CMGW", askFor)
)

var _ = commands("SMS",
	&Command{
		Name: "+CMGS", Summary: "send a message", Source: "27.005 3.5.1, 4.3, EC2x", Test: "OK", Max: 120 * time.Second,
		Params: []atengine.Param{atengine.Str("da", 1, 4*maxDigits+4).Bare(), typeOfAddress("toda")},
		Write: withMessages(func(m *Modem, c *Call) Response {
			if !m.asMode(c) {
				return m.wrongMode(c)
			}
			d, err := m.newDraft(c, stoSent)
			if err == nil && d.text {
				d.to, err = m.typedNumber(c, 0, 1)
			}
			if err != nil {
				return atengine.Fail(err)
			}
			wait, done := c.Wait()
			return m.askMessage(c, d, func(p *message, t *tpdu.TPDU) Response {
				return m.transmit(p, t, nil, wait, done, "+CMGS")
			})
		}),
	},
	&Command{
		Name: "+CMSS", Summary: "send a message from the storage", Source: "27.005 3.5.2", Test: "OK", Max: 120 * time.Second,
		Params: []atengine.Param{atengine.Int("index", 0, roomME), atengine.Str("da", 1, 4*maxDigits+4).Opt(), typeOfAddress("toda")},
		Write:  withMessages((*Modem).sendStored),
	},
	&Command{
		Name: "+CMGW", Summary: "write a message to the storage: in text mode only one to send", Source: "27.005 3.5.3, 4.4", Test: "OK",
		Params: []atengine.Param{
			atengine.Str("da", 1, 4*maxDigits+4).Bare().Opt(), atengine.Str("toda", 1, 10).Bare().Opt(), atengine.Str("stat", 1, 10).Opt(),
		},
		Exec:  withMessages((*Modem).writeMessage),
		Write: withMessages((*Modem).writeMessage),
	},
)

// transmit sends a message. It answers later, when the network has it or has not
// answered, or at once where it cannot be sent. kept is where the message comes
// from in a memory, which then is one that was sent; nil: it was typed. Errors:
// CMSNoCentre, CMSNoNetwork, CMSReserved, CMSTimeout.
func (m *Modem) transmit(p *message, t *tpdu.TPDU, kept *message, wait Response, done completion, name string) Response {
	s := &m.sms
	switch {
	case s.sending != nil:
		return atengine.Fail(CMSReserved)
	case p.centre().Addr == "" && s.stores.centre.Addr == "":
		return atengine.Fail(CMSNoCentre)
	case !m.radio.stat.in():
		return atengine.Fail(CMSNoNetwork)
	}
	d := sendTime
	if s.open {
		d = sendOn
	}
	stopTimer(&s.link)
	s.sending = m.after(d, func() {
		s.sending = nil
		if !m.radio.stat.in() {
			s.open = false
			done.Finish(atengine.Fail(CMSTimeout))
			return
		}
		m.keepLink()
		t.MR = s.stores.reference
		p.tpdu()[1] = t.MR
		s.stores.reference++
		if kept != nil {
			kept.stat = stoSent
		}
		if err := m.saveMessages(); err != nil {
			m.log.Debug("a message is sent, but the reference is not stored", "error", err)
		}
		done.Finish(atengine.Infof("%s: %d", name, t.MR))
		m.acceptSMS(p, t)
	})
	return wait
}

// keepLink is the link after a message, as AT+CMMS has it.
func (m *Modem) keepLink() {
	s := &m.sms
	s.open = s.set.more > 0
	if s.set.more == 1 {
		s.link = m.after(linkTime, func() { s.link, s.open, s.set.more = nil, false, 0 })
	}
}

// sendStored sends a message of the second memory, to another number if one is
// given. Errors: CMSIndex, CMSNotAllowed, CMSTextParam, those of transmit.
func (m *Modem) sendStored(c *Call) Response {
	kept, err := m.messageAt(m.sms.set.mem[1], c.Int(0))
	if err != nil {
		return atengine.Fail(err)
	}
	if kept.stat.received() {
		return atengine.Fail(fmt.Errorf("the message was received: %w", CMSNotAllowed))
	}
	raw := kept.tpdu()
	if c.Has(1) {
		to, err := m.typedNumber(c, 1, 2)
		if err == nil {
			raw, err = withAddress(raw, to)
		}
		if err != nil {
			return atengine.Fail(err)
		}
	}
	p := &message{stat: stoSent, raw: append(append([]byte{}, kept.raw[:1+int(kept.raw[0])]...), raw...)}
	t, err := p.parsed()
	if err != nil || t.DA.Addr == "" {
		return atengine.Fail(fmt.Errorf("the message has no number, and none is given: %w", CMSTextParam))
	}
	wait, done := c.Wait()
	return m.transmit(p, t, kept, wait, done, "+CMSS")
}

// writeMessage puts a message into the second memory. In text mode parameter 1
// is the type of address and 2 the state; in PDU mode 1 is the state, and an
// SMS-DELIVER or a status report can be written, too.
func (m *Modem) writeMessage(c *Call) Response {
	if c.Has(0) && !m.asMode(c) {
		return m.wrongMode(c)
	}
	d, err := m.newDraft(c, stoUnsent)
	if err == nil && d.text {
		err = m.textDraft(c, &d)
	} else if err == nil && c.Has(1) {
		d.stat, err = m.statOf(c, 1)
		if d.stat == anyStat {
			err = CMSPDUParameter
		}
	}
	if err != nil {
		return atengine.Fail(err)
	}
	memory := m.sms.set.mem[1]
	return m.askMessage(c, d, func(p *message, _ *tpdu.TPDU) Response {
		index, err := m.keepMessage(memory, p)
		if err != nil {
			return atengine.Fail(err)
		}
		return atengine.Infof("+CMGW: %d", index)
	})
}

// textDraft reads the parameters of AT+CMGW in text mode. The error is
// CMSTextParam.
func (m *Modem) textDraft(c *Call, d *draft) (err error) {
	if c.Has(0) {
		if d.to, err = m.numberOf(c, 0); err != nil {
			return err
		}
	}
	if c.Has(1) {
		n, err := strconv.ParseUint(c.Text(1), 10, 8)
		if err != nil || n < 128 {
			return fmt.Errorf("%q is no type of address: %w", c.Text(1), CMSTextParam)
		}
		d.to.TOA = byte(n)
	}
	if c.Has(2) {
		if d.stat, err = m.statOf(c, 2); err != nil {
			return err
		}
		if d.stat != stoUnsent && d.stat != stoSent {
			return fmt.Errorf("%q is no state of a text that is written: %w", c.Text(2), CMSTextParam)
		}
	}
	return nil
}
