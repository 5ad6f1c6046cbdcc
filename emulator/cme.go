package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/quectel-sim/qsim/atengine"
)

// CME is a mobile equipment error (27.007 9.2, and 400-426 for files).
type CME int

// The mobile equipment errors that commands of the module give.
const (
	CMENotAllowed    CME = 3
	CMENotSupported  CME = 4
	CMENoSIM         CME = 10
	CMEPINRequired   CME = 11
	CMEPUKRequired   CME = 12
	CMESIMFailure    CME = 13
	CMESIMBusy       CME = 14
	CMEWrongPassword CME = 16
	CMEPUK2Required  CME = 18
	CMENoService     CME = 30
	CMEForbidden     CME = 32
	CMEParameters    CME = 50
	CMEUnknown       CME = 100

	CMEFileValue    CME = 400
	CMEBeyondFile   CME = 401
	CMEReadZero     CME = 402
	CMEDriveFull    CME = 403
	CMENotFound     CME = 405
	CMEFileName     CME = 406
	CMEFileExists   CME = 407
	CMEFileWrite    CME = 409
	CMEFileOpen     CME = 410
	CMEFileRead     CME = 411
	CMETooManyOpen  CME = 413
	CMEFileReadOnly CME = 414
	CMEFileType     CME = 415
	CMEFileHandle   CME = 416
	CMEFileList     CME = 417
	CMEFileDelete   CME = 418
	CMEDiskInfo     CME = 419
	CMENoSpace      CME = 420
	CMEFileTimeout  CME = 421
	CMEFileTooLarge CME = 423
	CMEFileParam    CME = 425
	CMEFileOpened   CME = 426
)

// cmeTexts are what AT+CMEE=2 shows (27.007 9.2, family; 407 is measured). The
// rest has no text that is known, and shows its number.
var cmeTexts = map[CME]string{
	0:                "phone failure",
	1:                "no connection to phone",
	2:                "phone-adaptor link reserved",
	CMENotAllowed:    "operation not allowed",
	CMENotSupported:  "operation not supported",
	5:                "PH-SIM PIN required",
	6:                "PH-FSIM PIN required",
	7:                "PH-FSIM PUK required",
	CMENoSIM:         "SIM not inserted",
	CMEPINRequired:   "SIM PIN required",
	CMEPUKRequired:   "SIM PUK required",
	CMESIMFailure:    "SIM failure",
	CMESIMBusy:       "SIM busy",
	15:               "SIM wrong",
	CMEWrongPassword: "incorrect password",
	17:               "SIM PIN2 required",
	CMEPUK2Required:  "SIM PUK2 required",
	20:               "memory full",
	21:               "invalid index",
	22:               "not found",
	23:               "memory failure",
	24:               "text string too long",
	25:               "invalid characters in text string",
	26:               "dial string too long",
	27:               "invalid characters in dial string",
	CMENoService:     "no network service",
	31:               "network timeout",
	CMEForbidden:     "network not allowed - emergency calls only",
	40:               "network personalization PIN required",
	41:               "network personalization PUK required",
	42:               "network subset personalization PIN required",
	43:               "network subset personalization PUK required",
	44:               "service provider personalization PIN required",
	45:               "service provider personalization PUK required",
	46:               "corporate personalization PIN required",
	47:               "corporate personalization PUK required",
	CMEParameters:    "incorrect parameters",
	CMEUnknown:       "unknown",
	148:              "unspecified GPRS error",
	CMEFileValue:     "invalid input value",
	CMEBeyondFile:    "larger than the size of the file",
	CMEReadZero:      "read zero byte",
	CMEDriveFull:     "drive full",
	CMENotFound:      "file not found",
	CMEFileName:      "invalid file name",
	CMEFileExists:    "file already exist",
	CMEFileWrite:     "fail to write the file",
	CMEFileOpen:      "fail to open the file",
	CMEFileRead:      "fail to read the file",
	CMETooManyOpen:   "reach the max number of opened files",
	CMEFileReadOnly:  "file is read-only",
	CMEFileType:      "file type error",
	CMEFileHandle:    "invalid file descriptor",
	CMEFileList:      "list file failed",
	CMEFileDelete:    "delete file failed",
	CMEDiskInfo:      "get disk info failed",
	CMENoSpace:       "no space",
	CMEFileTimeout:   "time out",
	CMEFileTooLarge:  "file too large",
	CMEFileParam:     "invalid parameter",
	CMEFileOpened:    "file already opened",
	901:              "audio unknown error",
	902:              "audio invalid parameters",
	903:              "audio operation not supported",
	904:              "audio device busy",
}

// String is the error's text on the wire; of one without a text its number.
func (c CME) String() string { return cmp.Or(cmeTexts[c], strconv.Itoa(int(c))) }

func (c CME) Error() string { return fmt.Sprintf("CME %d: %s", int(c), c.String()) }

// cmeCauses are when commands give an error without a fault. Those of files are
// fileCauses.
var cmeCauses = map[CME]string{
	CMENotAllowed:    "AT+CPIN when nothing is asked for, or with a new PIN beside the PIN; AT+CLCK for what is so already; AT+CPWD of a PIN that is not asked for; AT+COPS and AT+CGATT while the radio is off",
	CMENotSupported:  "AT+CLCK and AT+CPWD for a facility that is not built",
	CMENoSIM:         "a command that needs the SIM, without one",
	CMEPINRequired:   "a command that needs the SIM, before its PIN was given",
	CMEPUKRequired:   "a command that needs the SIM, after three wrong PINs; AT+CPIN without a new PIN then",
	CMESIMFailure:    "a command that needs the SIM, with AT+CFUN=0 or after ten wrong PUKs",
	CMESIMBusy:       "a command that needs the SIM, while it is read in a boot",
	CMEWrongPassword: "a wrong PIN or PUK, or a new PIN that is none",
	CMEPUK2Required:  "AT+CPWD for PIN2 after three wrong ones",
	CMENoService:     "AT+CGACT, AT+CUSD and AT+QSPN, while the module is not registered; AT+COPS and AT+CGATT when no network is found",
	CMEForbidden:     "AT+COPS and AT+CGATT when the network denies the module",
	CMEParameters:    "a command for a PDP context that AT+CGDCONT has not defined",
	CMEUnknown:       "AT+CGACT of a context that the network refuses, or a fourth one",
}

// Cause is when commands give the error without a fault; "": never.
func (c CME) Cause() string { return cmp.Or(cmeCauses[c], fileCause(c)) }

// CMEs are the mobile equipment errors that have a text, in order.
func CMEs() []CME { return slices.Sorted(maps.Keys(cmeTexts)) }

// cmeResult is cme as a result code.
func cmeResult(cme CME) atengine.Result {
	return atengine.Extended("+CME ERROR", int(cme), cme.String())
}
