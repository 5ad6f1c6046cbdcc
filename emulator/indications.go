package emulator

import (
	"fmt"
	"maps"

	"github.com/quectel-sim/qsim/atengine"
)

// Keys of AT+QINDCFG that something asks for.
const (
	indicateAll        = "all" // the main switch
	indicateSignal     = "csq"
	indicateTechnology = "act"
	indicateBook       = "phonebook"
)

// indicationKeys are what AT+QINDCFG switches, with the state at delivery
// (family).
var indicationKeys = []struct {
	key string
	on  bool
}{
	{indicateAll, true},
	{indicateSignal, false},
	{"datastatus", false},
	{"mode", false},
	{"smsfull", false},
	{"smsincoming", true},
	{indicateTechnology, false},
	{"sqi", false},
	{indicateBook, true},
	{"ring", true},
	{"nocarrier", true},
}

// indications are the switches that are on.
type indications map[string]bool

// newIndications are the switches after power on: as at delivery, but for those
// that were saved.
func newIndications(saved map[string]bool) indications {
	on := indications{}
	for _, k := range indicationKeys {
		on[k.key] = k.on
		if v, ok := saved[k.key]; ok {
			on[k.key] = v
		}
	}
	return on
}

// indicates reports whether unsolicited result codes of a kind come: its own
// switch of AT+QINDCFG and the main one are on. The key is one of
// indicationKeys.
func (m *Modem) indicates(key string) bool {
	return m.indications[indicateAll] && m.indications[key]
}

// signalChanged tells of another signal, as AT+CSQ does.
func (m *Modem) signalChanged() {
	if m.indicates(indicateSignal) && m.power.function == fullFunction {
		m.urc(fmt.Sprintf(`+QIND: "csq",%d,%d`, m.radio.rssi, unknown))
	}
}

// tellTechnology tells the radio technology that is in use: when that is
// switched on, and when it changes (EC2x).
func (m *Modem) tellTechnology() {
	if !m.indicates(indicateTechnology) {
		return
	}
	name := "UNKNOWN"
	if m.radio.stat.in() {
		name = "LTE"
	}
	m.urc(`+QIND: "act","` + name + `"`)
}

// messagesDone tells that the messages of the SIM are read. It has the main switch
// alone (inferred).
func (m *Modem) messagesDone() {
	if m.indications[indicateAll] {
		m.urc("+QIND: SMS DONE")
	}
}

// bookDone tells that the phone book of the SIM is read. That its switch is
// "phonebook" is inferred.
func (m *Modem) bookDone() {
	if m.indicates(indicateBook) {
		m.urc("+QIND: PB DONE")
	}
}

var _ = commands("Serial", &Command{
	Name:    "+QINDCFG",
	Summary: `which unsolicited codes come: "datastatus", "mode", "sqi", "ring" and "nocarrier" are stored and told`,
	Source:  "family", Variants: indicationVariants(),
})

func indicationVariants() []variant {
	list := make([]variant, len(indicationKeys))
	for i, k := range indicationKeys {
		list[i] = variant{
			Key:    k.key,
			Params: []atengine.Param{atengine.Int("enable", 0, 1), atengine.Int("savetonvram", 0, 1).Or(0)},
			Query: func(m *Modem, _ *Call) Response {
				return atengine.Infof(`+QINDCFG: "%s",%d`, k.key, bit(m.indications[k.key]))
			},
			Write: func(m *Modem, c *Call) Response { return m.setIndication(k.key, c) },
		}
	}
	return list
}

func (m *Modem) setIndication(key string, c *Call) Response {
	on := c.Int(0) == 1
	if c.Int(1) == 1 {
		err := m.store(func(s *stored) {
			saved := maps.Clone(s.Indications)
			if saved == nil {
				saved = map[string]bool{}
			}
			saved[key] = on
			s.Indications = saved
		})
		if err != nil {
			return atengine.Fail(err)
		}
	}
	m.indications[key] = on
	if key == indicateTechnology && on {
		m.tellTechnology()
	}
	return Response{}
}
