package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
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
	CMENoService     CME = 30
	CMEParameters    CME = 50
	CMEUnknown       CME = 100
	CMEPUK2Required  CME = 18
	CMENotFound      CME = 405
	CMEFileName      CME = 406
	CMEFileExists    CME = 407
	CMEFileWrite     CME = 409
	CMEFileOpen      CME = 410
	CMEFileRead      CME = 411
	CMEFileList      CME = 417
	CMEFileDelete    CME = 418
	CMENoSpace       CME = 420
	CMEFileTimeout   CME = 421
	CMEFileTooLarge  CME = 423
	CMEFileParam     CME = 425
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
	32:               "network not allowed - emergency calls only",
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
	400:              "invalid input value",
	401:              "larger than the size of the file",
	402:              "read zero byte",
	403:              "drive full",
	CMENotFound:      "file not found",
	CMEFileName:      "invalid file name",
	CMEFileExists:    "file already exist",
	CMEFileWrite:     "fail to write the file",
	CMEFileOpen:      "fail to open the file",
	CMEFileRead:      "fail to read the file",
	413:              "reach the max number of opened files",
	414:              "file is read-only",
	415:              "file type error",
	416:              "invalid file descriptor",
	CMEFileList:      "list file failed",
	CMEFileDelete:    "delete file failed",
	419:              "get disk info failed",
	CMENoSpace:       "no space",
	CMEFileTimeout:   "time out",
	CMEFileTooLarge:  "file too large",
	CMEFileParam:     "invalid parameter",
	426:              "file already opened",
	901:              "audio unknown error",
	902:              "audio invalid parameters",
	903:              "audio operation not supported",
	904:              "audio device busy",
}

// String is the error's text on the wire; of one without a text its number.
func (c CME) String() string { return cmp.Or(cmeTexts[c], strconv.Itoa(int(c))) }

func (c CME) Error() string { return fmt.Sprintf("CME %d: %s", int(c), c.String()) }

// cmeCauses are when commands give an error without a fault.
var cmeCauses = map[CME]string{
	CMENotAllowed:    "AT+CPIN when nothing is asked for, or with a new PIN beside the PIN; AT+CLCK for what is so already; AT+CPWD of a PIN that is not asked for",
	CMENotSupported:  "AT+CLCK and AT+CPWD for a facility that is not built",
	CMENoSIM:         "a command that needs the SIM, without one",
	CMEPINRequired:   "a command that needs the SIM, before its PIN was given",
	CMEPUKRequired:   "a command that needs the SIM, after three wrong PINs; AT+CPIN without a new PIN then",
	CMESIMFailure:    "a command that needs the SIM, with AT+CFUN=0 or after ten wrong PUKs",
	CMESIMBusy:       "a command that needs the SIM, while it is read in a boot",
	CMEWrongPassword: "a wrong PIN or PUK, or a new PIN that is none",
	CMEPUK2Required:  "AT+CPWD for PIN2 after three wrong ones",
	CMENoService:     "AT+CUSD with a request, while the module is not registered",
	CMENotFound:      "a file that is not there",
	CMEFileName:      "a storage other than UFS, or a name that no file can have",
	CMEFileExists:    "AT+QFUPL of a file that is there",
	CMEFileWrite:     "the directory of --ufs cannot be written",
	CMEFileOpen:      "a file in the directory of --ufs cannot be opened",
	CMEFileRead:      "a file in the directory of --ufs cannot be read",
	CMEFileList:      "the directory of --ufs cannot be listed",
	CMEFileDelete:    "a file in the directory of --ufs cannot be deleted",
	CMENoSpace:       "AT+QFUPL of more than what is free",
	CMEFileTimeout:   "AT+QFUPL, and the data did not come in time; what came is kept",
	CMEFileTooLarge:  "AT+QFUPL of more than the whole store takes",
	CMEFileParam:     "a file command with a parameter that is missing, malformed or out of its range",
}

// Cause is when commands give the error without a fault; "": never.
func (c CME) Cause() string { return cmeCauses[c] }

// CMEs are the mobile equipment errors that have a text, in order.
func CMEs() []CME { return slices.Sorted(maps.Keys(cmeTexts)) }

// cmeResult is cme as a result code.
func cmeResult(cme CME) atengine.Result {
	return atengine.Extended("+CME ERROR", int(cme), cme.String())
}

// fileErrors are the errors of the file store in the module's numbers.
var fileErrors = []struct {
	err error
	cme CME
}{
	{vfs.ErrNotFound, CMENotFound},
	{vfs.ErrExist, CMEFileExists},
	{vfs.ErrName, CMEFileName},
	{vfs.ErrNoSpace, CMENoSpace},
	{vfs.ErrTooLarge, CMEFileTooLarge},
	{vfs.ErrRead, CMEFileRead},
	{vfs.ErrWrite, CMEFileWrite},
	{vfs.ErrOpen, CMEFileOpen},
	{vfs.ErrList, CMEFileList},
	{vfs.ErrRemove, CMEFileDelete},
}

func fileError(err error) CME {
	var cme CME
	if errors.As(err, &cme) {
		return cme
	}
	for _, e := range fileErrors {
		if errors.Is(err, e.err) {
			return e.cme
		}
	}
	return CMEFileParam
}
