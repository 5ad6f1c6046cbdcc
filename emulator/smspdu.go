package emulator

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/pdumode"
	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
)

// The converters of the GSM alphabet. They are made before any modem, since
// their package fills its tables at the first use, without a lock.
var (
	gsmEncoder = gsm7.NewEncoder()
	gsmDecoder = gsm7.NewDecoder()
)

// Types of address (23.040 9.1.2.5), and the most digits one has.
const (
	nationalNumber = 129 // of an unknown type, in the ISDN plan
	internationalN = 145
	namedSender    = 208 // letters
	maxDigits      = 20
	maxName        = 11 // letters
)

// typeOfAddress declares <toda> and its like.
func typeOfAddress(name string) atengine.Param { return atengine.Int(name, 128, 255).Opt() }

// message is one that is kept: its status, and the address of the service centre
// with the TPDU behind it, as PDU mode shows them.
type message struct {
	stat messageStat
	raw  []byte
}

// messageStat is <stat> of 27.005 3.1.
type messageStat int

// The states of a message.
const (
	recUnread messageStat = iota
	recRead
	stoUnsent
	stoSent
	anyStat // AT+CMGL=4
)

var statWords = words[messageStat]{
	{recUnread, "REC UNREAD"}, {recRead, "REC READ"}, {stoUnsent, "STO UNSENT"}, {stoSent, "STO SENT"}, {anyStat, "ALL"},
}

// received reports whether a message of that state came from the network.
func (s messageStat) received() bool { return s < stoUnsent }

func (p *message) tpdu() []byte { return p.raw[1+int(p.raw[0]):] }

// parsed is the message's TPDU, which was looked at when it was taken.
func (p *message) parsed() (*tpdu.TPDU, error) {
	if p.stat.received() {
		return sms.Unmarshal(p.tpdu(), sms.AsMT)
	}
	return sms.Unmarshal(p.tpdu(), sms.AsMO)
}

// centre is the service centre of the message; an empty address where it names
// none.
func (p *message) centre() tpdu.Address {
	var a pdumode.SMSCAddress
	if _, err := a.UnmarshalBinary(p.raw); err != nil {
		return tpdu.Address{}
	}
	return a.Address
}

// withCentre is a TPDU behind the address of a service centre. An address that
// cannot be written is left out.
func withCentre(a tpdu.Address, t []byte) []byte {
	sca, err := (&pdumode.SMSCAddress{Address: a}).MarshalBinary()
	if err != nil {
		sca = []byte{0}
	}
	return append(sca, t...)
}

// fromPDU reads what a host typed in PDU mode: hexadecimal digits, an address of
// a service centre that may be empty, and a TPDU of length octets. Errors:
// CMSPDUParameter; CMSNotSupported of one that a host may send but no module of
// the family does, such as SMS-COMMAND.
func fromPDU(typed []byte, length int, stat messageStat) (*message, *tpdu.TPDU, error) {
	raw, err := unhex(typed)
	if err != nil {
		return nil, nil, fmt.Errorf("a PDU is hexadecimal: %w", CMSPDUParameter)
	}
	return pduOf(raw, length, stat)
}

func pduOf(raw []byte, length int, stat messageStat) (*message, *tpdu.TPDU, error) {
	if len(raw) == 0 || len(raw) < 1+int(raw[0]) {
		return nil, nil, fmt.Errorf("the PDU ends in the address of the service centre: %w", CMSPDUParameter)
	}
	p := &message{stat: stat, raw: raw}
	if n := len(p.tpdu()); n != length {
		return nil, nil, fmt.Errorf("the TPDU has %d octets, not %d: %w", n, length, CMSPDUParameter)
	}
	var a pdumode.SMSCAddress
	if _, err := a.UnmarshalBinary(raw); err != nil {
		return nil, nil, fmt.Errorf("service centre: %w: %w", err, CMSPDUParameter)
	}
	t, err := p.parsed()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", err, CMSPDUParameter)
	}
	switch kind := t.SmsType(); {
	case stat.received() && kind != tpdu.SmsDeliver && kind != tpdu.SmsStatusReport:
		return nil, nil, fmt.Errorf("a module does not receive %v: %w", kind, CMSPDUParameter)
	case !stat.received() && kind != tpdu.SmsSubmit:
		return nil, nil, fmt.Errorf("%v: %w", kind, CMSNotSupported)
	}
	return p, t, nil
}

// numberOf is the number that parameter i names, in the character set:
// international with a + and else not. The error is CMSTextParam.
func (m *Modem) numberOf(c *Call, i int) (tpdu.Address, error) {
	text := c.Text(i)
	if m.sms.set.charset == charsetUCS2 {
		if runes, err := fromUCS2([]byte(text)); err == nil && isNumber(string(runes)) {
			text = string(runes)
		} // else digits as they are, which hosts send as well (inferred)
	}
	if !isNumber(text) {
		return tpdu.Address{}, fmt.Errorf("%q is no number: %w", text, CMSTextParam)
	}
	return addressOf(text), nil
}

