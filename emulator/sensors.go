package emulator

import (
	"math/rand/v2"

	"github.com/quectel-sim/qsim/atengine"
)

// sensors is what the module measures of its surroundings: each has a value that
// stays, drawn once, around which the readings scatter.
type sensors struct {
	random  *rand.Rand
	supply  int    // mV, at the module's pins
	inputs  [2]int // mV, of the two analogue inputs
	celsius int
}

// How far a reading is from the value at most (inferred).
const (
	supplyNoise  = 8 // mV
	inputNoise   = 2 // mV
	celsiusNoise = 1
)

// newSensors draws a supply in the middle of what the family works with, 3.4 to
// 4.5 V, and a module that is warm from being on.
func newSensors(r *rand.Rand) sensors {
	return sensors{
		random:  r,
		supply:  3700 + r.IntN(301),
		inputs:  [2]int{200 + r.IntN(801), 200 + r.IntN(801)},
		celsius: 34 + r.IntN(9),
	}
}

// reading is a measurement of value.
func (s *sensors) reading(value, noise int) int { return value - noise + s.random.IntN(2*noise+1) }

// noSensor is what AT+QTEMP shows for a sensor that a module does not have.
const noSensor = 255

var _ = commands("Power",
	&Command{
		Name: "+CBC", Summary: "supply voltage: there is no battery, so neither charge nor charging", Source: "27.007 8.4, family",
		Exec: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+CBC: 0,0,%d", m.sense.reading(m.sense.supply, supplyNoise))
		},
	},
	&Command{
		Name: "+QADC", Summary: "voltage at an analogue input: a random one that stays", Source: "family",
		Params: []atengine.Param{atengine.Int("port", 0, 1)},
		Write: func(m *Modem, c *Call) Response {
			return atengine.Infof("+QADC: 1,%d", m.sense.reading(m.sense.inputs[c.Int(0)], inputNoise))
		},
	},
	&Command{
		Name: "+QTEMP", Summary: "temperature (EC200T): a random one that stays", Source: "field",
		Exec: func(m *Modem, _ *Call) Response {
			return atengine.Infof("+QTEMP: %d,%d,%d", m.sense.reading(m.sense.celsius, celsiusNoise), noSensor, noSensor)
		},
	},
)
