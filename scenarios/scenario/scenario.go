package scenario

import (
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// Version is the version of the grammar.
const Version = "qsim/v1"

// Scenario is one scenario file.
type Scenario struct {
	_ struct{} `name:"scenario" doc:"What goes wrong with a modem, and what the host must do about it."`

	Pos    decl.Pos
	Schema string        `yaml:"schema" is:"qsim/v1" default:"qsim/v1" doc:"the version of this grammar"`
	Name   string        `yaml:"name" default:"that of the file" doc:"what happens, in a few words, for reports"`
	About  string        `yaml:"about" doc:"the story: what the module does, and what the host sees of it"`
	Source string        `yaml:"source" doc:"where the misbehaviour is known from"`
	Robust string        `yaml:"robust" doc:"what a robust host does"`
	Tags   []string      `yaml:"tags" one:"yes" doc:"words to choose scenarios by"`
	Modem  Modem         `yaml:"modem" doc:"the module. A flag of the command line goes before it, and it before the file of --config"`
	Lab    bool          `yaml:"lab" doc:"the lab's servers are in reach, and its certificates in the file store"`
	Setup  Setup         `yaml:"setup" doc:"what the host finds"`
	Faults []fault.Rule  `yaml:"faults" doc:"what goes wrong. At one moment they act in this order; of several that give the answer, the first one does"`
	Expect []Expectation `yaml:"expect" doc:"what the host must do, and must not"`
}

// Modem is the module of a scenario. What is zero is not said.
type Modem struct {
	_ struct{} `name:"modem" doc:"Which module it is, and how it behaves where modules differ."`

	Module Module  `yaml:"module" default:"EC200S" doc:"its name, see qsim modules"`
	Speed  float64 `yaml:"speed" is:"0.01-1000" default:"1" doc:"seconds that pass for the module and the network in one of the host's"`
	Seed   *uint64 `yaml:"seed" default:"1" doc:"of all that is left to chance"`
	Boot   Boot    `yaml:"boot" default:"ready" doc:"how it begins"`
	Quirks Quirks  `yaml:"quirks" doc:"behaviours in which modules differ, see qsim modules --json"`
}

// Boot is how the module begins.
type Boot struct {
	_ struct{} `name:"boot" doc:"How the module begins, and how long a boot takes."`

	Mode string        `yaml:"mode" short:"yes" is:"ready|cold" default:"ready" doc:"ready: it has long been up; cold: it boots when the host opens the device"`
	RDY  decl.Duration `yaml:"rdy" is:"0s-1h" default:"7.8s" doc:"from power to RDY, of later boots as well, on the modem's clock"`
}

// Setup is what the host finds.
type Setup struct {
	_ struct{} `name:"setup" doc:"What the host finds when it comes."`

	At           []Line            `yaml:"at" one:"yes" doc:"command lines that run before the host is let in"`
	Files        map[FileName]File `yaml:"files" doc:"files in the module's store, by their names there"`
	RTC          *Clock            `yaml:"rtc" default:"now; of a cold boot 1970" doc:"the real-time clock"`
	SIM          string            `yaml:"sim" is:"ready|absent|pin|puk" default:"ready" doc:"the SIM; its PIN is 1234"`
	Registration string            `yaml:"registration" is:"home|roaming|searching|denied|none" default:"home" doc:"the place in the network (27.007 7.2)"`
	Signal       *int              `yaml:"signal" is:"0-31,99" doc:"its strength, as AT+CSQ tells it; 99: not known"`
	Walk         *fault.Walk       `yaml:"walk" doc:"the signal wanders, from there"`
	APN          string            `yaml:"apn" is:"required|optional" default:"optional" doc:"required: the network activates no PDP context without an APN"`
	ConnectTo    []Redirect        `yaml:"connect-to" one:"yes" doc:"connections that lead elsewhere, as with curl: HOST:PORT:TOHOST:TOPORT"`
}
