package emulator

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/tpdu"
	"github.com/warthog618/sms/encoding/ucs2"
)

// SMS is a message for the module: a text with its sender, or a whole PDU.
type SMS struct {
	From     string // a number, or a name of up to 11 letters; "": a number
	Text     string // UTF-8; one that is too long for one message comes in parts
	Alphabet string // gsm7, ucs2, or 8bit, where Text is the bytes; "": the shortest that has all of Text
	Class    *int   // 0-3; nil: none
	PDU      string // hexadecimal, as AT+CMGR shows it; then all else is empty
}

// ReceiveSMS has the network deliver a message: at once, or when the module has
// power, service and room for it. The error is that of Check, or of one message
// too many that waits.
func (l Levers) ReceiveSMS(s SMS) error {
	list, err := s.deliverable(&l.m.sms.centre.parts, l.m.clock.Now())
	if err != nil {
		return err
	}
	if n := len(l.m.sms.centre.queue); n+len(list) > maxWaiting {
		return fmt.Errorf("%d messages wait for the module, and no more than %d can", n, maxWaiting)
	}
	for _, raw := range list {
		l.m.bring(inbound{raw: raw})
	}
	return nil
}

// SentSMS are the latest messages that the module has sent, the oldest first, at
// most 256.
func (l Levers) SentSMS() []SentSMS { return append([]SentSMS{}, l.m.sms.centre.sent...) }

// Number is the module's own: a message to it comes back.
func (l Levers) Number() string { return l.m.id.msisdn }

// WaitingSMS is how many messages the network has for the module.
func (l Levers) WaitingSMS() int { return len(l.m.sms.centre.queue) }

// Check tells what is wrong with a message; nil: nothing.
func (s SMS) Check() error {
	_, err := s.deliverable(&sms.Counter{}, time.Time{})
	return err
}

// deliverable is a message as PDUs, each with the service centre. Parts of a long
// one have the reference that parts counts.
func (s SMS) deliverable(parts *sms.Counter, now time.Time) ([][]byte, error) {
	if s.PDU != "" {
		raw, err := hex.DecodeString(s.PDU)
		if err != nil || len(raw) == 0 {
			return nil, errors.New("the PDU is not hexadecimal")
		}
		if _, _, err := pduOf(raw, len(raw)-1-int(raw[0]), recUnread); err != nil {
			return nil, fmt.Errorf("the PDU: %w", err)
		}
		return [][]byte{raw}, nil
	}
	pieces, err := s.pieces(parts, now)
	if err != nil {
		return nil, err
	}
	list := make([][]byte, len(pieces))
	for i := range pieces {
		raw, err := pieces[i].MarshalBinary()
		if err != nil {
			return nil, err
		}
		list[i] = withCentre(addressOf(centreNumber), raw)
	}
	return list, nil
}

// pieces are the SMS-DELIVERs of a text.
func (s SMS) pieces(counter *sms.Counter, now time.Time) ([]tpdu.TPDU, error) {
	from, err := senderOf(s.From)
	if err != nil {
		return nil, err
	}
	d := tpdu.TPDU{FirstOctet: noMoreWait, OA: from, SCTS: centreTime(now)}
	if s.Class != nil {
		if *s.Class < 0 || *s.Class > 3 {
			return nil, fmt.Errorf("class %d: it is 0-3", *s.Class)
		}
		d.DCS = tpdu.DCS(0x10 | *s.Class)
	}
	data := []byte(s.Text)
	if s.Alphabet != "8bit" && !utf8.ValidString(s.Text) {
		return nil, errors.New("the text is not UTF-8")
	}
	_, inGSM := gsmEncoder.Encode(data)
	switch s.Alphabet {
	case "8bit":
		d.DCS |= tpdu.Dcs8BitData
	case "ucs2":
		d.DCS |= tpdu.DcsUCS2Data
		data = ucs2.Encode([]rune(s.Text))
	case "gsm7":
		if inGSM != nil {
			return nil, fmt.Errorf("the text: %w", inGSM)
		}
	case "":
	default:
		return nil, fmt.Errorf("alphabet %q: it is one of gsm7, ucs2, 8bit", s.Alphabet)
	}
	if len(data) == 0 {
		return []tpdu.TPDU{d}, nil
	}
	e := sms.NewEncoder(sms.WithTemplate(d))
	e.ConcatRef = counter
	parts, err := e.Encode(data)
	if err == nil && len(parts) > maxParts {
		err = fmt.Errorf("the text takes %d messages: no more than %d belong together", len(parts), maxParts)
	}
	return parts, err
}

// senderOf is the address of a sender.
func senderOf(from string) (tpdu.Address, error) {
	if from == "" {
		from = defaultFrom
	}
	if isNumber(from) {
		return addressOf(from), nil
	}
	septets, err := gsmEncoder.Encode([]byte(from))
	if err != nil || len(septets) > maxName || slices.Contains(septets, 0x1b) {
		return tpdu.Address{}, fmt.Errorf("%q is no sender: 1-%d digits, with + or not, or a name of up to %d letters", from, maxDigits, maxName)
	}
	return addressOf(from), nil
}
