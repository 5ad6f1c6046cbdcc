package emulator

import (
	"fmt"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// simFile is an elementary file of the SIM whose content follows from who the
// SIM is (31.102 4.2, ICCID 102.221 13.2).
type simFile struct {
	id   int
	open bool // it can be read before the PIN was given
	read func(*identity) []byte
}

var simFiles = []simFile{
	{0x2FE2, true, func(id *identity) []byte { return swapped(id.iccid) }},
	{0x6F07, false, func(id *identity) []byte { return append([]byte{8}, swapped("9"+id.imsi)...) }},
	// The home network, to be looked for in LTE.
	{0x6F62, false, func(id *identity) []byte { return append(plmn(id.imsi[:5]), 0x40, 0x00) }},
	// No network is forbidden: four empty entries.
	{0x6F7B, false, func(*identity) []byte { return []byte(strings.Repeat("\xFF", 12)) }},
	// Normal operation, and two digits of network code in the IMSI.
	{0x6FAD, false, func(*identity) []byte { return []byte{0, 0, 0, 2} }},
}

// swapped packs decimal digits in pairs, the first one of each in the low half.
// An odd one stands beside F.
func swapped(digits string) []byte {
	if len(digits)%2 == 1 {
		digits += "?" // its low half is F
	}
	packed := make([]byte, len(digits)/2)
	for i := range packed {
		packed[i] = digits[2*i]&0xF | digits[2*i+1]<<4
	}
	return packed
}

// plmn is a network as the SIM writes it (24.008 10.5.1.3), from three digits of
// country code and two of network code.
func plmn(code string) []byte {
	return swapped(code[:3] + "?" + code[3:])
}

// Commands to a SIM (102.221 10.1.2), and how it answers (10.2.1).
const (
	readBinary = 176

	swDone        = 0x9000
	swLength      = 0x6700
	swSecurity    = 0x6982
	swNoFile      = 0x6A82
	swOffset      = 0x6B00
	swInstruction = 0x6D00
)

var _ = commands("SIM", &Command{
	Name:    "+CRSM",
	Summary: "commands to the SIM: READ BINARY of ICCID, IMSI, HPLMNwAcT, FPLMN and AD; other files are not there, other commands not known",
	Source:  "27.007 8.18, 102.221 10", Max: 5 * time.Second,
	Test: "OK",
	Params: []atengine.Param{
		atengine.OneOf("command", readBinary, 178, 192, 203, 214, 219, 220, 242),
		atengine.Int("fileid", 0, 0xFFFF).Or(0),
		atengine.Int("P1", 0, 255).Or(0), atengine.Int("P2", 0, 255).Or(0), atengine.Int("P3", 0, 255).Or(0),
		atengine.Str("data", 0, 510).Bare().Opt(), atengine.Str("pathid", 0, 32).Bare().Opt(),
	},
	Write: func(m *Modem, c *Call) Response {
		locked := false
		switch cme := m.simError(); cme {
		case 0:
		case CMEPINRequired, CMEPUKRequired:
			locked = true
		default:
			return atengine.Fail(cme)
		}
		status, data := m.accessSIM(c, locked)
		return atengine.Infof(`+CRSM: %d,%d,"%X"`, status>>8, status&0xFF, data)
	},
})

// accessSIM is the SIM's answer to the command of AT+CRSM: the status word and
// what was read. P1 and P2 are the offset, P3 is how much, 0 all there is.
func (m *Modem) accessSIM(c *Call, locked bool) (status int, data []byte) {
	if c.Int(0) != readBinary {
		return swInstruction, nil
	}
	for _, f := range simFiles {
		if f.id != c.Int(1) {
			continue
		}
		if locked && !f.open {
			return swSecurity, nil
		}
		data := f.read(&m.id)
		offset, n := c.Int(2)<<8|c.Int(3), c.Int(4)
		if offset >= len(data) {
			return swOffset, nil
		}
		data = data[offset:]
		switch {
		case n > len(data):
			return swLength, nil
		case n > 0:
			data = data[:n]
		}
		return swDone, data
	}
	return swNoFile, nil
}

// phoneBook is which phone book is chosen. The books are empty.
type phoneBook struct{ chosen string }

var _ = atFactory(func(m *Modem) { m.book.losePower() })

// bookSize is how many entries a book has room for (inferred).
const bookSize = 250

// losePower chooses the one at delivery (family).
func (b *phoneBook) losePower() { b.chosen = "" }

func (b *phoneBook) name() string {
	if b.chosen == "" {
		return "SM"
	}
	return b.chosen
}

var _ = commands("SIM", &Command{
	Name: "+CPBS", Summary: `phone book: "SM" or "ME" is chosen and told; they are empty, and no command writes them`,
	Source: "27.007 8.11, family",
	Test:   `+CPBS: ("SM","ME")`,
	Params: []atengine.Param{atengine.Str("storage", 2, 2)},
	Read: func(m *Modem, _ *Call) Response {
		if cme := m.bookError(); cme != 0 {
			return atengine.Fail(cme)
		}
		return atengine.Info(fmt.Sprintf(`+CPBS: "%s",0,%d`, m.book.name(), bookSize))
	},
	Write: func(m *Modem, c *Call) Response {
		name := c.Text(0)
		if name != "SM" && name != "ME" {
			return c.Refuse(0, "is neither SM nor ME")
		}
		if cme := m.bookError(); cme != 0 {
			return atengine.Fail(cme)
		}
		m.book.chosen = name
		return Response{}
	},
})
