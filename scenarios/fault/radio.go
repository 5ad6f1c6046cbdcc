package fault

import (
	"strconv"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Registration changes the place in the network.
type Registration struct {
	_ struct{} `name:"registration"`

	To string `yaml:"to" need:"yes" short:"yes" is:"home|roaming|searching|denied|none" doc:"27.007 7.2"`
}

func (a *Registration) act(x *Firing) {
	to, err := emulator.ParseRegistration(a.To)
	if err == nil {
		x.e.m.Levers().SetRegistration(to)
	}
	x.failed(err)
}

// Signal changes the strength of the signal, once or again and again.
type Signal struct {
	_ struct{} `name:"signal"`

	RSSI *int  `yaml:"rssi" short:"yes" is:"0-31,99" doc:"as AT+CSQ tells it; 99: not known. A walk ends"`
	Walk *Walk `yaml:"walk" doc:"it wanders, from where it is"`
}

// CheckYAML wants one of the two.
func (a *Signal) CheckYAML(n *decl.Node) {
	if (a.RSSI == nil) == (a.Walk == nil) {
		n.Fail("signal: 7, or signal: {walk: {low: 5, high: 20}}", "signal wants either rssi or walk")
	}
}

func (a *Signal) act(x *Firing) {
	if a.Walk != nil {
		x.failed(x.e.m.Levers().WalkSignal(a.Walk.Of()))
		return
	}
	x.failed(x.e.m.Levers().SetSignal(*a.RSSI))
}

// Walk is a signal that wanders.
type Walk struct {
	_ struct{} `name:"walk" doc:"A signal that goes up and down by chance, the same way with the same seed."`

	Low   int           `yaml:"low" is:"0-31" default:"0" doc:"where it turns, as AT+CSQ tells it"`
	High  int           `yaml:"high" need:"yes" is:"0-31" doc:"where it turns, too"`
	Step  int           `yaml:"step" is:"1-31" default:"1" doc:"how far it goes at most"`
	Every decl.Duration `yaml:"every" is:"100ms-24h" default:"5s" doc:"how often it goes, on the modem's clock"`
}

// CheckYAML wants the lower bound first.
func (w *Walk) CheckYAML(n *decl.Node) {
	if w.Low > w.High {
		n.Fail("", "walk: low is above high")
	}
}

// Of is the walk for the lever.
func (w *Walk) Of() emulator.Walk {
	return emulator.Walk{Low: w.Low, High: w.High, Step: w.Step, Every: w.Every.Std()}
}

// Cell moves the module to another cell of its network.
type Cell struct {
	_ struct{} `name:"cell"`

	Area   string `yaml:"area" default:"as it is" doc:"the tracking area, hexadecimal: 550B"`
	ID     string `yaml:"id" default:"as it is" doc:"the cell, hexadecimal: 82E8C81"`
	PCI    *int   `yaml:"pci" is:"0-503" default:"as it is" doc:"its physical identity"`
	EARFCN *int   `yaml:"earfcn" is:"0-41589" default:"as it is" doc:"its downlink channel, which says the band"`
}

// Widths of hexadecimal numbers, in bits.
const (
	areaBits = 16
	cellBits = 28
)

// CheckYAML wants hexadecimal numbers.
func (a *Cell) CheckYAML(n *decl.Node) {
	for _, f := range []struct {
		key, text string
		bits      int
	}{{"area", a.Area, areaBits}, {"id", a.ID, cellBits}} {
		if _, err := strconv.ParseUint(f.text, 16, f.bits); f.text != "" && err != nil {
			n.Get(f.key).Fail("in quotes where there are only digits", "cell: %s is not a hexadecimal number of %d bits", f.key, f.bits)
		}
	}
}

func (a *Cell) act(x *Firing) {
	l := x.e.m.Levers()
	c := l.Cell()
	if v, err := strconv.ParseUint(a.Area, 16, areaBits); err == nil {
		c.Area = int(v)
	}
	if v, err := strconv.ParseUint(a.ID, 16, cellBits); err == nil {
		c.ID = int(v)
	}
	if a.PCI != nil {
		c.PCI = *a.PCI
	}
	if a.EARFCN != nil {
		c.EARFCN = *a.EARFCN
	}
	x.failed(l.SetCell(c))
}

// NITZ changes the time that the network tells.
type NITZ struct {
	_ struct{} `name:"nitz"`

	To   string     `yaml:"to" short:"yes" is:"told|silent" default:"told" doc:"told: at once, and after each registration from now on; silent: never again"`
	Time *decl.Time `yaml:"time" default:"the right one" doc:"what it tells, whatever zone this is written in"`
	Zone *int       `yaml:"zone" is:"-48-56" default:"32" doc:"the local zone in quarters of an hour east of UTC, daylight saving time included"`
	DST  int        `yaml:"dst" is:"0-2" default:"0" doc:"hours of daylight saving time in it"`
}

func (a *NITZ) act(x *Firing) {
	c := emulator.NetworkClock{Zone: emulator.DefaultZone, DST: a.DST, Silent: a.To == "silent"}
	if a.Zone != nil {
		c.Zone = *a.Zone
	}
	if a.Time != nil {
		c.Now = a.Time.At(time.Now())
	}
	x.failed(x.e.m.Levers().SetNetworkClock(c))
}
