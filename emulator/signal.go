package emulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/clock"
)

// SignalChanged is another signal; Text is AT+CSQ's number.
const SignalChanged EventKind = "signal"

const maxRSSI = 31

// SetSignal sets what AT+CSQ tells: 0-31, or 99 for a signal that is not known.
// The registration stays as it is; a walk of the signal ends. The error is that
// of another number.
func (l Levers) SetSignal(rssi int) error {
	if err := checkSignal(rssi); err != nil {
		return err
	}
	l.m.radio.endWalk()
	l.m.setSignal(rssi)
	return nil
}

func checkSignal(rssi int) error {
	if (rssi < 0 || rssi > maxRSSI) && rssi != unknown {
		return fmt.Errorf("signal %d: it is 0-%d, or %d", rssi, maxRSSI, unknown)
	}
	return nil
}

func (m *Modem) setSignal(rssi int) {
	changed := rssi != m.radio.rssi
	m.radio.rssi = rssi
	m.event(Event{Kind: SignalChanged, Text: fmt.Sprint(rssi)})
	if changed {
		m.signalChanged()
	}
}

// Walk is a signal that wanders: every so often it goes up or down by at most a
// step, and stays between two bounds.
type Walk struct {
	Low, High int           // bounds, as AT+CSQ tells them: 0-31
	Step      int           // 1-31; 0: 1
	Every     time.Duration // on the modem's clock, 100 ms at least; 0: 5 s
}

// What a Walk does that says nothing else.
const (
	walkEvery   = 5 * time.Second
	fastestWalk = 100 * time.Millisecond
)

// walk is a Walk under way.
type walk struct {
	Walk
	random *rand.Rand // its own: what else is left to chance does not disturb it
	course course
}

// WalkSignal lets the signal wander from where it is, or from the nearest bound,
// until SetSignal ends it. The same seed, the same walk. The error is that of
// numbers out of range.
func (l Levers) WalkSignal(w Walk) error {
	if w.Step == 0 {
		w.Step = 1
	}
	if w.Every == 0 {
		w.Every = walkEvery
	}
	switch {
	case w.Low < 0 || w.High > maxRSSI || w.Low > w.High:
		return fmt.Errorf("a signal between %d and %d: the bounds are 0-%d, the lower one first", w.Low, w.High, maxRSSI)
	case w.Step < 1 || w.Step > maxRSSI:
		return fmt.Errorf("steps of %d: they are 1-%d", w.Step, maxRSSI)
	case w.Every < fastestWalk:
		return fmt.Errorf("a step every %v: %v is the fastest", w.Every, fastestWalk)
	}
	r := &l.m.radio
	r.endWalk()
	r.walk = &walk{Walk: w, random: clock.Random(l.m.random.Uint64())}
	if at := min(max(r.rssi, w.Low), w.High); at != r.rssi {
		l.m.setSignal(at)
	}
	l.m.stepLater(r.walk)
	return nil
}

// endWalk leaves the signal where it is.
func (r *radio) endWalk() {
	if r.walk != nil {
		r.walk.course.cut()
		r.walk = nil
	}
}

func (m *Modem) stepLater(w *walk) {
	w.course.cut()
	w.course.after(m, w.Every, func() {
		to := m.radio.rssi + w.random.IntN(2*w.Step+1) - w.Step
		if to = min(max(to, w.Low), w.High); to != m.radio.rssi {
			m.setSignal(to)
		}
		m.stepLater(w)
	})
}

// measurement is what the module measures of a cell: RSSI and RSRP in dBm, RSRQ
// and SINR in dB.
type measurement struct{ rssi, rsrp, rsrq, sinr int }

// measure is the measurement of the serving cell; ok is false where it is not
// known. All follows from the RSSI, so that each number that a host reads fits
// the others. The distances are those of one capture of an EC200T: -69, -87,
// -16, 5; that RSRQ and SINR fall with the signal is inferred.
func (m *Modem) measure() (v measurement, ok bool) {
	r := &m.radio
	if r.rssi == unknown || m.power.function != fullFunction {
		return measurement{}, false
	}
	const captured = 22 // AT+CSQ's number for -69 dBm
	return measurement{
		rssi: -113 + 2*r.rssi,
		rsrp: -131 + 2*r.rssi,
		rsrq: max(-16+(r.rssi-captured)/2, -19),
		sinr: 5 + r.rssi - captured,
	}, true
}

// steps is which of the numbered intervals of a report v is in: below is the
// bound under which it is number 0, each interval is as wide as width, and last
// is the one without an end (36.133 9.1.4, 9.1.7).
func steps(v, below, width float64, last int) int {
	return min(max(int(math.Floor((v-below)/width))+1, 0), last)
}

var _ = commands("Network",
	&Command{
		Name: "+CSQ", Summary: "signal quality", Source: "27.007 8.5, family",
		Test: "+CSQ: (0-31,99),(0-7,99)",
		Exec: func(m *Modem, _ *Call) Response {
			rssi := m.radio.rssi
			if m.power.function != fullFunction {
				rssi = unknown
			}
			return atengine.Infof("+CSQ: %d,99", rssi)
		},
	},
	&Command{
		Name: "+CESQ", Summary: "extended signal quality", Source: "27.007 8.69",
		Test: "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)",
		Exec: func(m *Modem, _ *Call) Response {
			v, ok := m.measure()
			if !ok {
				return atengine.Info("+CESQ: 99,99,255,255,255,255")
			}
			return atengine.Infof("+CESQ: 99,99,255,255,%d,%d",
				steps(float64(v.rsrq), -19.5, 0.5, 34), steps(float64(v.rsrp), -140, 1, 97))
		},
	},
	&Command{
		Name: "+QCSQ", Summary: "signal strength by technology", Source: "EC2x; that it is not on this platform: family",
		Test: `+QCSQ: "NOSERVICE","LTE"`,
		Exec: func(m *Modem, _ *Call) Response {
			v, ok := m.measure()
			if !ok || !m.radio.stat.in() {
				return atengine.Info(`+QCSQ: "NOSERVICE"`)
			}
			// SINR is told in fifths of a dB from -20 dB on (EC2x).
			return atengine.Infof(`+QCSQ: "LTE",%d,%d,%d,%d`, v.rssi, v.rsrp, min(max((v.sinr+20)*5, 0), 250), v.rsrq)
		},
	},
)
