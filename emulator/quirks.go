package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Quirk is a behaviour in which modules of the family differ, or in which the
// sources do: a switch with a name.
type Quirk struct {
	Name    string   `json:"name"`
	Values  []string `json:"values"`
	Default string   `json:"default"` // of the module asked about
	Does    string   `json:"does"`
	Source  string   `json:"source"`
}

// The quirks by their names.
const (
	quirkAsyncError = "qigeterror-async"
	quirkFailedID   = "failed-open-id"
	quirkRecvZero   = "recv-zero"
	quirkNoPDP      = "no-pdp"
	quirkNameCheck  = "name-check"
	quirkLocalPort  = "state-lport"
	quirkURCPort    = "urc-port"
	quirkLineRate   = "line-rate"
	quirkIoTMode    = "iotopmode"
	quirkDoneOrder  = "done-order"
	quirkAppRDY     = "app-rdy"

	quirkQIACTAgain  = "qiact-active"
	quirkCGACTAgain  = "cgact-active"
	quirkCGPADDR     = "cgpaddr"
	quirkConnectText = "connect-text"
	quirkICCID       = "iccid"
	quirkCMSForm     = "cms-error"
	quirkFirstIndex  = "sms-first-index"
	quirkReadEnd     = "file-read-end"
	quirkFileCME     = "file-cme"
	quirkRAM         = "ram-files"

	quirkQCSQ        = "qcsq"
	quirkReportAct   = "creg-act"
	quirkNoService   = "qnwinfo-none"
	quirkScanGap     = "cops-list"
	quirkScanService = "cops-scan"
	quirkClockUpdate = "ctzu-effect"
	quirkClockDigits = "clock-digits"
	quirkSharedIDs   = "shared-ids"
	quirkQICFGSSL    = "qicfg-ssl"
	quirkEchoSSL     = "qisde-ssl"
	quirkPortName    = "state-port"
	quirkPrompt      = "prompt"
)

