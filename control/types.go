package control

import (
	"encoding/json"

	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// What is sent has the tags of package decl; what is answered those of
// encoding/json.

// URC is a result code to send.
type URC struct {
	Text string `yaml:"text" need:"yes" doc:"without its framing"`
	Port string `yaml:"port" is:"usbmodem|usbat|uart1" default:"the one that gets them" doc:"which port"`
}

// DTR is a signal to drop, or to switch.
type DTR struct {
	Port string `yaml:"port" is:"usbmodem|usbat|uart1" default:"the first" doc:"which port"`
	Drop *bool  `yaml:"drop" default:"true" doc:"true, unless to is there: off for a moment"`
	To   string `yaml:"to" is:"on|off" doc:"off: it drops and stays off, so that the port sleeps with AT+QSCLK=1; on: it is back, as when a host opens the device"`
}

// Power is what becomes of the supply.
type Power struct {
	To string `yaml:"to" need:"yes" is:"on|off|reboot" doc:"off: all that is not saved is lost without a word; reboot: off and on"`
}

// SIM is what becomes of the SIM.
type SIM struct {
	To string `yaml:"to" need:"yes" is:"ready|absent|pin|puk|blocked" doc:"as by hand while the module runs: it is told with +CPIN"`
}

// Network is what becomes of the mobile network. What is left out stays.
type Network struct {
	Registration string      `yaml:"registration" is:"home|roaming|searching|denied|none" doc:"27.007 7.2. Without service the PDP contexts go"`
	Signal       *int        `yaml:"signal" is:"0-31,99" doc:"as AT+CSQ tells it; 99: not known"`
	Walk         *fault.Walk `yaml:"walk" doc:"the signal wanders from where it is, until signal is set"`
	APN          string      `yaml:"apn" is:"required|optional" doc:"required: AT+QIACT of a context without an APN is ERROR, 573"`
	PDP          *PDP        `yaml:"pdp" doc:"what it does to PDP contexts"`
}

// PDP is what the network does to PDP contexts.
type PDP struct {
	What    string `yaml:"what" need:"yes" short:"yes" is:"deactivate|drift|refuse|accept" doc:"deactivate: it takes the context away; drift: the context seems to be up but nothing passes; refuse: the next activations fail; accept: ends refuse"`
	Context int    `yaml:"context" is:"1-15" default:"1" doc:"of deactivate and drift"`
	Code    int    `yaml:"code" is:"550-574" default:"561" doc:"of refuse: what AT+QIGETERROR tells"`
	Times   int    `yaml:"times" is:"0-1000000" default:"until accept" doc:"of refuse: how many activations"`
}

// SMS is a message for the module: a text, or a whole PDU.
type SMS struct {
	From     string `yaml:"from" default:"+8613800138000" doc:"the sender: a number, or a name of up to 11 letters"`
	Text     string `yaml:"text" doc:"one that is too long for one message comes in parts"`
	Alphabet string `yaml:"alphabet" is:"gsm7|ucs2|8bit" default:"the shortest that has all of the text" doc:"how the text is coded"`
	Class    *int   `yaml:"class" is:"0-3" default:"none" doc:"the message's class; 2 is stored on the SIM"`
	PDU      string `yaml:"pdu" doc:"in place of all else: hexadecimal, as AT+CMGR shows it"`
}

// Messages are those between the module and the network.
type Messages struct {
	Number  string             `json:"number"`  // the module's own: a message to it comes back
	Sent    []emulator.SentSMS `json:"sent"`    // by the module, the oldest first, at most 256
	Waiting int                `json:"waiting"` // for the module: it has no power, no service or no room
}

// RTC is a time to set.
type RTC struct {
	To decl.Time `yaml:"to" need:"yes" doc:"what AT+CCLK? shows from now on, with its zone; a year from 1970 to 2069"`
}

// Modem is one of those that are served.
type Modem struct {
	Number int    `json:"number"` // from 0; /modems/NUMBER/v1 is its interface
	Device string `json:"device,omitempty"`
	Link   string `json:"link,omitempty"`
	Module string `json:"module"` // as AT+CGMM prints it
	IMEI   string `json:"imei"`
}

// Modems are all that are served.
type Modems struct {
	Modems []Modem `json:"modems"`
}

// State is how the modem stands.
type State struct {
	emulator.State
	Marks  []string `json:"marks"`  // those that faults have set
	Faults []Fault  `json:"faults"` // those that are armed
}

// Fault is a rule that is armed.
type Fault struct {
	ID   int             `json:"id"`
	Name string          `json:"name,omitempty"`
	On   string          `json:"on"`   // its trigger, in words
	Hits int             `json:"hits"` // how often it has acted
	Rule json.RawMessage `json:"rule"` // as it can be sent again
}

// Faults are all rules, in the order they act in.
type Faults struct {
	Faults []Fault `json:"faults"`
}

// Removed is how many there were.
type Removed struct {
	Removed int `json:"removed"`
}

// File is a file of the module.
type File struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`               // bytes
	Checksum string `json:"checksum,omitempty"` // as AT+QFUPL tells it, of a file that was just stored
}

// Files are the files of the module, and the room for more in bytes.
type Files struct {
	Files []File `json:"files"`
	Total int64  `json:"total"`
	Free  int64  `json:"free"`
	Used  int64  `json:"used"`
}

// Journal is a part of the journal.
type Journal struct {
	Entries []journal.Entry `json:"entries"`
	Next    uint64          `json:"next"`    // what to ask since for what follows
	Dropped uint64          `json:"dropped"` // how many before these are no longer kept
}

// Version is who answers.
type Version struct {
	Version string `json:"version"` // of qsim
	API     string `json:"api"`     // of the paths: v1
	Module  string `json:"module"`  // as AT+CGMM tells it
	Schema  string `json:"schema"`  // of the journal's entries
}
