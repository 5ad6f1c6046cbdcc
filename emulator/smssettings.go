package emulator

import (
	"fmt"
	"strconv"

	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
)

// smsService is the module's message service.
type smsService struct {
	set     smsSettings
	stores  messageStores
	sending *timer // a message is on its way; nil: none
	link    *timer // ends the link that AT+CMMS=1 keeps up; nil: none
	open    bool   // the link is up
	ack     *timer // the host must acknowledge the message that the network has first; nil: none
	centre  smsCentre
}

// smsSettings are what commands set, and a loss of power forgets.
type smsSettings struct {
	text    bool    // AT+CMGF=1
	details bool    // AT+CSDH=1
	charset charset // AT+CSCS
	phase   int     // AT+CSMS: 1 is phase 2+, where direct messages are acknowledged
	more    int     // AT+CMMS
	params  textParams
	mem     [3]string // AT+CPMS: read and deleted; written and sent; received
	notify  notifySettings
}

// textParams are AT+CSMP: what a text becomes a message with.
type textParams struct {
	fo  int    // first octet of SMS-SUBMIT (23.040 9.2.2.2)
	vp  []byte // TP-VP as fo says: none, one byte, or seven
	pid int
	dcs int
}

var _ = atFactory(func(m *Modem) { m.sms.set = factorySMS() })

// factorySMS are the settings at delivery (family).
func factorySMS() smsSettings {
	return smsSettings{
		charset: charsetGSM,
		params:  textParams{fo: 17, vp: []byte{167}},
		mem:     [3]string{memoryME, memoryME, memoryME},
		notify:  notifySettings{mode: 2, mt: 1},
	}
}

// losePower forgets what the module was about. The network keeps what it has for
// it, and the memories stay.
func (s *smsService) losePower() {
	s.set = factorySMS()
	s.open = false
	for _, t := range []**timer{&s.sending, &s.link, &s.ack} {
		stopTimer(t)
	}
}