// quirkTable is all of them; the first value is the default, unless a profile
// says otherwise.
var quirkTable = []Quirk{
	{
		Name: quirkAsyncError, Values: []string{"stored", "zero"},
		Does:   "AT+QIGETERROR after an open that failed with a URC: its code, or 0 as if nothing had been",
		Source: "ruling 1; zero: measured on an EG800K",
	},
	{
		Name: quirkFailedID, Values: []string{"free", "held"},
		Does:   "the id of an open that failed: free at once, or in state 4, and 563 for another open, until it is closed",
		Source: "ruling 3; held: field",
	},
	{
		Name: quirkRecvZero, Values: []string{"refuse", "query"},
		Does:   "AT+QSSLRECV with length 0: an error, or the bytes received, read and unread",
		Source: "ruling 6; query: hosts in the field need it",
	},
	{
		Name: quirkNoPDP, Values: []string{"561", "error"},
		Does:   "AT+QSSLOPEN or AT+QIOPEN without an active PDP context: OK and a URC with 561, or ERROR at once",
		Source: "ruling 34; error: field",
	},
	{
		Name: quirkNameCheck, Values: []string{"on", "off"},
		Does:   "whether the name in the server's certificate is checked, with SNI on and seclevel 1 or 2",
		Source: "on: measured on an EG800K; off: older firmware, inferred",
	},
	{
		Name: quirkLocalPort, Values: []string{"real", "zero"},
		Does:   "the local port that AT+QSSLSTATE and AT+QISTATE tell: the one of the connection, or 0",
		Source: "seed 2.2.6; zero: measured on an EG800K",
	},
	{
		Name: quirkURCPort, Values: []string{"first", "usbat"},
		Does:   `where URCs go until AT+QURCCFG says otherwise: to the first port, or to "usbat"`,
		Source: "ruling 18; usbat: the family's manual",
	},
	{
		Name: quirkLineRate, Values: []string{"once-set", "always", "never"},
		Does: "whether a host whose line rate is not the module's sees garbage, where a port has a rate (a PTY): " +
			"once AT+IPR has changed the rate or a changed one was stored; always, as on a UART; never, as on USB",
		Source: "inferred: hosts open USB ports at any rate; always: V.250 6.2.10",
	},
	{
		Name: quirkIoTMode, Values: []string{"stored", "error"},
		Does:   `AT+QCFG="iotopmode", a key of BG9x modules: stored and told, or an error as any key that is not known`,
		Source: "stored: a driver in the field does not start without; error: the family's manual has no such key",
	},
	{
		Name: quirkDoneOrder, Values: []string{"sms-pb", "pb-sms"},
		Does:   "which comes first when the SIM is read: +QIND: SMS DONE or +QIND: PB DONE",
		Source: "sms-pb: measured on an EG800K; pb-sms: EC2x manual",
	},
	{
		Name: quirkAppRDY, Values: []string{"off", "on"},
		Does:   "whether a boot ends with APP RDY",
		Source: "off: measured on an EG800K; on: field, EC200U",
	},
	{
		Name: quirkQIACTAgain, Values: []string{"error", "ok"},
		Does:   "AT+QIACT of a context that is active: ERROR with 572, or OK",
		Source: "error: measured on an EG800K; ok: sibling EC2x",
	},
	{
		Name: quirkCGACTAgain, Values: []string{"ok", "error"},
		Does:   "AT+CGACT=1 of a bearer that is active: OK, or ERROR",
		Source: "27.007 10.1.10; error: field, sibling EC200U",
	},
	{
		Name: quirkCGPADDR, Values: []string{"quoted", "bare"},
		Does:   "the address that AT+CGPADDR tells: in quotes, or without",
		Source: "quoted: measured on an EG800K; bare: sibling BG9x's manual",
	},
	{
		Name: quirkConnectText, Values: []string{"plain", "rate"},
		Does:   "the CONNECT of a data call with ATX1 to ATX4: alone, or with the rate behind it",
		Source: "plain: field; rate: sibling EC2x",
	},
	{
		Name: quirkICCID, Values: []string{"iccid", "ccid", "none"},
		Does:   "which commands tell the ICCID besides AT+QCCID: AT+ICCID; AT+CCID, too; none",
		Source: "iccid: a host of the EC801E relies on it; ccid: hosts of the EC21 do; none: the family's manual",
	},
	{
		Name: quirkCMSForm, Values: []string{"cmee", "number"},
		Does:   "how +CMS ERROR looks: ERROR, number or text as AT+CMEE says, or always the number",
		Source: "cmee: EC2x; number: 27.005 3.2.5",
	},
	{
		Name: quirkFirstIndex, Values: []string{"1", "0"},
		Does:   "the index of a memory's first message",
		Source: "1: measured on a BG770A; 0: EC2x, inferred",
	},
	{
		Name: quirkReadEnd, Values: []string{"connect", "402"},
		Does:   "AT+QFREAD at the end of the file: CONNECT 0 and OK, or +CME ERROR: 402",
		Source: "both: field",
	},
	{
		Name: quirkFileCME, Values: []string{"mixed", "text", "number"},
		Does:   "how +CME ERROR of files reads with AT+CMEE=2: 421 as a number and all others as text, all as text, or all as numbers",
		Source: "mixed: measured on an EG800K; text: 27.007 9.2; number: a host's report on an EC200U",
	},
	{
		Name: quirkRAM, Values: []string{"no", "yes"},
		Does:   "whether there is the storage RAM:, lost with the power, with AT+QFTUCAT and AT+QFFLUSH, as the EC2x has them",
		Source: "the family's manual; yes: field (EC2x)",
	},
	{
		Name: quirkQCSQ, Values: []string{"absent", "present"},
		Does:   "AT+QCSQ: an unknown command, or the signal strength by technology",
		Source: "absent: the family's manual; present: EC2x, and hosts in the field that ask for it",
	},
	{
		Name: quirkReportAct, Values: []string{"7", "100"},
		Does:   "how AT+CREG, +CGREG, +CEREG and their URCs name the technology LTE",
		Source: "27.007 7.2; 100: seen on an EC200S",
	},
	{
		Name: quirkNoService, Values: []string{"bare", "quoted"},
		Does:   "the No Service of AT+QNWINFO: alone, or in quotes",
		Source: "bare: EC2x; quoted: BG9x",
	},
	{
		Name: quirkScanGap, Values: []string{"gap", "no-gap"},
		Does:   "AT+COPS=?: whether an empty field parts the networks from the modes",
		Source: "27.007 7.3, field; no-gap: seen on an EC200U",
	},
	{
		Name: quirkScanService, Values: []string{"kept", "lost"},
		Does:   "AT+COPS=?: whether the module stays in service, or loses it, and its PDP contexts, until the scan is over",
		Source: "kept: inferred; lost: field",
	},
	{
		Name: quirkClockUpdate, Values: []string{"reboot", "now"},
		Does:   "when AT+CTZU takes effect: with the next boot, or at once",
		Source: "reboot: the family's manual; now: EC2x",
	},
	{
		Name: quirkClockDigits, Values: []string{"zone", "utc"},
		Does: "what the network and AT+QNTP set the clock to, and AT+QNTP tells: a time with its zone; " +
			"or the digits of UTC with the local zone behind them, which is another time",
		Source: "zone: 27.007 8.15; utc: measured on an EG800K",
	},
	{
		Name: quirkSharedIDs, Values: []string{"on", "off"},
		Does: "whether SSL clients and sockets share their ids, so that AT+QIOPEN with that of an SSL client is 563; " +
			"if not, AT+QISWTMD and faults mean the socket where there are both",
		Source: "inferred: AT+QISWTMD takes both (seed 1.4)",
	},
	{
		Name: quirkEchoSSL, Values: []string{"on", "off"},
		Does:   "whether the data of AT+QSSLSEND is echoed as AT+QISDE says, as that of AT+QISEND is, or never",
		Source: "ruling 9; off: AT+QISDE is in the manual of TCP/IP alone, inferred",
	},
	{
		Name: quirkPortName, Values: []string{"own", "uart1", "usbat"},
		Does:   "the port that AT+QSSLSTATE and AT+QISTATE tell: that of the host, or always the same",
		Source: "seed 2.2.6, ruling 17; uart1: measured on an EG800K; usbat: inferred",
	},
	{
		Name: quirkPrompt, Values: []string{"blank", "bare"},
		Does:   `what follows the ">" of a prompt: a blank, or nothing`,
		Source: "27.005 3.5.1, family; bare: a host's log of a BG96",
	},
	{
		Name: quirkQICFGSSL, Values: []string{"off", "on"},
		Does:   `whether viewmode, dataformat and sendinfo of AT+QICFG are about SSL clients as well`,
		Source: "off: inferred; on: EC801E, a driver in the field relies on it",
	},
}

