package emulator

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// stored is the user profile of AT&W, and what is saved the moment it is set.
// It lies beside the files and outlives the modem.
type stored struct {
	Profile *userProfile `json:"profile,omitempty"`
	Rate    *int         `json:"rate,omitempty"`    // AT+IPR; 0 is automatic
	URCPort string       `json:"urcport,omitempty"` // AT+QURCCFG

	Config      map[string][]string `json:"qcfg,omitempty"`    // AT+QCFG, by key
	Indications map[string]bool     `json:"qindcfg,omitempty"` // AT+QINDCFG with <save>
}

// userProfile is what AT&W saves: E Q V X &C &D S0, IFC and the registration
// URCs. IPR is saved too, but neither ATZ nor AT&F touch it.
type userProfile struct {
	Echo    bool   `json:"E"`
	Quiet   bool   `json:"Q"`
	Verbose bool   `json:"V"`
	Connect int    `json:"X"`
	DCD     int    `json:"&C"`
	DTR     int    `json:"&D"`
	S0      int    `json:"S0"`
	IFC     int    `json:"IFC"`
	Reports [3]int `json:"REG"` // CREG, CGREG, CEREG
}

// settingsKey is where the file store keeps the stored settings.
const settingsKey = "settings"

// loadSettings brings back what was stored, at the start.
func (m *Modem) loadSettings() error {
	m.serial = newSerialSettings()
	s, err := m.stored()
	if err != nil {
		return err
	}
	if s.Rate != nil {
		m.serial.rate = *s.Rate
	}
	m.serial.uart = m.newUART(m.serial.rate)
	m.config = newConfig(s.Config)
	m.configured()
	m.indications = newIndications(s.Indications)
	if s.URCPort != "" {
		m.serial.urcPort = s.URCPort
	}
	if s.Profile != nil {
		s.Profile.apply(m, &m.serial.line)
	}
	return nil
}

func (m *Modem) stored() (stored, error) {
	var s stored
	data, err := m.files.LoadSettings(settingsKey)
	switch {
	case errors.Is(err, vfs.ErrNotFound):
		return s, nil
	case err != nil:
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("stored settings are damaged: %w", err)
	}
	return s, nil
}

// store changes what is stored.
func (m *Modem) store(change func(*stored)) error {
	s, err := m.stored()
	if err != nil {
		return err
	}
	change(&s)
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return m.files.SaveSettings(settingsKey, data)
}

func (u *userProfile) apply(m *Modem, s *atengine.Settings) {
	s.Echo, s.Quiet, s.Verbose, s.Connect = u.Echo, u.Quiet, u.Verbose, u.Connect
	s.DCD, s.DTR = u.DCD, u.DTR
	s.SetS(0, u.S0)
	m.serial.flow = u.IFC
	m.radio.reports = u.Reports
}

// resets are what AT&F and ATZ do, the line's own settings apart.
var resets []func(*Modem)

// atFactory declares what AT&F puts back to the state at delivery, and ATZ before
// it brings back what is stored. It stands beside what it resets:
//
//	var _ = atFactory(func(m *Modem) { m.serial.flow = 0 })
func atFactory(reset func(*Modem)) declared { //nolint:unparam // a declaration needs a value
	resets = append(resets, reset)
	return declared{}
}

// factory puts a line and what AT&F covers back to the state at delivery. The
// rate stays, and so does all that is saved the moment it is set.
func (m *Modem) factory(s *atengine.Settings) {
	*s = atengine.Factory()
	for _, reset := range resets {
		reset(m)
	}
}

// profileIndex is the one user profile there is.
var profileIndex = []atengine.Param{atengine.Int("value", 0, 0).Or(0)}

var _ = commands("Line",
	&Command{
		Name: "&F", Summary: "factory settings", Source: "V.250 6.1.2, family", Params: profileIndex,
		Exec: func(m *Modem, c *Call) Response {
			m.factory(&c.Line.Settings)
			return Response{}
		},
	},
	&Command{
		Name: "&W", Summary: "store the settings", Source: "family", Params: profileIndex,
		Exec: func(m *Modem, c *Call) Response {
			l := c.Line
			s0, _ := l.S(0)
			rate := m.serial.rate
			err := m.store(func(s *stored) {
				s.Rate = &rate
				s.Profile = &userProfile{
					Echo: l.Echo, Quiet: l.Quiet, Verbose: l.Verbose, Connect: l.Settings.Connect,
					DCD: l.DCD, DTR: l.DTR, S0: s0, IFC: m.serial.flow, Reports: m.radio.reports,
				}
			})
			if err != nil {
				return atengine.Fail(err)
			}
			return Response{}
		},
	},
	&Command{
		Name: "Z", Summary: "factory settings, then the stored ones", Source: "V.250 6.1.1, family",
		Params: profileIndex, Last: true,
		Exec: func(m *Modem, c *Call) Response {
			s, err := m.stored()
			if err != nil {
				return atengine.Fail(err)
			}
			m.factory(&c.Line.Settings)
			if s.Profile != nil {
				s.Profile.apply(m, &c.Line.Settings)
			}
			return Response{}
		},
	},
	&Command{
		Name: "&V", Summary: "the present settings", Source: "family", Params: profileIndex,
		Exec: func(_ *Modem, c *Call) Response {
			l := c.Line
			lines := []string{
				fmt.Sprintf("&C: %d", l.DCD), fmt.Sprintf("&D: %d", l.DTR), "&F: 0", "&W: 0",
				fmt.Sprintf("E: %d", bit(l.Echo)), fmt.Sprintf("Q: %d", bit(l.Quiet)),
				fmt.Sprintf("V: %d", bit(l.Verbose)), fmt.Sprintf("X: %d", l.Settings.Connect), "Z: 0",
			}
			for _, n := range []int{0, 3, 4, 5, 6, 7, 8, 10} {
				v, _ := l.S(n)
				lines = append(lines, fmt.Sprintf("S%d: %d", n, v))
			}
			return atengine.Info(lines...)
		},
	},
	&Command{
		Name: "H", Summary: "hang up: there is no call, so OK", Source: "V.250 6.3.6",
		Params: []atengine.Param{atengine.Int("n", 0, 0).Or(0)},
		Exec:   func(*Modem, *Call) Response { return Response{} },
	},
)

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}