// stopTimer stops a timer that may be there, and forgets it.
func stopTimer(t **timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

// smsError is what stands in the way of a command that needs the SIM and its
// messages; nil: nothing. Errors: 310-316, 512.
func (m *Modem) smsError() error {
	if cme := m.simError(); cme != 0 {
		return cmsOfSIM[cme]
	}
	if m.sim.read&readMessages == 0 {
		return CMSNotReady
	}
	return nil
}

// withMessages is a handler that needs the SIM and its messages.
func withMessages(h func(*Modem, *Call) Response) func(*Modem, *Call) Response {
	return func(m *Modem, c *Call) Response {
		if err := m.smsError(); err != nil {
			return atengine.Fail(err)
		}
		return h(m, c)
	}
}

// smsSwitch declares a command that sets one number.
func smsSwitch(name, summary, source string, param atengine.Param, get func(*smsSettings) int, set func(*smsSettings, int)) *Command {
	return &Command{
		Name: name, Summary: summary, Source: source, Params: []atengine.Param{param},
		Read: func(m *Modem, _ *Call) Response { return atengine.Infof("%s: %d", name, get(&m.sms.set)) },
		Write: func(m *Modem, c *Call) Response {
			set(&m.sms.set, c.Int(0))
			return Response{}
		},
	}
}

var _ = commands("SMS",
	smsSwitch("+CMGF", "message format", "27.005 3.2.3, capture", atengine.Int("mode", 0, 1),
		func(s *smsSettings) int { return bit(s.text) }, func(s *smsSettings, n int) { s.text = n == 1 }),
	smsSwitch("+CSDH", "whether text mode shows all fields", "27.005 3.3.3", atengine.Int("show", 0, 1),
		func(s *smsSettings) int { return bit(s.details) }, func(s *smsSettings, n int) { s.details = n == 1 }),
	smsSwitch("+CMMS", "more messages to send", "27.005 3.5.6", atengine.Int("n", 0, 2),
		func(s *smsSettings) int { return s.more }, func(s *smsSettings, n int) { s.more = n }),
	&Command{
		Name: "+CSMS", Summary: "message service", Source: "27.005 3.2.1, field",
		Params: []atengine.Param{atengine.Int("service", 0, 1)},
		Read:   func(m *Modem, _ *Call) Response { return atengine.Infof("+CSMS: %d,1,1,1", m.sms.set.phase) },
		Write: func(m *Modem, c *Call) Response {
			m.sms.set.phase = c.Int(0)
			return atengine.Info("+CSMS: 1,1,1") // received, sent, broadcast: all are there
		},
	},
	&Command{
		Name: "+CSCS", Summary: "character set: of message commands", Source: "27.007 5.5, capture",
		Test:   `+CSCS: ("IRA","GSM","UCS2")`,
		Params: []atengine.Param{atengine.Str("chset", 1, 8)},
		Read: func(m *Modem, _ *Call) Response {
			return atengine.Infof(`+CSCS: "%s"`, charsetWords.of(m.sms.set.charset))
		},
		Write: func(m *Modem, c *Call) Response {
			set, err := charsetWords.parse("character set", c.Text(0))
			if err != nil {
				return c.Refuse(0, err.Error())
			}
			m.sms.set.charset = set
			return Response{}
		},
	},
	&Command{
		Name: "+CSCA", Summary: "service centre", Source: "27.005 3.3.1, family", Test: "OK",
		Params: []atengine.Param{atengine.Str("sca", 0, 4*maxDigits+4), typeOfAddress("tosca")},
		Read: withMessages(func(m *Modem, _ *Call) Response {
			a := m.sms.stores.centre
			return atengine.Infof(`+CSCA: "%s",%d`, m.shownNumber(a), a.TOA)
		}),
		Write: withMessages(func(m *Modem, c *Call) Response {
			a := tpdu.Address{TOA: nationalNumber}
			if c.Text(0) != "" {
				var err error
				if a, err = m.typedNumber(c, 0, 1); err != nil {
					return atengine.Fail(err)
				}
			}
			m.sms.stores.centre = a
			return m.saved()
		}),
	},
	&Command{
		Name: "+CSMP", Summary: "parameters of text mode: those of SMS-SUBMIT", Source: "27.005 3.3.2",
		Plain: true,
		Params: []atengine.Param{
			atengine.Int("fo", 0, 255), atengine.Str("vp", 1, 20).Bare().Opt().As("(0-255)"),
			atengine.Int("pid", 0, 255).Opt(), atengine.Int("dcs", 0, 255).Opt(),
		},
		Read: func(m *Modem, _ *Call) Response {
			p := &m.sms.set.params
			return atengine.Infof("+CSMP: %d,%s,%d,%d", p.fo, validityText(p.fo, p.vp), p.pid, p.dcs)
		},
		Write: func(m *Modem, c *Call) Response {
			p, err := m.sms.set.params.changed(c)
			if err != nil {
				return atengine.Fail(err)
			}
			m.sms.set.params = p
			return Response{}
		},
	},
)

// changed are the parameters as AT+CSMP sets them; what it leaves out stays. The
// error is CMSTextParam.
func (p textParams) changed(c *Call) (textParams, error) {
	was := p.fo
	p.fo = c.Int(0)
	if tpdu.FirstOctet(p.fo).MTI() != tpdu.MtSubmit {
		return p, fmt.Errorf("<fo> %d is no SMS-SUBMIT: %w", p.fo, CMSTextParam)
	}
	if c.Has(2) {
		p.pid = c.Int(2)
	}
	if c.Has(3) {
		p.dcs = c.Int(3)
	}
	if _, err := tpdu.DCS(p.dcs).Alphabet(); err != nil {
		return p, fmt.Errorf("<dcs> %d is reserved: %w", p.dcs, CMSTextParam)
	}
	format := tpdu.FirstOctet(p.fo).VPF()
	switch {
	case !c.Has(1) && format == tpdu.FirstOctet(was).VPF():
		return p, nil
	case !c.Has(1):
		p.vp = defaultValidity[format]
	default:
		var ok bool
		if p.vp, ok = validityOf(format, c.Text(1)); !ok {
			return p, fmt.Errorf("<vp> %q is not of the format that <fo> says: %w", c.Text(1), CMSTextParam)
		}
	}
	if p.vp == nil && format != tpdu.VpfNotPresent {
		return p, fmt.Errorf("<fo> %d wants <vp>: %w", p.fo, CMSTextParam)
	}
	return p, nil
}

// defaultValidity is <vp> where it was left out: 24 hours. An end of validity or
// an enhanced one must be said.
var defaultValidity = map[tpdu.ValidityPeriodFormat][]byte{tpdu.VpfRelative: {167}}

// validityOf reads <vp>: a number for a relative period, a time for an absolute
// one, fourteen hexadecimal digits for an enhanced one (23.040 9.2.3.12).
func validityOf(format tpdu.ValidityPeriodFormat, text string) ([]byte, bool) {
	switch format {
	case tpdu.VpfNotPresent:
		return nil, true // what is given has no place
	case tpdu.VpfRelative:
		n, err := strconv.ParseUint(text, 10, 8)
		return []byte{byte(n)}, err == nil
	case tpdu.VpfAbsolute:
		t, ok := parseRTC(text)
		if !ok {
			return nil, false
		}
		b, err := (&tpdu.Timestamp{Time: t}).MarshalBinary()
		return b, err == nil
	}
	b, err := unhex([]byte(text))
	if err != nil || len(b) != 7 {
		return nil, false
	}
	var v tpdu.ValidityPeriod
	_, err = v.UnmarshalBinary(b, format)
	return b, err == nil
}

// validityText is TP-VP as text mode shows it.
func validityText(fo int, vp []byte) string {
	switch tpdu.FirstOctet(fo).VPF() {
	case tpdu.VpfNotPresent:
		return ""
	case tpdu.VpfRelative:
		return strconv.Itoa(int(vp[0]))
	case tpdu.VpfAbsolute:
		return `"` + stampText(vp) + `"`
	}
	return fmt.Sprintf(`"%X"`, vp)
}
