package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// Operator is who runs a mobile network: its names, and the digits of its
// country and network codes (MCC and MNC).
type Operator struct {
	Long, Short string
	PLMN        string // five or six digits
}

// The operators that there are. The SIM (IMSI 46001...) is the first one's.
var (
	unicom  = Operator{"CHN-UNICOM", "UNICOM", "46001"}
	mobile  = Operator{"CHINA MOBILE", "CMCC", "46000"}
	telecom = Operator{"CHN-CT", "CT", "46011"}
)

// <mode> of AT+COPS (27.007 7.3).
const (
	anyOperator    = 0
	thisOperator   = 1
	leaveOperator  = 2
	formatOnly     = 3
	operatorOrElse = 4 // thisOperator, and anyOperator when that fails
)

// <format> of AT+COPS.
const (
	longName  = 0
	shortName = 1
	digits    = 2
)

// selection is what AT+COPS set. It is not stored (inferred).
type selection struct {
	mode   int    // anyOperator, thisOperator, leaveOperator
	format int    // how the operator is told
	plmn   string // of thisOperator
}

// as is the operator in a format of AT+COPS.
func (o Operator) as(format int) string {
	switch format {
	case shortName:
		return o.Short
	case digits:
		return o.PLMN
	}
	return o.Long
}

// <stat> of AT+COPS=?.
const (
	offerAvailable = 1
	offerCurrent   = 2
	offerForbidden = 3
)

// offer is a network that the module hears.
type offer struct {
	Operator
	stat int
}

// offers are the networks that a scan finds, the serving one first. Abroad there
// is no cell of the SIM's own operator; where the network denies the module, all
// do; where there is nothing to be in, nothing is heard.
func (r *radio) offers() []offer {
	if r.network == Searching || r.network == NotRegistered {
		return nil
	}
	var list []offer
	if r.network.in() {
		stat := offerAvailable
		if r.stat.in() {
			stat = offerCurrent
		}
		list = append(list, offer{r.place().Operator, stat})
	}
	for _, o := range []Operator{unicom, mobile, telecom} {
		there := slices.ContainsFunc(list, func(f offer) bool { return f.PLMN == o.PLMN })
		if !there && (o != unicom || r.network != Roaming) {
			list = append(list, offer{o, offerForbidden})
		}
	}
	return list
}

// scanTime is how long AT+COPS=? takes, on the modem's clock: 30-300 s in the
// field.
const scanTime = 40 * time.Second

// scan is the module listening for networks: all commands that ask for it while
// it lasts get what it finds.
type scan struct {
	course
	waiting []completion
}

var _ = commands("Network",
	&Command{
		Name: "+COPS", Summary: "operator", Source: "27.007 7.3, field", Max: 300 * time.Second,
		Params: []atengine.Param{
			atengine.Int("mode", anyOperator, operatorOrElse),
			atengine.Int("format", longName, digits).Opt(),
			atengine.Str("oper", 1, 32).Opt(),
			atengine.OneOf("AcT", 0, 2, actLTE).Opt(),
		},
		Tests: (*Modem).scanOperators,
		Read: func(m *Modem, _ *Call) Response {
			s := &m.radio.selection
			if !m.radio.stat.in() {
				return atengine.Infof("+COPS: %d", s.mode)
			}
			return atengine.Infof(`+COPS: %d,%d,"%s",%d`, s.mode, s.format, m.radio.place().Operator.as(s.format), actLTE)
		},
		Write: (*Modem).selectOperator,
	},
	&Command{
		Name: "+QSPN", Summary: "names of the operator", Source: "EC2x",
		Exec: func(m *Modem, _ *Call) Response {
			if !m.radio.stat.in() {
				return atengine.Fail(CMENoService) // inferred
			}
			o := m.radio.place().Operator
			return atengine.Infof(`+QSPN: "%s","%s","",0,"%s"`, o.Long, o.Short, o.PLMN)
		},
	},
)

// mayLook is what stands against looking for networks; nil: nothing.
func (m *Modem) mayLook() error {
	if cme := m.simError(); cme != 0 {
		return cme
	}
	if m.power.function != fullFunction {
		return CMENotAllowed
	}
	return nil
}

