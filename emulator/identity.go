package emulator

import (
	"fmt"
	"math/rand/v2"

	"github.com/quectel-sim/qsim/atengine"
)

// identity is who the module and its SIM are.
type identity struct {
	imei   string // 15 digits, the last a check digit (3GPP 23.003 6.2.1)
	serial string
	imsi   string // 15 digits
	iccid  string // 20 digits
	msisdn string // the subscriber number, +86 and 11 digits
}

// newIdentity draws numbers of the right shape: the same seed, the same module. The
// IMEI comes of the seed alone, so that of a million seeds in a row none has that of
// another.
func newIdentity(p Profile, seed uint64, r *rand.Rand) identity {
	const serials, stride = 1_000_000, 386_417 // which have no common factor
	imei := fmt.Sprintf("%s%06d", p.TAC, seed%serials*stride%serials)
	iccid := fmt.Sprintf("898601%013d", r.Int64N(1e13))
	return identity{
		imei:   imei + luhn(imei),
		serial: fmt.Sprintf("D1Q%012d", r.Int64N(1e12)),
		imsi:   fmt.Sprintf("46001%010d", r.Int64N(1e10)),
		iccid:  iccid + luhn(iccid),
		msisdn: fmt.Sprintf("+86186%08d", r.IntN(1e8)),
	}
}

// luhn is the check digit of digits (ISO/IEC 7812-1).
func luhn(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return string(rune('0' + (10-sum%10)%10))
}

// fact declares the two spellings of a command that tells one thing.
func fact(summary, source string, tell func(*Modem) string, names ...string) []*Command {
	rows := make([]*Command, len(names))
	for i, name := range names {
		rows[i] = &Command{
			Name: name, Summary: summary, Source: source,
			Exec: func(m *Modem, _ *Call) Response { return atengine.Info(tell(m)) },
		}
	}
	return rows
}

// simFact declares a command that tells what is written on the SIM; public is
// what can be read without its PIN.
func simFact(name, summary, source string, public bool, tell func(*identity) string) *Command {
	return &Command{
		Name: name, Summary: summary, Source: source,
		Exec: func(m *Modem, _ *Call) Response {
			cme := m.simError()
			if public && (cme == CMEPINRequired || cme == CMEPUKRequired) {
				cme = 0
			}
			if cme != 0 {
				return atengine.Fail(cme)
			}
			return atengine.Info(tell(&m.id))
		},
	}
}

var (
	_ = commands("Identity", fact("manufacturer", "27.007 5.1", func(*Modem) string { return "Quectel" }, "+CGMI", "+GMI")...)
	_ = commands("Identity", fact("model", "27.007 5.2", func(m *Modem) string { return m.profile.Name }, "+CGMM", "+GMM")...)
	_ = commands("Identity", fact("firmware revision", "27.007 5.3", func(m *Modem) string { return m.profile.Revision }, "+CGMR", "+GMR")...)
	_ = commands("Identity", fact("firmware revision with its sub-version", "field", func(m *Modem) string { return m.profile.Revision + subVersion }, "+QGMR")...)
	_ = commands("Identity", fact("sub-edition of the firmware", "field", func(*Modem) string { return "SubEdition: V01" }, "+CSUB")...)
	_ = commands("Identity", simFact("+CIMI", "IMSI of the SIM", "27.007 5.6", false, func(id *identity) string { return id.imsi }))
	_ = commands("Identity", simFact("+QCCID", "ICCID of the SIM", "family", true, func(id *identity) string { return "+QCCID: " + id.iccid }))
	_ = commands("Identity", simFact("+ICCID", "ICCID of the SIM (quirk iccid)", "field", true, func(id *identity) string { return "+ICCID: " + id.iccid }))
	_ = commands("Identity", simFact("+CCID", "ICCID of the SIM (quirk iccid)", "field", true, func(id *identity) string { return "+CCID: " + id.iccid }))
	_ = commands("Identity", &Command{
		Name: "+CGSN", Summary: "IMEI (alone or =1), serial number (=0)", Source: "27.007 5.4, field",
		Params: serialNumberKind, Test: "OK",
		Exec:  func(m *Modem, _ *Call) Response { return atengine.Info(m.id.imei) },
		Write: serialNumber(`+CGSN: "%s"`),
	})
	_ = commands("Identity", &Command{
		Name: "+GSN", Summary: "IMEI (alone or =1), serial number (=0)", Source: "V.250 6.1.7, family",
		Params: serialNumberKind, Test: "OK",
		Exec:  func(m *Modem, _ *Call) Response { return atengine.Info(m.id.imei) },
		Write: serialNumber("+GSN: %s"),
	})
	_ = commands("Identity", &Command{
		Name: "+CNUM", Summary: "number of the subscriber", Source: "27.007 7.1",
		Exec: func(m *Modem, _ *Call) Response {
			if cme := m.bookError(); cme != 0 {
				return atengine.Fail(cme)
			}
			return atengine.Infof(`+CNUM: "","%s",%d`, m.id.msisdn, internationalNumber)
		},
	})
	_ = commands("Identity", &Command{
		Name: "I", Summary: "manufacturer, model, revision", Source: "V.250 6.1.3, capture",
		Params: []atengine.Param{atengine.Int("value", 0, 0).Or(0)},
		Exec: func(m *Modem, _ *Call) Response {
			return atengine.Info("Quectel", m.profile.Name, "Revision: "+m.profile.Revision)
		},
	})
)

const (
	subVersion          = "_01.001.01.001" // of AT+QGMR (field)
	internationalNumber = 145              // type of address (24.008 10.5.4.7)
)

// serialNumberKind is <snt>: 0 the serial number, 1 the IMEI.
var serialNumberKind = []atengine.Param{atengine.Int("snt", 0, 1)}

// serialNumber is the write form of AT+CGSN and AT+GSN. Each tells the IMEI in a
// way of its own: 27.007 quotes it and so do the modules that hosts know, which
// the family's manual does not for AT+GSN.
func serialNumber(imei string) atengine.Handler[*Modem] {
	return func(m *Modem, c *Call) Response {
		if c.Int(0) == 1 {
			return atengine.Infof(imei, m.id.imei)
		}
		return atengine.Info(m.id.serial)
	}
}