// Quirks are all quirks with the defaults that most modules have.
func Quirks() []Quirk { return Profile{}.Quirks() }

// Quirks are all quirks with the defaults of the module.
func (p Profile) Quirks() []Quirk {
	list := slices.Clone(quirkTable)
	for i := range list {
		list[i].Default = list[i].Values[0]
		if v, ok := p.differs[list[i].Name]; ok {
			list[i].Default = v
		}
	}
	return list
}

// CheckQuirk tells what is wrong with a quirk's name or value; nil: nothing. The
// error lists the words there are.
func CheckQuirk(name, value string) error {
	names := make([]string, len(quirkTable))
	for i, q := range quirkTable {
		if q.Name == name {
			if slices.Contains(q.Values, value) {
				return nil
			}
			return fmt.Errorf("quirk %s: it cannot be %q but %s", name, value, strings.Join(q.Values, " or "))
		}
		names[i] = q.Name
	}
	return fmt.Errorf("there is no quirk %q: there are %s", name, strings.Join(names, ", "))
}

// quirks are the values in effect: the profile's, and those that were chosen.
func (p Profile) quirks(chosen map[string]string) (map[string]string, error) {
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		if err := CheckQuirk(name, chosen[name]); err != nil {
			return nil, err
		}
	}
	effect := make(map[string]string, len(quirkTable))
	for _, q := range p.Quirks() {
		effect[q.Name] = q.Default
	}
	maps.Copy(effect, chosen)
	return effect, nil
}