// scanOperators lists the networks in reach, after a while. Whether the module
// has service meanwhile is a quirk.
func (m *Modem) scanOperators(c *Call) Response {
	if err := m.mayLook(); err != nil {
		return atengine.Fail(err)
	}
	s := &m.radio.scan
	r, done := c.Wait()
	s.waiting = append(s.waiting, done)
	if len(s.waiting) > 1 {
		return r
	}
	deaf := m.quirks[quirkScanService] == "lost" && m.radio.search.steps == nil
	if deaf {
		m.setStat(Searching)
	}
	s.after(m, scanTime, func() {
		waiting := s.waiting
		s.waiting = nil
		s.cut()
		answer := atengine.Info(m.operatorList())
		if err := m.mayLook(); err != nil {
			answer = atengine.Fail(err) // since then
		} else if deaf && m.radio.search.steps == nil {
			m.setStat(m.radio.outcome())
		}
		for _, w := range waiting {
			w.Finish(answer)
		}
	})
	return r
}

// operatorList is the answer of AT+COPS=?. The empty field is there without a
// network, too (27.007 7.3).
func (m *Modem) operatorList() string {
	var fields []string
	for _, o := range m.radio.offers() {
		fields = append(fields, fmt.Sprintf(`(%d,"%s","%s","%s",%d)`, o.stat, o.Long, o.Short, o.PLMN, actLTE))
	}
	if m.quirks[quirkScanGap] == "gap" {
		if len(fields) == 0 {
			fields = append(fields, "")
		}
		fields = append(fields, "")
	}
	return "+COPS: " + strings.Join(append(fields, "(0-4)", "(0-2)"), ",")
}

// selectOperator is AT+COPS=: it answers when the module is where it was told to
// be, or cannot be.
func (m *Modem) selectOperator(c *Call) Response {
	s := &m.radio.selection
	mode, format := c.Int(0), s.format
	if c.Has(1) {
		format = c.Int(1)
	}
	named := mode == thisOperator || mode == operatorOrElse
	switch {
	case mode == formatOnly && !c.Has(1):
		return c.Refuse(1, "is missing")
	case named && !c.Has(2):
		return c.Refuse(2, "is missing")
	}
	switch mode {
	case formatOnly:
		s.format = format
		return Response{}
	case leaveOperator:
		s.mode = leaveOperator
		m.register()
		return Response{}
	}
	if err := m.mayLook(); err != nil {
		return atengine.Fail(err)
	}
	s.format = format
	if !named {
		return m.moveTo(c, anyOperator, "", false)
	}
	plmn := m.radio.plmnOf(c.Text(2), format)
	if c.Has(3) && c.Int(3) != actLTE {
		plmn = "" // there is nothing but LTE
	}
	return m.moveTo(c, thisOperator, plmn, mode == operatorOrElse)
}

// plmnOf are the digits of the operator with a name in a format; "": there is
// none.
func (r *radio) plmnOf(name string, format int) string {
	for _, o := range r.offers() {
		if strings.EqualFold(o.as(format), name) {
			return o.PLMN
		}
	}
	if format == digits {
		return name // it may come into reach
	}
	return ""
}

// moveTo chooses an operator, or any. A module that is there already stays; else
// it searches. With orElse it takes any when the chosen one has no service for
// it.
func (m *Modem) moveTo(c *Call, mode int, plmn string, orElse bool) Response {
	r := &m.radio
	there := r.stat.in() && (mode == anyOperator || r.place().Operator.PLMN == plmn)
	r.selection.mode, r.selection.plmn = mode, plmn
	r.detached = false
	if there {
		return Response{}
	}
	answer, done := c.Wait()
	m.look(func(stat Registration) {
		if orElse && !stat.in() && m.mayLook() == nil {
			r.selection.mode = anyOperator
			m.look(func(stat Registration) { done.Finish(registered(stat)) })
			return
		}
		done.Finish(registered(stat))
	})
	return answer
}

// registered is the answer of a command that was to bring the module into a
// network.
func registered(stat Registration) Response {
	switch {
	case stat.in():
		return Response{}
	case stat == Denied:
		return atengine.Fail(CMEForbidden) // field
	}
	return atengine.Fail(CMENoService)
}