// typedNumber is numberOf with the type of address in parameter j, if it was
// given.
func (m *Modem) typedNumber(c *Call, i, j int) (tpdu.Address, error) {
	a, err := m.numberOf(c, i)
	if err == nil && c.Has(j) {
		a.TOA = byte(c.Int(j))
	}
	return a, err
}

// asMode reports whether the first parameter has quotes in text mode and none in
// PDU mode, where it is a number.
func (m *Modem) asMode(c *Call) bool {
	return bytes.HasPrefix(bytes.TrimLeft(c.Given, " "), []byte{'"'}) == m.sms.set.text
}

// wrongMode is the answer to a first parameter of the other mode.
func (m *Modem) wrongMode(c *Call) Response {
	if m.sms.set.text {
		return c.Refuse(0, "is a string and wants quotes")
	}
	return c.Refuse(0, "is a number and wants no quotes")
}

// isNumber reports whether text is 1 to 20 digits, with a + before them or not.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	for _, b := range []byte(digits) {
		if (b < '0' || b > '9') && b != '*' && b != '#' {
			return false
		}
	}
	return len(digits) > 0 && len(digits) <= maxDigits
}

// addressOf is a number or, for a sender, a name.
func addressOf(text string) tpdu.Address {
	switch digits, plus := strings.CutPrefix(text, "+"); {
	case !isNumber(text):
		return tpdu.Address{TOA: namedSender, Addr: text}
	case plus:
		return tpdu.Address{TOA: internationalN, Addr: digits}
	}
	return tpdu.Address{TOA: nationalNumber, Addr: text}
}

// shownNumber is an address in the character set, as text mode shows it.
func (m *Modem) shownNumber(a tpdu.Address) string { return m.sms.set.charset.show(a.Number()) }

// submit is an SMS-SUBMIT (23.040 9.2.2.2) with reference 0. An empty address has
// no digits.
func (p *textParams) submit(to tpdu.Address, data userData) ([]byte, error) {
	da, err := to.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, CMSTextParam)
	}
	t := append([]byte{byte(p.fo), 0}, da...)
	t = append(t, byte(p.pid), byte(p.dcs))
	t = append(t, p.vp...)
	t = append(t, byte(data.udl))
	return append(t, data.octets...), nil
}

// withAddress is an SMS-SUBMIT with another destination.
func withAddress(t []byte, to tpdu.Address) ([]byte, error) {
	da, err := to.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, CMSTextParam)
	}
	out := append(append([]byte{}, t[:2]...), da...)
	return append(out, t[2+addressOctets(t[2]):]...), nil
}

// addressOctets is how long an address is whose length is digits (23.040 9.1.2.5).
func addressOctets(digits byte) int { return 2 + (int(digits)+1)/2 }

// userDataOctets is the user data of a TPDU, its header included, as it is sent.
func userDataOctets(raw []byte, t *tpdu.TPDU) []byte {
	at := 1 + addressOctets(raw[1]) + 2 + 7 // SMS-DELIVER: address, PID, DCS, time
	if t.SmsType() == tpdu.SmsSubmit {
		at = 2 + addressOctets(raw[2]) + 2 + validityOctets[t.FirstOctet.VPF()]
	}
	return raw[at+1:]
}

// validityOctets is how long TP-VP is.
var validityOctets = map[tpdu.ValidityPeriodFormat]int{tpdu.VpfRelative: 1, tpdu.VpfAbsolute: 7, tpdu.VpfEnhanced: 7}

// validityIn is TP-VP of an SMS-SUBMIT.
func validityIn(raw []byte, t *tpdu.TPDU) []byte {
	at := 2 + addressOctets(raw[2]) + 2
	return raw[at : at+validityOctets[t.FirstOctet.VPF()]]
}

// stampOf is a time as text mode shows it: "21/08/25,12:00:00+32".
func stampOf(t time.Time) string {
	_, seconds := t.Zone()
	return fmt.Sprintf("%s%+03d", t.Format("06/01/02,15:04:05"), seconds/(15*60))
}

// stampText is stampOf of the seven octets of a time stamp (23.040 9.2.3.11).
func stampText(octets []byte) string {
	var t tpdu.Timestamp
	if err := t.UnmarshalBinary(octets); err != nil {
		return ""
	}
	return stampOf(t.Time)
}

// plainText is what a message says, for people: 8-bit data in hexadecimal.
func plainText(t *tpdu.TPDU) string {
	alphabet, err := t.Alphabet()
	if err != nil || alphabet == tpdu.Alpha8Bit {
		return fmt.Sprintf("%X", []byte(t.UD))
	}
	text, err := tpdu.DecodeUserData(t.UD, t.UDH, alphabet)
	if err != nil {
		return fmt.Sprintf("%X", []byte(t.UD))
	}
	return string(text)
}
