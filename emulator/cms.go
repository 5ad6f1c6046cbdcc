package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/quectel-sim/qsim/atengine"
)

// CMS is an error of a message service (27.005 3.2.5; from 512 on the family's).
type CMS int

// The message service errors that commands of the module give.
const (
	CMSReserved     CMS = 301
	CMSNotAllowed   CMS = 302
	CMSNotSupported CMS = 303
	CMSPDUParameter CMS = 304
	CMSTextParam    CMS = 305
	CMSNoSIM        CMS = 310
	CMSPINRequired  CMS = 311
	CMSSIMFailure   CMS = 313
	CMSSIMBusy      CMS = 314
	CMSPUKRequired  CMS = 316
	CMSMemory       CMS = 320
	CMSIndex        CMS = 321
	CMSMemoryFull   CMS = 322
	CMSNoCentre     CMS = 330
	CMSNoNetwork    CMS = 331
	CMSTimeout      CMS = 332
	CMSNothingToAck CMS = 340
	CMSNotReady     CMS = 512
	CMSTooLong      CMS = 513
)

// cmsTexts are what AT+CMEE=2 shows (27.005 3.2.5, family).
var cmsTexts = map[CMS]string{
	300:             "ME failure",
	CMSReserved:     "SMS service of ME reserved",
	CMSNotAllowed:   "operation not allowed",
	CMSNotSupported: "operation not supported",
	CMSPDUParameter: "invalid PDU mode parameter",
	CMSTextParam:    "invalid text mode parameter",
	CMSNoSIM:        "SIM not inserted",
	CMSPINRequired:  "SIM PIN required",
	312:             "PH-SIM PIN required",
	CMSSIMFailure:   "SIM failure",
	CMSSIMBusy:      "SIM busy",
	315:             "SIM wrong",
	CMSPUKRequired:  "SIM PUK required",
	317:             "SIM PIN2 required",
	318:             "SIM PUK2 required",
	CMSMemory:       "memory failure",
	CMSIndex:        "invalid memory index",
	CMSMemoryFull:   "memory full",
	CMSNoCentre:     "SMSC address unknown",
	CMSNoNetwork:    "no network service",
	CMSTimeout:      "network timeout",
	CMSNothingToAck: "no +CNMA acknowledgement expected",
	500:             "unknown error",
	CMSNotReady:     "SIM not ready",
	CMSTooLong:      "message length exceeds",
	514:             "invalid request parameters",
	515:             "ME storage failure",
	517:             "invalid service mode",
	528:             "more message to send state error",
	529:             "MO SMS is not allowed",
	530:             "GPRS suspended",
	531:             "ME storage full",
}

// String is the error's text on the wire; of one without a text its number.
func (c CMS) String() string { return cmp.Or(cmsTexts[c], strconv.Itoa(int(c))) }

func (c CMS) Error() string { return fmt.Sprintf("CMS %d: %s", int(c), c.String()) }

// cmsCauses are when commands give an error without a fault.
var cmsCauses = map[CMS]string{
	CMSReserved:     "sending while a message of another port is on its way",
	CMSNotAllowed:   "AT+CMSS of a message that was received",
	CMSNotSupported: "AT+CMGS and AT+CMGW of a PDU that is no SMS-SUBMIT, such as SMS-COMMAND; AT+CNMA=1 or 2 in text mode",
	CMSPDUParameter: "a PDU that is malformed, or not as long as the command says; a parameter of text mode in PDU mode",
	CMSTextParam:    "a text that is not of the character set, a number that is none, a parameter of PDU mode in text mode",
	CMSNoSIM:        "a message command without a SIM",
	CMSPINRequired:  "a message command before the SIM's PIN was given",
	CMSSIMFailure:   "a message command with AT+CFUN=0, or with a SIM that is blocked",
	CMSSIMBusy:      "a message command while the SIM is looked for in a boot",
	CMSPUKRequired:  "a message command after three wrong PINs",
	CMSMemory:       "the directory of --ufs cannot be written",
	CMSIndex:        "an index at which there is no message, or that the memory has not got",
	CMSMemoryFull:   "AT+CMGW to a memory that is full",
	CMSNoCentre:     "sending with no service centre: none in the PDU, and AT+CSCA has none",
	CMSNoNetwork:    "sending while the module is not registered",
	CMSTimeout:      "the registration is lost while a message is sent",
	CMSNothingToAck: "AT+CNMA while no message waits for it",
	CMSNotReady:     "a message command after +CPIN: READY and before +QIND: SMS DONE",
	CMSTooLong:      "a text of more than 160 characters of the GSM alphabet, or 140 bytes",
}

// Cause is when commands give the error without a fault; "": never.
func (c CMS) Cause() string { return cmsCauses[c] }

// CMSs are the message service errors that have a text, in order.
func CMSs() []CMS { return slices.Sorted(maps.Keys(cmsTexts)) }

// cmsResult is cms as a result code. AT+CMEE shapes it as it does +CME ERROR, or
// 27.005 is taken at its word, which knows no other form than the number.
func cmsResult(m *Modem, cms CMS) atengine.Result {
	if m.quirks[quirkCMSForm] == "number" {
		return atengine.Literal(fmt.Sprintf("+CMS ERROR: %d", int(cms)))
	}
	return atengine.Extended("+CMS ERROR", int(cms), cms.String())
}

// cmsOfSIM are the errors of the SIM as message commands tell them.
var cmsOfSIM = map[CME]CMS{
	CMENoSIM: CMSNoSIM, CMEPINRequired: CMSPINRequired, CMEPUKRequired: CMSPUKRequired,
	CMESIMFailure: CMSSIMFailure, CMESIMBusy: CMSSIMBusy,
}

// ForceCMS is what call c answers when it fails with the message service error
// n. A command that asks for data asks for it, and drops it.
func (m *Modem) ForceCMS(c *Call, n int) Response { return m.Ask(c, atengine.Fail(CMS(n))) }
